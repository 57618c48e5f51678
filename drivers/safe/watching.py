"""A watch over several contacts: waits for what comes next, an edge or a time that one of the contacts asked for."""

import asyncio
import contextlib
from abc import abstractmethod
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from drivers.contract.watch import HeldWatch, Reading, Sighting, State
from drivers.safe.contact import Contact
from drivers.world.clock import MonotonicClock


class Edge(NamedTuple):
    """A contact's lines began to show something."""

    contact: str
    """The contact's name."""
    state: State
    """What its lines show, not debounced."""
    at_ns: int
    """Since when."""


class ContactWatch(HeldWatch):
    """Feeds edges and time to its contacts and keeps what they say; a driver gives the edges."""

    def __init__(self, *, lease: str, clock: MonotonicClock) -> None:
        """:param clock: the monotonic clock that edges have their times from."""
        super().__init__(lease=lease)
        self._clock = clock
        self._contacts: dict[str, Contact] = {}
        self._seen: deque[Sighting] = deque()
        self._stirred = asyncio.Event()

    @abstractmethod
    def _edges(self, now_ns: int) -> Iterable[Edge]:
        """What came since it was last asked, up to now. :raises: GoneFault when the lines cannot be read."""

    @abstractmethod
    def _looks_ns(self) -> int | None:
        """When `_edges` has something to say though nothing stirred."""

    def _begin(self, contacts: Iterable[Contact]) -> None:
        self._contacts = {contact.name: contact for contact in contacts}
        self._seen = deque(contact.first() for contact in self._contacts.values())

    def _forget(self) -> None:
        self._contacts, self._seen = {}, deque()

    async def _notice(self) -> Sighting:
        while not self._seen:
            self._stirred.clear()
            self._catch_up()
            if not self._seen:
                await self._rest()
        return self._seen.popleft()

    async def _readings(self) -> tuple[Reading, ...]:
        self._catch_up()
        now_ns = self._clock.monotonic_ns()
        return tuple(contact.reading(now_ns) for contact in self._contacts.values())

    def _catch_up(self) -> None:
        now_ns = self._clock.monotonic_ns()
        # first the edges, which are older than now
        for contact, state, at_ns in self._edges(now_ns):
            self._seen += self._contacts[contact].see(state, at_ns)
        for one in self._contacts.values():
            self._seen += one.pass_time(now_ns)

    async def _rest(self) -> None:
        wishes_ns = [one.wakes_ns for one in self._contacts.values()] + [self._looks_ns()]
        wake_ns = min((wish_ns for wish_ns in wishes_ns if wish_ns is not None), default=None)
        left_s = None if wake_ns is None else max(0, wake_ns - self._clock.monotonic_ns()) / 1e9
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await self._stirred.wait()
