"""Stands at a process's socket: who is turned away there, and who looks at more than work explains.

What was read is counted in memory, by user id and by the different visits and parcels that were shown, so that a page
that asks again and again for the same one counts once. A restart begins to count anew.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from agent.clock import Clock
from agent.guard.cause import Cause
from agent.unix_http import Exchange
from agent.wire import Trigger

HOUR: Final = timedelta(hours=1)
_HOUR_NS: Final = 3_600_000_000_000

STRANGER_AGAIN: Final = timedelta(days=1)
"""The same stranger is news again after so long."""
_DAY_NS: Final = 24 * _HOUR_NS

_ONE: Final = re.compile(r"/v1/(?:visits|parcels)/[^/]+")


class Sentry:
    """Sees every request, and no content."""

    def __init__(self, process: str, *, reads_per_hour: int, suspect: Callable[[Cause], None], clock: Clock) -> None:
        """:param process: whose socket it is. :param reads_per_hour: so many different ones are work."""
        self._process = process
        self._reads_max = reads_per_hour
        self._suspect = suspect
        self._clock = clock
        self._strangers: dict[int, int] = {}
        self._reads: dict[int, dict[str, int]] = {}

    def refused(self, uid: int) -> None:
        """A user who may not was turned away."""
        now_ns = self._clock.monotonic_ns()
        before_ns = self._strangers.get(uid)
        if before_ns is not None and now_ns - before_ns < _DAY_NS:
            return
        self._strangers[uid] = now_ns
        self._suspect(
            Cause(
                trigger=Trigger.UNKNOWN_USER,
                what=f"uid {uid} at the {self._process}",
                since=self._clock.now(),
                again_after=STRANGER_AGAIN,
            )
        )

    def answered(self, exchange: Exchange) -> None:
        """A request was answered."""
        if exchange.method == "GET" and exchange.status == 200 and _ONE.fullmatch(exchange.path):
            self._read(exchange.uid, exchange.path)

    def _read(self, uid: int, path: str) -> None:
        now_ns = self._clock.monotonic_ns()
        recent = {one: at_ns for one, at_ns in self._reads.get(uid, {}).items() if now_ns - at_ns < _HOUR_NS}
        recent[path] = now_ns
        self._reads[uid] = recent
        if len(recent) <= self._reads_max:
            return
        del self._reads[uid]
        self._suspect(
            Cause(
                trigger=Trigger.MASS_READ,
                what=f"uid {uid} at the {self._process}",
                since=self._clock.now() - timedelta(microseconds=(now_ns - min(recent.values())) / 1000),
                records=len(recent),
                again_after=HOUR,
            )
        )
