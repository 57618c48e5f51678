"""What was noticed, and the memory of it: the process's ledger, read again at every start. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.wire import Instant, Trigger, Ulid
from agent.wire.document import instant_text
from vault.ledger import Detail

NOTICED: Final = "breach-noticed"
"""The line that says what was noticed."""
OVER: Final = "breach-over"
"""The line that says that it is so no longer; the same again may be news."""
TOLD: Final = "breach-told"
"""The line that says that the courier keeps it until central has it."""

_OURS: Final = b'"kind":"breach-'
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9 .:-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Something that a person must look at."""

    trigger: Trigger
    """What was noticed."""
    what: str
    """What it is about, as `named` writes it."""
    since: datetime
    """When it happened or began."""
    records: int | None = None
    """About how many records it concerns, where that is known."""
    again_after: timedelta | None
    """The same is news again so long after it was noticed; None is never."""
    lasting: bool = False
    """Whether it lasts until it is said to be over, and is no news before that."""


def named(text: str) -> str:
    """A name that somebody chose, as an event may have it."""
    return _NOT_IN_A_NAME.sub("-", text.lower())[:120]


class Noticed(BaseModel):
    """A line of the ledger that says what was noticed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event: Ulid
    """The id under which central hears of it."""
    trigger: Trigger
    """What was noticed."""
    what: str = Field(pattern=r"^[a-z0-9][a-z0-9 .:-]{0,119}$")
    """What it is about."""
    records: int | None = Field(ge=0)
    """About how many records it concerns."""
    since: Instant
    """When it began."""
    time: Instant
    """When it was noticed."""

    def detail(self) -> Detail:
        """What the line tells beside its time."""
        return {
            "event": self.event,
            "trigger": self.trigger.value,
            "what": self.what,
            "records": self.records,
            "since": instant_text(self.since),
        }


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    event: Ulid


class Memory:
    """What was noticed before, by this life of the process or an earlier one."""

    def __init__(self) -> None:
        self._newest: dict[tuple[Trigger, str], Noticed] = {}
        self._over: set[str] = set()
        self._untold: dict[str, Noticed] = {}

    @property
    def untold(self) -> tuple[Noticed, ...]:
        """What the courier was not handed yet, oldest first."""
        return tuple(self._untold.values())

    def read(self, body: bytes) -> None:
        """A line of the ledger, in its order; lines of other kinds are nothing to this memory."""
        if _OURS not in body:
            return
        try:
            line = _Line.model_validate_json(body)
            if line.kind == NOTICED:
                self.noticed(Noticed.model_validate_json(body))
        except ValidationError:
            # not as this process writes it: the walk finds the line that was changed
            return
        if line.kind == OVER:
            self.over(line.event)
        elif line.kind == TOLD:
            self.told(line.event)

    def is_news(self, cause: Cause, *, at: datetime) -> bool:
        """Whether it is not what was noticed before."""
        before = self._newest.get((cause.trigger, cause.what))
        if before is None:
            return True
        if cause.again_after is None or (cause.lasting and before.event not in self._over):
            return False
        # a clock that stepped back must not silence what comes
        return abs(at - before.time) >= cause.again_after

    def lasts(self, trigger: Trigger, what: str) -> str | None:
        """The event of what was noticed of it and is not over."""
        before = self._newest.get((trigger, what))
        return None if before is None or before.event in self._over else before.event

    def noticed(self, line: Noticed) -> None:
        """It was written."""
        self._newest[line.trigger, line.what] = line
        self._untold[line.event] = line

    def over(self, event: str) -> None:
        """What this event told of is so no longer."""
        self._over.add(event)

    def told(self, event: str) -> None:
        """The courier keeps the event."""
        self._untold.pop(event, None)
