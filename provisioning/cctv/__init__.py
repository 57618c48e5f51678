"""`smilius cctv`: the surveillance cameras and recorders of the room, found, tried, and their clocks as measured.

Nouns: a *check* is one look at one entry of `station.cctv`; a *trouble* is what was not well in it.
"""
