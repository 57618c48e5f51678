"""A station's records for the controller, and their way back onto a unit; never a biometric, never a key.

A *backup* is made on the station and can be read at headquarters only. A *restore* is what headquarters makes of it for
one unit that asked for it.
"""
