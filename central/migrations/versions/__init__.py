"""Revisions of the bridge's database; they only expand."""
