"""What headquarters sees of a station as a whole.

Nouns: the *twin* is what the station says of itself in one retained message; the *word* is the station process's part
of it, told to the courier, which draws the whole and signs it.
"""
