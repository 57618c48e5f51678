"""A private file: read only when nobody but its owner can, written whole."""

import os
import stat
from pathlib import Path

from vault.errors import KeyMissing


def read_private(path: Path) -> bytes:
    """The file's content. :raises: KeyMissing when it is absent, unreadable or open to others."""
    try:
        with path.open("rb") as file:
            open_to_others = os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            content = file.read()
    except OSError as error:
        raise KeyMissing(f"The key {path.name} is not there.") from error
    if open_to_others:
        raise KeyMissing(f"The key {path.name} is open to others than its owner; it is not used.")
    return content
