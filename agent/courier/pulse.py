"""Whether central still hears and answers through a link that looks alive. Pure.

Brokers and bridges have gone silent with the connection up and its keep-alive answered (facts/mqtt.md 8): only a word
that goes all the way and comes back proves the link. While central itself is away nothing is concluded.
"""

from enum import Enum, auto

UNANSWERED_MAX = 2
"""So many intervals may pass without an answer."""

PATIENCE_MAX = 32
"""A link that is rebuilt in vain is given up to so many times that long before the next time."""

_MARK = "echo"


class Beat(Enum):
    """What to do now."""

    REST = auto()
    """Something was heard from central a moment ago, or an answer may still come."""
    ASK = auto()
    """Ask for an echo."""
    REBUILD = auto()
    """The connection looks alive and is not."""


class Pulse:
    """One link's; told of everything that central says and of every new connection."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self.round_trip_s: float | None = None
        """How long the last echo took to come back."""
        self._heard_s = 0.0
        self._asked_s: float | None = None
        self._number = 0
        self._sent_s: dict[bytes, float] = {}
        self._in_vain = 1

    def begun(self, *, now_s: float) -> None:
        """A new connection, or central has come or gone: what was asked before says nothing of it."""
        self._heard_s, self._asked_s = now_s, None
        self._sent_s.clear()

    def heard(self, *, now_s: float) -> None:
        """Central said something: it came through."""
        self._heard_s, self._asked_s = now_s, None
        self._in_vain = 1

    def echoed(self, content: bytes, *, now_s: float) -> None:
        """An echo came back."""
        sent_s = self._sent_s.pop(content, None)
        if sent_s is not None:
            self.round_trip_s = now_s - sent_s
            self.heard(now_s=now_s)

    def ask(self, *, now_s: float) -> bytes:
        """What to send as the question: nobody else's, and not one of before."""
        self._number += 1
        content = f"{_MARK} {self._number}".encode()
        self._sent_s = {content: now_s, **dict(list(self._sent_s.items())[:UNANSWERED_MAX])}
        return content

    def beat(self, *, now_s: float, central_there: bool) -> Beat:
        """What to do at this moment, which comes once an interval."""
        if now_s - self._heard_s < self.every_s / 2:
            return Beat.REST
        if self._asked_s is None:
            self._asked_s = now_s
        elif central_there and now_s - self._asked_s >= self.every_s * UNANSWERED_MAX * self._in_vain:
            self._in_vain = min(2 * self._in_vain, PATIENCE_MAX)
            self.begun(now_s=now_s)
            return Beat.REBUILD
        return Beat.ASK
