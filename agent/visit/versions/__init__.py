"""Revisions of the station's database; they only expand."""
