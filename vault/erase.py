"""Erases a whole file: overwritten, unlinked, synced, looked for. For keys and for what lies beside the parcels.

On flash the old cells may survive (SECURITY.md). Whoever calls this has a warrant.
"""

from pathlib import Path

from vault.disk import is_there, names_in, overwrite_durably, unlink_durably
from vault.errors import DiskFailed, WipeUnverified


def erase_file(path: Path) -> bool:
    """Nothing of this name is left. May be called again after a cut; False when it was gone already.

    :raises: WipeUnverified when it is still there.
    """
    try:
        if not is_there(path):
            return False
        if path.is_file() and not path.is_symlink():
            overwrite_durably(path)
        unlink_durably(path)
        left = is_there(path)
    except DiskFailed as error:
        raise WipeUnverified(f"The file {path.name} could not be erased. {error.sentence}") from error
    if left:
        raise WipeUnverified(f"The file {path.name} is still there after it was erased.")
    return True


def erase_in(folder: Path) -> int:
    """No file of this folder is left; returns how many went. :raises: WipeUnverified."""
    try:
        names = names_in(folder) if is_there(folder) else []
    except DiskFailed as error:
        raise WipeUnverified(f"A folder could not be read. {error.sentence}") from error
    return sum(erase_file(folder / name) for name in names)
