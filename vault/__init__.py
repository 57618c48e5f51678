"""Floor 0: touches disk and keys. What is sealed here cannot be read here again.

Nouns: *plain* is content in memory, *sealed* is the same for central's eyes only, a *parcel* is one sealed package with
an id, the *digest* is SHA-256 over the sealed bytes; the *spool* keeps parcels on disk under a key each; a *wipe* needs
the proof that MIGRIS decided, and leaves a tombstone; the *ledger* is the chain of lines that says what happened.
"""
