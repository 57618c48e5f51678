"""The hand-off: where MIGRIS has no interface, a folder from which a clerk or a robot works.

A *drop* is the folder, here or at an SFTP server. In it `out/{tenant}.{parcel}/` is one parcel, whole or not there:
`transaction.an2` (ANSI/NIST-ITL) and `manifest.json`. `ack/{tenant}.{parcel}.json` is the *acknowledgement*: what was
decided. It has nothing personal and stays, so that nothing is ever handed off twice; the parcel is wiped.
"""
