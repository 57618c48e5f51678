"""Follows what is plugged in and pulled out while the station runs, and knows of each wanted device how it stands.

It may fail without ending the station: then nothing is known of the devices, and no visit is refused for them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent.clock import Clock
from agent.devices.machine import Machine
from agent.devices.roll import MISSING, Presence, Standing, call_roll
from agent.devices.wanted import NEEDED, Wanted
from agent.errors import Refused
from agent.logs import Outage
from drivers.contract import Fault
from drivers.transport.udev import Udev

_log = logging.getLogger(__name__)

CHECK_S: Final = 10.0
"""Permissions that somebody changes by hand are announced by nobody: so often they are looked at."""
CHECK_ALONE_S: Final = 1.5
"""The same where nobody announces anything at all."""

_CODES: Final = {
    Presence.NONE: "device-gone",
    Presence.GONE: "device-gone",
    Presence.DENIED: "device-denied",
    Presence.SEVERAL: "device-options",
}
"""As the drivers' faults that would follow."""


@dataclass(frozen=True, slots=True)
class Known:
    """How a device stands, and since when."""

    standing: Standing
    """How."""
    since: datetime
    """When that was first seen."""


class Attendance:
    """The roll, called again at every change."""

    def __init__(self, wanted: Sequence[Wanted], machine: Machine, *, clock: Clock) -> None:
        """:param machine: what is looked at."""
        self._wanted = tuple(wanted)
        self._machine = machine
        self._clock = clock
        self._known: dict[str, Known] = {}
        self._outages = {one.role: Outage(_log, name=f"the device {one.role}") for one in self._wanted}
        self._blind = Outage(_log, name="following the devices")

    @property
    def known(self) -> tuple[Known, ...]:
        """In the configuration's order; empty while nothing is known."""
        return tuple(self._known.values())

    async def follow(self, udev: Udev) -> None:
        """Call the roll whenever something changes, until cancelled. :raises: DeniedFault where nothing can be seen."""
        try:
            with udev.following() as arrivals:
                while True:
                    self.call()
                    await arrivals.changed(within_s=CHECK_S if arrivals.announced else CHECK_ALONE_S)
        finally:
            self._known = {}

    def call(self) -> None:
        """Call the roll once; an outage is logged when it begins, and when it ends."""
        try:
            seen = self._machine.look()
        except Fault as fault:
            self._known = {}
            self._blind.begin(fault.sentence)
            return
        self._blind.end()
        for standing in call_roll(self._wanted, seen.plugged):
            self._note(standing)

    def obstacle(self) -> Refused | None:
        """Why no visit can be opened now, if a device that every visit needs is known not to be usable."""
        for known in self.known:
            standing = known.standing
            code = _CODES.get(standing.presence)
            if code is not None and standing.wanted.role in NEEDED:
                return Refused(code, standing.sentence)
        return None

    def _note(self, standing: Standing) -> None:
        role = standing.wanted.role
        before = self._known.get(role)
        changed = before is None or before.standing.presence is not standing.presence
        since = self._clock.now() if before is None or changed else before.since
        self._known[role] = Known(standing, since)
        if standing.presence in MISSING:
            self._outages[role].begin(standing.sentence)
        else:
            self._outages[role].end()
