"""Subjects' rights: what a person asked for, by when it is answered, what there is of them, and what was done about it.

Nouns: a *request* stands in the *register* and moves by *steps* that the pure *machine* allows; a *deadline* is a
day in Vilnius; a *finding* names the parcels that a request is about; a *restriction* keeps a parcel from being
processed; a *command* asks a station; a *recipient* must hear of what was changed; a *letter* is a draft that a person
sends. Nothing here decides, and nothing here keeps a name or an application's number. Duties: R-DSR-0..5, R-DATA-8.
"""
