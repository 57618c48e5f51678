"""What happened in a visit and when: a list of step, time, milliseconds since the visit began, detail."""

from dataclasses import dataclass
from datetime import timedelta

from agent.clock import Clock
from agent.wire.document import instant_text


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; nothing personal in it."""

    step: str
    """What happened, lower case with hyphens."""
    time: str
    """When, RFC 3339 UTC."""
    ms: int
    """Milliseconds since the visit began."""
    detail: str
    """What is worth knowing of it."""


class Timeline:
    """Lines in the order of their times; both clocks are read together once, so that they agree afterwards."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.began = clock.now()
        self._began_ns = clock.monotonic_ns()
        self._entries: list[Entry] = []

    def note(self, step: str, detail: str = "", *, at_ns: int | None = None) -> None:
        """Something has happened, now or at this reading of the monotonic clock."""
        since_ns = (self._clock.monotonic_ns() if at_ns is None else at_ns) - self._began_ns
        time = instant_text(self.began + timedelta(microseconds=since_ns / 1000))
        self._entries.append(Entry(step, time, round(since_ns / 1e6), detail))

    def entries(self) -> list[Entry]:
        """All lines, by time."""
        return sorted(self._entries, key=lambda entry: entry.ms)
