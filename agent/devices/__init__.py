"""Which devices the configuration names, whether they are there, and how that changes while the station runs.

*Wanted* is a device that the configuration names; *plugged* is what the machine has (`drivers.plugged`); the *roll* is
called to say of each wanted one how it stands, its *standing*; *attendance* calls it again whenever something is
plugged in or pulled out. Nothing here opens a device.
"""
