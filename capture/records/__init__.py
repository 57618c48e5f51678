"""The bytes that standards describe: WSQ, finger and face records, the ANSI/NIST transaction, the package.

Everything here is pure and byte-stable: the same arguments give the same bytes, times and ids come from outside, no
file is touched. It is the only part of this floor that headquarters reads with.
"""
