"""What waits for the link: questions first, the rest in order, never more than has room, nothing of it durable."""

import asyncio
import itertools

from agent.courier.post import Outgoing

BULK_MAX = 256
"""Messages that wait at the most, 16 MiB if all are chunks; what finds no room is due again later."""

_QUESTION, _BULK = 0, 1


class Tray:
    """A person waits for a question's answer, and a parcel's chunks may be minutes on a thin link."""

    def __init__(self) -> None:
        self._waiting: asyncio.PriorityQueue[tuple[int, int, Outgoing]] = asyncio.PriorityQueue()
        self._numbers = itertools.count()

    def put(self, message: Outgoing) -> None:
        """To be published in its turn, or dropped when the tray is full: whatever is durable is due again."""
        if self._waiting.qsize() < BULK_MAX:
            self._waiting.put_nowait((_BULK, next(self._numbers), message))

    def put_question(self, message: Outgoing) -> None:
        """To be published next."""
        self._waiting.put_nowait((_QUESTION, next(self._numbers), message))

    async def take(self) -> Outgoing:
        """The next message, as soon as there is one."""
        _, _, message = await self._waiting.get()
        return message
