"""A MIGRIS to try against: a real HTTPS service with applications, checks, a memory, and a page for people.

It is the far side of `central.migris.http`, for demo and tests. The applicants are invented.
"""
