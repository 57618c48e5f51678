"""Steps on the disk that are done when they return: synced file, synced folder. POSIX file systems.

Source: fsync(2) (a file's name is durable only when its folder was synced too), rename(2).
"""

import os
from pathlib import Path

_TEMPORARY = ".writing"


def write_durably(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """The file is there whole and synced, or not there at all."""
    temporary = path.with_name(path.name + _TEMPORARY)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    rename_durably(temporary, path)


def rename_durably(source: Path, target: Path) -> None:
    """Moved on one file system, both folders synced."""
    source.rename(target)
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


def unlink_durably(path: Path) -> None:
    """Gone, or gone already; the folder is synced."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def overwrite_durably(path: Path) -> None:
    """Random bytes over the whole file, synced. On flash the old cells may survive (SECURITY.md)."""
    with path.open("r+b", buffering=0) as file:
        file.write(os.urandom(path.stat().st_size))
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """The folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_unfinished(folder: Path) -> int:
    """Remove what `write_durably` had not finished when the power went; return how many files that were."""
    unfinished = list(folder.glob("*" + _TEMPORARY))
    for path in unfinished:
        unlink_durably(path)
    return len(unfinished)
