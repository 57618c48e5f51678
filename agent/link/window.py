"""How much may be on its way at once: by count for the broker's sake, by the measured rate for the line's. Pure.

On a thin line one or two chunks fill it, and more would only stand in queues, where a question waits behind them and
a cut loses them. Source: design.md section 6 (one or two chunks on a thin link, 16 at most); MQTT 5, 3.2.2.3.3
(Receive Maximum).
"""

from dataclasses import dataclass

from agent.wire.bill import CHUNK_BYTES

IN_FLIGHT_MAX = 16
"""Publishes that may wait for their acknowledgement at once. Source: design.md section 6."""

AHEAD_S = 2.0
"""So much of the line's time may be on its way in chunks."""

_FIRST = 2
"""Chunks that may be on their way before anything was measured."""


@dataclass(frozen=True, slots=True)
class _Sent:
    size_bytes: int
    bulk: bool
    taken_bytes: int
    since_s: float


class Window:
    """What was handed to the broker and not acknowledged yet, and how fast it takes things."""

    def __init__(self) -> None:
        self._sent: dict[int, _Sent] = {}
        self._first = _FIRST
        self._count_max = IN_FLIGHT_MAX
        self._taken_bytes = 0
        self._taken_s = 0.0
        self.rate_bytes_s: float | None = None
        """What the line carried of late, in chunks; None until one was acknowledged."""

    def begin(self, *, receive_max: int | None) -> None:
        """A new connection: nothing is on its way. :param receive_max: the broker's own limit, if it named one."""
        if any(sent.bulk for sent in self._sent.values()):
            # the line may have become so thin that a chunk of many is never acknowledged in time
            self._lower()
        self._sent.clear()
        self._count_max = min(IN_FLIGHT_MAX, receive_max or IN_FLIGHT_MAX)

    @property
    def chunks(self) -> int:
        """How many chunks may be on their way."""
        if self.rate_bytes_s is None:
            return min(self._first, self._count_max)
        return min(1 + int(self.rate_bytes_s * AHEAD_S / CHUNK_BYTES), self._count_max)

    def has_room(self, *, bulk: bool) -> bool:
        """Whether one more may go."""
        if len(self._sent) >= self._count_max:
            return False
        return not bulk or sum(sent.bulk for sent in self._sent.values()) < self.chunks

    def _lower(self) -> None:
        if self.rate_bytes_s is None:
            self._first = 1
        else:
            self.rate_bytes_s /= 2

    def sent(self, number: int, size_bytes: int, *, bulk: bool, now_s: float) -> None:
        """It was handed over."""
        if not self._sent:
            # the line stood idle: its time counts from now on
            self._taken_s = now_s
        self._sent[number] = _Sent(size_bytes, bulk, self._taken_bytes, self._taken_s)

    def settled(self, number: int, *, now_s: float) -> None:
        """The broker has answered it, one way or the other; what is not known here is passed over."""
        sent = self._sent.pop(number, None)
        if sent is None:
            return
        self._taken_bytes += sent.size_bytes
        self._taken_s = now_s
        if sent.bulk and sent.size_bytes >= CHUNK_BYTES // 2:
            # all that was taken since it left, over that time: what stood before it in the queue counts on both sides;
            # smaller messages would say more of the round trip than of the line
            rate = (self._taken_bytes - sent.taken_bytes) / max(now_s - sent.since_s, 1e-6)
            self.rate_bytes_s = rate if self.rate_bytes_s is None else (self.rate_bytes_s + rate) / 2
