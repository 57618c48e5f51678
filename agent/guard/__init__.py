"""The guard of a process: what may be a breach is written once, and told to central until central has it.

A *cause* is what was noticed; the *guard* decides by its *memory*, which is the ledger itself, whether it is news, and
then writes one line and has central told. The *walk* verifies the whole ledger, at the start and once a day. The
*sentry* stands at the process's socket; *presence* knows whether anybody is at the station, and when it is open.
Nothing here says that there was a breach: that is for a person at headquarters, within 24 hours (R-BREACH-1).
"""
