"""The bridge's revisions; they only expand, and `vault.database` runs them."""

from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"
"""Folder of the revisions."""
