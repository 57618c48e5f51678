"""The simulated world that all simulators share: one person, one pair of hands, one light, one clock.

Nouns: the *world* is where people and light are; a simulator is a device model that looks into it and knows nothing
else. A *hand* has *fingers*; a finger has *skin* (its ridges and pores, the master that never changes); a *press* is
one meeting of the skin and the *plate*, and the *imprint* is the picture that a live-scan sensor makes of it. A
*pattern* is a print's class; its *singular points* are cores and deltas. A *field* is a quantity with a value at each
pixel, and a *seed* is what makes one person differ from another: the same seed is the same person, byte for byte.

The face is that of one photograph in the public domain, warped by its landmarks into a *pose*. Of the hands nothing is
anybody's: no picture, model or measurement of a real person went into them, save how common each pattern is among
people.
"""
