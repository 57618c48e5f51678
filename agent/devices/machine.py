"""What this machine has, to the user of this process: joins udev, the ids and permissions into one look."""

import os
import pwd
from typing import NamedTuple, Protocol

from drivers.ids import known_ids
from drivers.plugged import Asker, Plugged, plugged_in
from drivers.transport.gpio_names import read_lines
from drivers.transport.node import look_at
from drivers.transport.udev import Udev


class Seen(NamedTuple):
    """One look."""

    plugged: tuple[Plugged, ...]
    """What a station could use."""
    unseen: str
    """What cannot be seen here, as a sentence; empty where everything can."""


class Machine(Protocol):
    """Where devices are plugged in."""

    def look(self) -> Seen:
        """What is there now. :raises: Fault when the system does not tell."""
        ...


class ThisMachine:
    """The one that the process runs on."""

    def __init__(self, udev: Udev) -> None:
        self._udev = udev
        self._asker = Asker(user=user_name(), look_at=look_at, lines=read_lines)

    def look(self) -> Seen:
        """A look takes a few milliseconds and opens nothing but GPIO chips, to read what their lines are called."""
        sight = self._udev.look()
        return Seen(plugged_in(sight, ids=known_ids(), asker=self._asker), sight.unseen)


def user_name() -> str:
    """The name of the user who asks, or its number where it has none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
