"""What waits for the link, by rank and then in order; never more than has room, nothing of it durable."""

import asyncio

from agent.courier.post import Outgoing, Rank
from vault.labels import ParcelId

WAITING_MAX = 256
"""Messages of one rank that wait at the most; what finds no room is due again later. Chunks are bounded by who puts
them."""

EXPRESS = (Rank.QUESTION, Rank.WORD)
"""What is small and goes before everything."""

BULK = (Rank.BILL, Rank.CHUNK, Rank.REMINDER)
"""What can wait for a thin line."""


class Tray:
    """A message to the same topic takes the place of one that still waits: what is said twice is sent once."""

    def __init__(self) -> None:
        self._lanes: dict[Rank, dict[str, Outgoing]] = {rank: {} for rank in Rank}
        self._more = asyncio.Event()

    def put(self, message: Outgoing) -> None:
        """To be published in its turn, or dropped when there is no room: whatever is durable is due again."""
        lane = self._lanes[message.rank]
        if message.topic in lane or len(lane) < WAITING_MAX or message.rank in {Rank.QUESTION, Rank.CHUNK}:
            lane[message.topic] = message
            self._more.set()

    def waiting(self, rank: Rank) -> int:
        """How many of them wait."""
        return len(self._lanes[rank])

    def drop(self, parcel: ParcelId) -> None:
        """The parcel's chunks need not go."""
        lane = self._lanes[Rank.CHUNK]
        self._lanes[Rank.CHUNK] = {topic: message for topic, message in lane.items() if message.parcel != parcel}

    def clear(self) -> None:
        """The connection is over, and what is durable is due again; only who asked a question still waits for it."""
        for rank in Rank:
            if rank is not Rank.QUESTION:
                self._lanes[rank].clear()

    async def take(self, ranks: tuple[Rank, ...]) -> Outgoing:
        """The next message of these ranks, as soon as there is one."""
        while True:
            for rank in ranks:
                lane = self._lanes[rank]
                if lane:
                    return lane.pop(next(iter(lane)))
            self._more.clear()
            await self._more.wait()
