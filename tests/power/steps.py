"""The page that all processes of a stage share with `mortal.c`: the durable steps that were seen, and orders to die.

A step's text is its kind and the file's name or whom bytes went to; ids in it are replaced, so that runs compare.
"""

import ctypes
import mmap
import re
import shutil
import subprocess
from enum import IntEnum
from pathlib import Path
from typing import Any

ROLES = ("courier", "station", "worker", "bridge", "opener_process", "migris")
"""Processes that a kill can fall on, in the order of `mortal.c`."""

_SOURCE = Path(__file__).parent / "mortal.c"
_ROLES_MAX, _STEPS_MAX, _TEXT_BYTES = 8, 65536, 60
_ID = re.compile(r"[0-9a-z]{26}")


class When(IntEnum):
    """On which side of a step the process dies."""

    BEFORE = 0
    DURING = 1
    AFTER = 2


class _Order(ctypes.Structure):
    _fields_ = (
        ("remaining", ctypes.c_int32),
        ("when", ctypes.c_int32),
        ("permille", ctypes.c_int32),
        ("killed", ctypes.c_int32),
    )


class _Step(ctypes.Structure):
    _fields_ = (("role", ctypes.c_int32), ("what", ctypes.c_char * _TEXT_BYTES))


class _Page(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_uint32),
        ("padding", ctypes.c_uint32 * 15),
        ("orders", _Order * _ROLES_MAX),
        ("steps", _Step * _STEPS_MAX),
    )


def without_ids(step: str) -> str:
    """The same in every run: a parcel's file is called by its id."""
    return _ID.sub("ID", step)


def compiler() -> str | None:
    """The C compiler that makes the layer, or None when this machine has none."""
    return shutil.which("cc") or shutil.which("gcc")


class Page:
    """Steps seen and orders given on one stage."""

    def __init__(self, folder: Path) -> None:
        """:param folder: gets the compiled layer and the page. The machine has a compiler."""
        self._layer, self._file = folder / "mortal.so", folder / "page"
        command = [str(compiler()), "-O2", "-shared", "-fPIC", "-o", str(self._layer), str(_SOURCE), "-ldl"]
        subprocess.run(command, check=True)
        with self._file.open("xb+") as file:
            file.truncate(ctypes.sizeof(_Page))
            self._memory = mmap.mmap(file.fileno(), ctypes.sizeof(_Page))
        self._page: Any = _Page.from_buffer(self._memory)

    def environment(self, root: Path, *, broker_port: int) -> dict[str, str]:
        """What puts a process and its children under this page."""
        return {
            "LD_PRELOAD": str(self._layer),
            "MORTAL_PAGE": str(self._file),
            "MORTAL_ROOT": str(root),
            "MORTAL_BROKER": str(broker_port),
        }

    def order(self, role: str, *, number: int, when: When, permille: int = 500) -> None:
        """Whoever has this role dies at its `number`-th step from now; once."""
        order = self._page.orders[ROLES.index(role)]
        order.when, order.permille, order.killed = int(when), permille, 0
        order.remaining = number

    def withdraw(self, role: str) -> str | None:
        """No kill any more; the step at which there was one, None when the order had not come to it."""
        order = self._page.orders[ROLES.index(role)]
        order.remaining = 0
        return self._text(order.killed - 1) if order.killed else None

    def killed(self, role: str) -> bool:
        """Whether the order was carried out."""
        return bool(self._page.orders[ROLES.index(role)].killed)

    def forget_steps(self) -> None:
        """Begin to count anew."""
        self._page.count = 0

    def steps(self, role: str) -> list[str]:
        """What this role's processes have done since, in its order."""
        seen = min(self._page.count, _STEPS_MAX)
        return [self._text(index) for index in range(seen) if self._page.steps[index].role == ROLES.index(role)]

    def close(self) -> None:
        """Let the page go; the files stay."""
        del self._page
        self._memory.close()

    def _text(self, index: int) -> str:
        return without_ids(self._page.steps[index].what.decode(errors="replace"))
