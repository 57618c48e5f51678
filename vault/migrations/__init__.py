"""Alembic's environment, one for all databases of the station; the revisions live beside the rooms that own them."""
