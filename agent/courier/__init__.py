"""The back half: hours or days, nobody waits. Carries sealed parcels to central and wipes them on its receipt.

Nouns: a *parcel* is a row and a file; the pure *machine* says what becomes of it; the *desk* runs what the machine
decides; the *link* is the MQTT connection, a lossy pipe; *patience* says when to try again. The database is the only
durable sender.
"""
