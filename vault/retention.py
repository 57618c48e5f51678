"""When something has been kept for long enough: pure rules, which trust no clock that may have stepped.

A wall clock that jumps ahead makes everything old at once. So what is due is only marked at first, and goes when it is
still due after a grace period that the monotonic clock has counted: hours in which the machine ran, over all its boots.
A step that is noticed takes all marks away, and the grace begins anew; a clock that jumps back only delays.
Where another party signs the time, its word stands above both: `doubt`.
Source: requirements R-DATA-5; design.md section 5.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STEP_TOLERANCE = timedelta(minutes=2)
"""So far both clocks may drift apart between two looks, beside a hundredth of the time between them."""

CENTRAL_TOLERANCE = timedelta(hours=1)
"""So far headquarters' clock may be ahead of this one."""

CENTRAL_AGE_MAX = timedelta(days=14)
"""For so long the last time that headquarters signed speaks for this clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long one class of things is kept."""

    kind: str
    """The class, such as `rejected-parcel`."""
    keep: timedelta
    """So long, from the moment that its purpose ended."""

    @property
    def text(self) -> str:
        """For the ledger."""
        return f"{self.kind} {self.keep / timedelta(days=1):g}d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that may have to go."""

    id: str
    """What it is called where it is kept."""
    since: datetime
    """When its purpose ended, by the wall clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Both clocks, read together."""

    boot: str
    """Which boot the monotonic clock counts from."""
    monotonic_s: float
    """Seconds since then, or less."""
    now: datetime
    """The wall clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How long the machine has run, as far as it was looked at."""

    reading: Reading
    """The last look."""
    counted_s: float
    """Seconds, over all boots; it never falls and never jumps."""


def advance(last: Counted | None, reading: Reading) -> tuple[Counted, bool]:
    """Count on, and say whether the wall clock stepped meanwhile, as far as it can be known.

    Over a boot only a step back can be: how long a machine was off, nobody counted.
    """
    if last is None:
        return Counted(reading=reading, counted_s=0.0), False
    before, passed = last.reading, reading.now - last.reading.now
    if before.boot == reading.boot:
        ran_s = max(0.0, reading.monotonic_s - before.monotonic_s)
        stepped = abs(passed - timedelta(seconds=ran_s)) > STEP_TOLERANCE + timedelta(seconds=ran_s / 100)
    else:
        ran_s, stepped = reading.monotonic_s, passed < timedelta(0)
    return Counted(reading=reading, counted_s=last.counted_s + ran_s), stepped


class Verdict(StrEnum):
    """What becomes of something whose time is over."""

    HELD = "held"
    """A person holds it, with a reason."""
    WAITS = "waits"
    """It is due, and waits for its grace to pass: the clock may have stepped."""
    GOES = "goes"
    """It is deleted."""


def judge(*, held: bool, waited_s: float, grace: timedelta) -> Verdict:
    """What becomes of a thing that is due by the wall clock.

    :param waited_s: counted seconds since it was first found due.
    """
    if held:
        return Verdict.HELD
    return Verdict.GOES if waited_s >= grace.total_seconds() else Verdict.WAITS


class Doubt(StrEnum):
    """Why nothing is deleted now, whatever is due."""

    BEHIND_CENTRAL = "behind-central"
    """The clock is behind a time that headquarters has signed."""
    UNWITNESSED = "unwitnessed"
    """Headquarters has signed no time for long: the clock may have jumped, by years too."""
    BEHIND_LEDGER = "behind-ledger"
    """The clock is behind the newest line of the ledger."""
    LEDGER_TROUBLE = "ledger-trouble"
    """The ledger is not what headquarters has receipted: a person looks before anything goes."""


def doubt(now: datetime, *, last_line: datetime | None, central: datetime | None) -> Doubt | None:
    """Why this clock is not believed, None when it is.

    :param last_line: when the newest line of the ledger was written, by this clock as it was then.
    :param central: the newest time that headquarters has signed and that was heard here; None when there is none.
    """
    if central is None or now - central > CENTRAL_AGE_MAX:
        return Doubt.UNWITNESSED
    if central - now > CENTRAL_TOLERANCE:
        return Doubt.BEHIND_CENTRAL
    if last_line is not None and last_line - now > STEP_TOLERANCE:
        return Doubt.BEHIND_LEDGER
    return None
