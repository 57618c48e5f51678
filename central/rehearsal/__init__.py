"""A rehearsal: a fleet of stations that are not there, speaking the real protocol with a real headquarters.

Nouns: a *player* is one simulated station, a *troupe* the process that holds many of them in one event loop, the *plan*
what they do, *faults* what befalls them meanwhile. Keys, certificates, bills, seals and receipts are real; what is
sealed is drawn by the simulated world and is nobody's. There is no disk: a player's parcel lives in memory until its
receipt allows the wipe. The *audit* compares afterwards what stations sealed with what the ledger and MIGRIS have.
"""
