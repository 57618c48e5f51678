"""What a device sent by itself, until somebody takes it: bounded, in order, and ended by a fault."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

from drivers.contract import Fault

_Item = TypeVar("_Item")


class Inbox(Generic[_Item]):
    """Keeps the newest items; cancelling who waits loses none. Used in one event loop."""

    def __init__(self, *, keep: int) -> None:
        """:param keep: so many are kept; older ones give way."""
        self._items: deque[_Item] = deque(maxlen=keep)
        self._fault: Fault | None = None
        self._stirred = asyncio.Event()

    @property
    def fault(self) -> Fault | None:
        """What ended it, if anything did."""
        return self._fault

    @property
    def full(self) -> bool:
        """Whether the next item would take another one's place."""
        return len(self._items) == self._items.maxlen

    def put(self, *items: _Item) -> None:
        """More of them, in this order; of no use after the end."""
        if self._fault is None:
            self._items.extend(items)
            self._stirred.set()

    def fail(self, fault: Fault) -> None:
        """Nothing more will come, and this is why; the first reason stays."""
        self._fault = self._fault or fault
        self._stirred.set()

    async def take(self) -> _Item:
        """The oldest item, as soon as there is one. :raises: Fault, the one that ended it, when nothing is left."""
        while not self._items:
            self.check()
            self._stirred.clear()
            await self._stirred.wait()
        return self._items.popleft()

    def check(self) -> None:
        """Nothing has ended it. :raises: Fault, the one that did."""
        if self._fault is not None:
            # a new one each time: an exception that is raised again carries all its former tracebacks
            raise type(self._fault)(self._fault.sentence)
