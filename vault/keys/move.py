"""Locks keys that are there anew: in another home, or with another key of it; what lay there before is overwritten.

A cut at any step leaves each key readable by one of the two homes, and asking again goes on. A seal key in a TPM is the
chip's own: it can be moved neither in nor out.
"""

from collections.abc import Sequence
from pathlib import Path

from vault.disk import is_there, link_durably, overwrite_durably, same_file, unlink_durably, write_durably
from vault.errors import KeyMissing
from vault.keys.home import KeyHome, KeyKind
from vault.keys.private import read_private

FORMER = ".former"
"""Ending of the second name that a file has until the one that takes its place is there."""


def is_movable(path: Path, *, former: KeyHome, home: KeyHome, signs: bool) -> bool:
    """Whether there is something to move; False when the key lives in the new home already, or was never made.

    :param signs: whether the key only signs, so that its home may be all that has it.
    :raises: KeyMissing when neither home opens it, or when it cannot leave or enter; KeyHomeFailed.
    """
    if not is_there(path) or _opens(path, home, signs=signs):
        return False
    if signs and KeyKind.TPM in (former.kind, home.kind):
        raise KeyMissing(f"The key {path.name} cannot be moved: in a TPM a key that signs is the chip's own.")
    former.unlock(read_private(path), name=path.name)
    return True


def move(path: Path, *, former: KeyHome, home: KeyHome) -> None:
    """The key that `is_movable` is locked in the new home. :raises: KeyMissing, KeyHomeFailed, DiskFailed."""
    replace_locked(path, home.lock(former.unlock(read_private(path), name=path.name), name=path.name))


def replace_locked(path: Path, content: bytes) -> None:
    """The file has this content, and what it had before is overwritten. :raises: DiskFailed."""
    link_durably(path, path.with_name(path.name + FORMER))
    write_durably(path, content)
    end_replacements([path])


def end_replacements(paths: Sequence[Path]) -> None:
    """Of these files no former content stays, as after a cut. :raises: DiskFailed."""
    for path in paths:
        old = path.with_name(path.name + FORMER)
        if not is_there(old):
            continue
        # a cut before the new file came leaves two names of the one that is still needed
        if not same_file(path, old):
            overwrite_durably(old)
        unlink_durably(old)


def _opens(path: Path, home: KeyHome, *, signs: bool) -> bool:
    content = read_private(path)
    try:
        if signs:
            home.signer(content, name=path.name)
        else:
            home.unlock(content, name=path.name)
    except KeyMissing:
        return False
    return True
