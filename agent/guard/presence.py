"""Whether anybody is at the station, and whether it is open: as far as its process can know.

There is no sign-in yet: somebody is there for a while after the last time that a visit was opened, decided on or looked
at over the station's socket. When the station is open, the configuration says; without it, it is never closed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agent.clock import Clock
from agent.config.guard import GuardSection
from agent.guard.cause import Cause
from agent.unix_http import Exchange
from agent.wire import Trigger

NIGHT: Final = timedelta(hours=12)
"""A key that is used while the station is closed is news again after so long."""

_VISITS: Final = "/v1/visits"


class Presence:
    """Follows what is asked of the station."""

    def __init__(self, section: GuardSection, *, suspect: Callable[[Cause], None], clock: Clock) -> None:
        self._section = section
        self._suspect = suspect
        self._clock = clock
        self._last_ns: int | None = None

    def answered(self, exchange: Exchange) -> None:
        """A request was answered. A visit that begins uses the seal key: its first question is signed with it."""
        if exchange.path != _VISITS and not exchange.path.startswith(f"{_VISITS}/"):
            return
        if exchange.status < 300:
            self._last_ns = self._clock.monotonic_ns()
        now = self._clock.now()
        if (exchange.method, exchange.path, exchange.status) == ("POST", _VISITS, 201) and self.closed(now):
            self._suspect(
                Cause(trigger=Trigger.KEY_OUT_OF_HOURS, what="seal key", since=now, again_after=NIGHT),
            )

    def closed(self, at: datetime) -> bool:
        """Whether the station is closed then, on this machine's own clock."""
        opening = self._section.opening
        return opening is not None and not opening.open_at(at.astimezone())

    def attended(self, at_ns: int) -> bool:
        """Whether somebody was there at this reading of the monotonic clock."""
        return self._last_ns is not None and at_ns - self._last_ns < self._section.attended_minutes * 60e9
