"""Which parcels central lacks chunks of, and which chunks are on their way: nothing is sent twice over one connection.

Pure. What central is heard to lack waits here and not as chunks: a station that comes back with hundreds of parcels has
the bytes of a few in its memory, and a new parcel goes before those that have waited.
"""

from agent.wire import Need
from vault.labels import ParcelId


class Uploads:
    """Forgets everything with the connection: the next one begins with what central says then."""

    def __init__(self) -> None:
        self._wanted: dict[ParcelId, Need] = {}
        self._on_the_way: dict[ParcelId, set[str]] = {}
        self._parcels: dict[str, ParcelId] = {}

    def want(self, parcel: ParcelId, need: Need) -> bool:
        """Central lacks these chunks; False when chunks of it are on their way, which it could not know of yet."""
        if parcel in self._on_the_way:
            return False
        self._wanted[parcel] = need
        return True

    def next(self) -> tuple[ParcelId, Need] | None:
        """The newest parcel that central lacks chunks of, and it is wanted no more."""
        if not self._wanted:
            return None
        newest = max(self._wanted)
        return newest, self._wanted.pop(newest)

    def begun(self, parcel: ParcelId, topics: list[str]) -> None:
        """These chunks of it were put on their way."""
        if topics:
            self._on_the_way[parcel] = set(topics)
            self._parcels.update(dict.fromkeys(topics, parcel))

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
        for topic in self._on_the_way.pop(parcel, ()):
            del self._parcels[topic]

    def clear(self) -> None:
        """The connection is over."""
        self._wanted.clear()
        self._on_the_way.clear()
        self._parcels.clear()
