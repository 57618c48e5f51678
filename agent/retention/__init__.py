"""How long a station's processes keep what they have of visits: what station and courier share of it.

Nouns: a *class* is a sort of records with one period; a *hold* keeps one visit's records, whatever their age, for a
reason and until a day; a *doubt* is why a clock is not believed, and then nothing is deleted; an *outcome* is what a
sweep did, in figures. Rules and deletion stand in `vault.retention` and `vault.sweep`.
"""
