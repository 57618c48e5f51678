"""Alembic's environment for the bridge's database; the revisions only expand."""
