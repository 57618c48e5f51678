"""Floor 3, headquarters' side, not on the appliance: broker, bridge, ledger, connector to MIGRIS, certificates.

Nouns: the *bridge* takes sealed parcels from the broker into its *ledger* and *outbox*; the *opener* is the one process
that holds the recipient key, opens and checks in memory, and hands to the *connector*; the *registry* knows the
stations' public keys.
"""
