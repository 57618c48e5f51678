"""Which parcels central lacks chunks of, and which chunks are on their way: nothing is sent twice over one connection.

Pure. What central is heard to lack waits here and not as chunks: a station that comes back with hundreds of parcels has
the bytes of a few in its memory, and a new parcel goes before those that have waited.
"""

from collections import deque
from dataclasses import dataclass, field

from agent.wire import Need
from vault.labels import ParcelId

ANSWER_LOST_S = 30.0
"""A bill that was not answered for so long never will be: broker or central lost it."""


@dataclass(slots=True)
class _Told:
    """What central was told of a parcel over this connection. It answers bills in the order in which they were sent."""

    bills: int = 0
    unanswered: deque[tuple[int, float]] = field(default_factory=deque)
    chunks: dict[int, int] = field(default_factory=dict)

    def billed(self, now_s: float) -> None:
        self.bills += 1
        self.unanswered.append((self.bills, now_s))

    def answered(self, now_s: float) -> int:
        """Which bill a need that is heard now answers."""
        while self.unanswered and now_s - self.unanswered[0][1] > ANSWER_LOST_S:
            self.unanswered.popleft()
        return self.unanswered.popleft()[0] if self.unanswered else self.bills


class Uploads:
    """Forgets everything with the connection: the next one begins with what central says then."""

    def __init__(self) -> None:
        self._wanted: dict[ParcelId, Need] = {}
        self._on_the_way: dict[ParcelId, set[str]] = {}
        self._parcels: dict[str, ParcelId] = {}
        self._told: dict[ParcelId, _Told] = {}

    def billed(self, parcel: ParcelId, *, now_s: float) -> None:
        """The parcel's bill was sent: central will say what it lacks then."""
        self._told.setdefault(parcel, _Told()).billed(now_s)

    def want(self, parcel: ParcelId, need: Need, *, now_s: float) -> bool:
        """Central lacks these chunks; False when it could not know yet that they are on their way, or were."""
        told = self._told.setdefault(parcel, _Told())
        answers = told.answered(now_s)
        # a busy central answers a reminder that was sent before the chunks when it has them, and the broker took them
        missing = tuple(number for number in need.missing if told.chunks.get(number, -1) < answers)
        if parcel in self._on_the_way or not missing:
            return False
        self._wanted[parcel] = need.model_copy(update={"missing": missing})
        return True

    def next(self) -> tuple[ParcelId, Need] | None:
        """The newest parcel that central lacks chunks of, and it is wanted no more."""
        if not self._wanted:
            return None
        newest = max(self._wanted)
        return newest, self._wanted.pop(newest)

    def begun(self, parcel: ParcelId, chunks: dict[str, int]) -> None:
        """These chunks of it, by topic, were put on their way."""
        if chunks:
            self._on_the_way[parcel] = set(chunks)
            self._parcels.update(dict.fromkeys(chunks, parcel))
            told = self._told.setdefault(parcel, _Told())
            told.chunks.update(dict.fromkeys(chunks.values(), told.bills))

    def arrived(self, topic: str) -> ParcelId | None:
        """The broker took a chunk; the parcel, when that was its last one."""
        parcel = self._parcels.pop(topic, None)
        if parcel is None:
            return None
        left = self._on_the_way[parcel]
        left.discard(topic)
        if left:
            return None
        del self._on_the_way[parcel]
        return parcel

    def parcel_of(self, topic: str) -> ParcelId | None:
        """Whose chunk is on its way to this topic."""
        return self._parcels.get(topic)

    def drop(self, parcel: ParcelId) -> None:
        """Nothing of it is wanted or counted any more."""
        self._wanted.pop(parcel, None)
        self._told.pop(parcel, None)
        for topic in self._on_the_way.pop(parcel, ()):
            del self._parcels[topic]

    def clear(self) -> None:
        """The connection is over."""
        self._wanted.clear()
        self._told.clear()
        self._on_the_way.clear()
        self._parcels.clear()
