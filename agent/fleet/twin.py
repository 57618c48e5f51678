"""Draws the twin at the courier's desk, and leaves it at the broker whenever it has changed.

After each new connection it is left again: a broker may have forgotten what it retained.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agent.clock import Clock
from agent.courier.courier import Courier
from agent.courier.desk import Shelf
from agent.courier.dwell import DwellWatch
from agent.courier.machine import OPEN_STATES, ParcelState
from agent.courier.store import Store
from agent.errors import ConfigError
from agent.fleet.word import SILENT_S
from agent.link import LinkDown
from agent.logs import Outage
from agent.wire import sign_document
from agent.wire.configuration import TwinConfiguration
from agent.wire.twin import WARNINGS_MAX, StationWord, Twin, TwinKeys, TwinQueue
from vault.envelope import KeyMissing, SigningKey
from vault.errors import DiskFailed

_log = logging.getLogger(__name__)

LOOK_S: Final = 30.0
"""So often it is drawn anew: what changes by itself, such as a queue, is known at headquarters after so long."""

_WAITING = (*OPEN_STATES, ParcelState.QUARANTINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """Whom the picture is of."""

    tenant: str
    """Whose station it is."""
    station: str
    """The station."""
    version: str
    """The courier's release."""
    key: SigningKey
    """The link key, which signs it."""
    operators: Callable[[], int | None]
    """Which list of operators is in force."""
    keys: Callable[[], TwinKeys]
    """The keys as they are now."""
    configuration: Callable[[], TwinConfiguration]
    """What became of the fleet's configuration."""
    warnings: Callable[[], tuple[str, ...]]
    """Codes of what somebody should see to."""
    dwell: DwellWatch
    """How long parcels have waited."""


@dataclass(slots=True)
class Heard:
    """The station process's word, and when it was said."""

    word: StationWord | None = None
    """What it said last."""
    at_s: float = field(default=0.0)
    """When, on the monotonic clock."""


class Painter:
    """Draws what is there now. Called at the desk."""

    def __init__(self, sitter: Sitter, *, store: Store, shelf: Shelf, boot: str, clock: Clock) -> None:
        """:param boot: the courier's id of this start."""
        self._sitter = sitter
        self._store = store
        self._shelf = shelf
        self._boot = boot
        self._clock = clock
        self._heard = Heard()
        self._number = 0

    def hear(self, word: StationWord) -> bool:
        """The station process speaks; whether it says something new."""
        before, self._heard = self._word(), Heard(word, self._now_s())
        return word != before

    def draw(self) -> Twin:
        """The next twin. :raises: DiskFailed, ConfigError, KeyMissing when something of it cannot be read now."""
        sitter = self._sitter
        self._number += 1
        return Twin(
            tenant=sitter.tenant,
            station=sitter.station,
            boot=self._boot,
            number=self._number,
            time=self._clock.now(),
            version=sitter.version,
            configuration=sitter.configuration(),
            operators=sitter.operators(),
            keys=sitter.keys(),
            free_bytes=rounded_down(self._shelf.spool.free_bytes()),
            queue=self._queue(),
            warnings=tuple(sorted(set(sitter.warnings())))[:WARNINGS_MAX],
            word=self._word(),
        )

    def sign(self, twin: Twin) -> bytes:
        """As it travels."""
        return sign_document(twin, self._sitter.key)

    def _queue(self) -> TwinQueue:
        waiting = self._store.parcels(_WAITING)
        return TwinQueue(
            waiting=len(waiting),
            quarantined=sum(one.state is ParcelState.QUARANTINED for one in waiting),
            dwelling=self._sitter.dwell.dwelling(),
            oldest=self._sitter.dwell.oldest(),
        )

    def _word(self) -> StationWord | None:
        return None if self._now_s() - self._heard.at_s > SILENT_S else self._heard.word

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9


class Gallery:
    """Has the newest twin hang at the broker."""

    def __init__(self, courier: Courier, painter: Painter, *, topic: str) -> None:
        """:param topic: where the station's twin is."""
        self._courier = courier
        self._painter = painter
        self._topic = topic
        self._wake = asyncio.Event()
        self._hung: tuple[int, Twin] | None = None
        self._unseen = Outage(_log, name="drawing the twin")

    def look(self) -> None:
        """Something may have changed, or there is a new connection."""
        self._wake.set()

    async def hear(self, word: StationWord) -> None:
        """The station process speaks."""
        if await self._courier.read_desk(lambda: self._painter.hear(word)):
            self.look()

    async def run(self) -> None:
        """Keep it new until cancelled."""
        while True:
            self._wake.clear()
            if self._courier.link_up:
                await self._hang()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _hang(self) -> None:
        connection = self._courier.connection
        try:
            twin = await self._courier.read_desk(self._painter.draw)
        except (DiskFailed, ConfigError, KeyMissing) as error:
            self._unseen.begin(error.sentence)
            return
        self._unseen.end()
        if self._hung is not None and self._hung[0] == connection and same(self._hung[1], twin):
            return
        try:
            await self._courier.leave(self._topic, self._painter.sign(twin))
        except LinkDown:
            return
        self._hung = (connection, twin)


def same(one: Twin, other: Twin) -> bool:
    """Whether they say the same, whenever they were drawn."""
    undated = {"number": 0, "time": other.time}
    return one.model_copy(update=undated) == other.model_copy(update=undated)


def rounded_down(count_bytes: int) -> int:
    """To four binary digits: enough for a person, and the same for hours."""
    step = 1 << max(0, count_bytes.bit_length() - 4)
    return count_bytes // step * step
