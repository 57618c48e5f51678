"""Files of devices: whether this user may open one, and who has it open. Nothing is opened to find out.

Source: access(2), which asks the kernel, so that groups, access control lists and capabilities all count; proc(5).
"""

import grp
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.transport.udev import printable

PROCESSES_MAX: Final = 4_096
FILES_MAX: Final = 1_024
"""Open files of one process that are looked at."""


@dataclass(frozen=True, slots=True)
class NodeState:
    """What a node's permissions are to the user who asks."""

    there: bool
    """Whether there is such a file."""
    usable: bool
    """Whether the user who asks may read and write it."""
    mode: str
    """Permissions in octal, such as `0660`."""
    group: str
    """The group's name, or its number where it has none."""
    group_may: bool
    """Whether that group may read and write, and is not the superuser's."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a device open."""

    process: int
    """Its number."""
    name: str
    """What it calls itself."""


def look_at(node: str) -> NodeState:
    """How the node stands; one that is not there is not usable."""
    try:
        status = Path(node).stat()
    except OSError:
        return NodeState(there=False, usable=False, mode="", group="", group_may=False)
    return NodeState(
        there=True,
        usable=os.access(node, os.R_OK | os.W_OK),
        mode=f"{status.st_mode & 0o7777:04o}",
        group=_group(status.st_gid),
        group_may=status.st_gid != 0 and status.st_mode & 0o060 == 0o060,
    )


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def holders_of(nodes: Iterable[str]) -> dict[str, Holder]:
    """Who has which of these open, as far as the asking user may see: among its own processes, as root among all."""
    wanted, found = set(nodes), dict[str, Holder]()
    numbers = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    for number in numbers[:PROCESSES_MAX]:
        for node in _open_files(number) & wanted - found.keys():
            found[node] = Holder(number, _name(number))
    return found


def _open_files(process: int) -> set[str]:
    folder, files = f"/proc/{process}/fd", set[str]()
    try:
        for name in os.listdir(folder)[:FILES_MAX]:
            files.add(os.readlink(f"{folder}/{name}"))
    except OSError:
        # another user's, or it has ended
        return files
    return files


def _name(process: int) -> str:
    try:
        return printable(Path(f"/proc/{process}/comm").read_bytes())
    except OSError:
        return ""
