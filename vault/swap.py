"""Several files become others together: all of them or none, whatever dies meanwhile.

What is to come lies in a folder of its own beside what it replaces, on the same file system. One file that says so is
the moment from which on all of it counts; before it a cut leaves what was there, behind it whoever settles goes on.
"""

from collections.abc import Sequence
from pathlib import Path

from vault.disk import (
    is_there,
    make_folder,
    names_in,
    remove_folder,
    rename_durably,
    sync_file,
    sync_folder,
    unlink_durably,
    write_durably,
)

STAGE = "restoring"
"""The folder of what is to come, in each folder that something of is replaced."""

_DECIDED = "decided"
_LOGS = ("-wal", "-shm")
"""What SQLite keeps beside a database: the log of the old one would be read as the new one's."""


class Swap:
    """The files of some folders. Nobody may use them meanwhile: that is the caller's part."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """:param folders: those that something may be replaced in; they are there. The first has the decision."""
        self._stages = [folder / STAGE for folder in folders]
        self._decided = self._stages[0] / _DECIDED

    @property
    def begun(self) -> bool:
        """Whether there is anything to settle. :raises: DiskFailed."""
        return any(is_there(stage) for stage in self._stages)

    def begin(self) -> None:
        """Empty places for what is to come, after `settle`. :raises: DiskFailed."""
        self._drop()
        for stage in self._stages:
            make_folder(stage, mode=0o700)

    def place(self, target: Path) -> Path:
        """Where what will replace this file is to be written."""
        return target.parent / STAGE / target.name

    def commit(self) -> None:
        """All that was written counts. :raises: DiskFailed; nothing counts then, or `settle` ends it."""
        for stage in self._stages:
            for name in names_in(stage):
                sync_file(stage / name)
            sync_folder(stage)
        write_durably(self._decided, b"")
        self.settle()

    def settle(self) -> bool:
        """End what a cut has left: carry out what was decided, drop what was not. True when it was decided.

        :raises: DiskFailed; asking again goes on.
        """
        decided = is_there(self._decided)
        if decided:
            for stage in self._stages:
                self._carry_out(stage)
        self._drop()
        return decided

    def _carry_out(self, stage: Path) -> None:
        if not is_there(stage):
            return
        for name in names_in(stage):
            if name == _DECIDED:
                continue
            for log in _LOGS:
                unlink_durably(stage.parent / (name + log))
            rename_durably(stage / name, stage.parent / name)

    def _drop(self) -> None:
        # the decision goes last: while it stands, nothing of the others is dropped
        for stage in reversed(self._stages):
            if is_there(stage):
                for name in sorted(names_in(stage), key=lambda name: name == _DECIDED):
                    unlink_durably(stage / name)
                remove_folder(stage)
