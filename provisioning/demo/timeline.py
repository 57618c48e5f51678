"""The demo's timeline: the station's own lines, the parcel's milestones, and what the demo did around them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.clock import Clock
from agent.wire.document import instant_text


@dataclass(frozen=True, slots=True)
class Line:
    """One line of `timeline.json`."""

    step: str
    """What happened."""
    time: str
    """When, RFC 3339 UTC with milliseconds."""
    ms: int
    """Milliseconds since the demo began."""
    detail: str
    """What is worth knowing of it."""


class Timeline:
    """Lines from three clocks of one machine, in one order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._lines: list[Line] = []

    def note(self, step: str, detail: str) -> Line:
        """Something has happened now."""
        return self._add(step, self._clock.now(), detail=detail)

    def now(self, step: str, detail: str) -> Line:
        """A line for the screen only: somebody else's timeline has it."""
        return self._line(step, self._clock.now(), detail=detail)

    def merge_visit(self, entries: list[dict[str, Any]]) -> None:
        """The station's own lines of the visit."""
        for entry in entries:
            self._add(str(entry["step"]), datetime.fromisoformat(str(entry["time"])), detail=str(entry["detail"]))

    def merge_parcel(self, history: dict[str, Any]) -> None:
        """When the parcel reached each state at the courier."""
        for state, at in history["milestones"].items():
            self._add(f"parcel-{state}", datetime.fromisoformat(at), detail=_meaning(state))

    def lines(self) -> list[Line]:
        """All lines, by time."""
        return sorted(self._lines, key=lambda line: line.time)

    def _add(self, step: str, at: datetime, *, detail: str) -> Line:
        line = self._line(step, at, detail=detail)
        self._lines.append(line)
        return line

    def _line(self, step: str, at: datetime, *, detail: str) -> Line:
        return Line(step, instant_text(at), round((at - self._began) / timedelta(milliseconds=1)), detail)


def _meaning(state: str) -> str:
    return {
        "spooled": "the courier has it",
        "sending": "announced to central",
        "stored": "safe in central's ledger",
        "accepted": "MIGRIS has it",
        "wiping": "every condition for the wipe holds",
        "wiped": "nothing is left, tombstone written",
    }.get(state, "")
