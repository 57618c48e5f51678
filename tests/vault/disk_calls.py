"""Watches the durable system calls of the code under test, in their order, and can act just before any of them.

It sees them through the interpreter's own profiling hook: the product's code is neither replaced nor told.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

_CALLS = {os.fsync: "fsync", os.link: "link", os.rename: "rename", os.unlink: "unlink"}


class Cut(BaseException):
    """The power goes here."""


class DiskCalls:
    """While entered, `steps` lists what was done below the folder: `fsync NAME`, `link`, `rename`, `unlink`."""

    def __init__(self, folder: Path, *, before: Callable[[str], None] | None = None) -> None:
        """:param before: called with each step just before it is done; what it raises goes through the code."""
        self._folder = folder.resolve()
        self._before = before
        self.steps: list[str] = []

    def __enter__(self) -> Self:
        sys.setprofile(self._see)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.setprofile(None)

    def _see(self, _frame: FrameType, event: str, called: Any) -> None:
        name = _CALLS.get(called) if event == "c_call" else None
        if name is None:
            return
        step = f"fsync {self._open_file()}" if name == "fsync" else name
        if self._before is not None:
            self._before(step)
        self.steps.append(step)

    def _open_file(self) -> str:
        """What is being synced: the one thing below the folder that is open."""
        targets = {Path(os.readlink(link)) for link in Path("/proc/self/fd").iterdir() if link.exists()}
        below = [path for path in targets if path.is_relative_to(self._folder)]
        assert len(below) == 1, f"one thing is synced at a time: {below}"
        return str(below[0].relative_to(self._folder))


def cut_before(number: int) -> Callable[[str], None]:
    """For `before`: the power goes just before the step with this number, from 0."""
    count = iter(range(number + 1))

    def cut(_step: str) -> None:
        if next(count) == number:
            raise Cut

    return cut


class DiskFault:
    """While entered, the next call of this sort fails, once, just before it would be done."""

    def __init__(self, call: Callable[..., object], *, number: int) -> None:
        """:param call: the system call, such as `os.open`. :param number: how it fails (errno(3))."""
        self._call = call
        self._number = number

    def __enter__(self) -> Self:
        # the interpreter takes a hook away that raises: that is why it is once
        sys.setprofile(self._see)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.setprofile(None)

    def _see(self, _frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called is self._call:
            raise OSError(self._number, os.strerror(self._number))
