"""Revisions of the courier's database; they only expand."""
