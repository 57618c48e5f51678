"""Carries retention out: what is due is marked, what was due for long enough goes, each with a ledger line as proof.

A class of things says itself what is due and how it is deleted; a thing, its mark and its ledger line go in one
transaction, in which the thing is looked for once more. Sealed parcels in a station's spool are of no class: age
never ends them.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from vault.chain import Head
from vault.docket import ALL, Marks
from vault.errors import RetentionUnverified
from vault.labels import digest_of
from vault.ledger import Detail
from vault.retention import Item, Reading, Rule, Verdict, judge

DUE_MAX = 10_000
"""Things of one class that one run looks at, the oldest first."""

GOES_MAX = 100
"""Things that one run deletes: whoever else needs the database is not to wait for long. Then it is run again."""


Transactions = Callable[[], AbstractContextManager[Session]]
"""Begins one, which is committed at its end."""


class Kept(Protocol):
    """A class of things with an age."""

    @property
    def rule(self) -> Rule:
        """How long they are kept."""
        ...

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """The oldest of those whose purpose ended before this moment."""
        ...

    def delete(self, session: Session, item: str, *, at: datetime) -> int:
        """Delete one; how many rows that were, 0 when it is not what it was, or gone already."""
        ...

    def is_left(self, session: Session, item: str) -> bool:
        """Whether anything of it is there still."""
        ...


class Lines(Protocol):
    """A ledger, in whichever database."""

    def append(self, session: Session, *, kind: str, time: str, detail: Detail) -> Head:
        """Add a line in the caller's transaction."""
        ...


class Holds(Protocol):
    """What is kept whatever its age."""

    def held(self, session: Session, kind: str) -> Collection[str]:
        """The items of a class that are held; `ALL` among them when all of it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What became of one thing, or would."""

    rule: Rule
    """The rule."""
    item: Item
    """The thing."""
    verdict: Verdict
    """What became of it."""


class Sweep:
    """One database's retention."""

    def __init__(self, marks: Marks, ledger: Lines, *, kinds: Sequence[Kept], holds: Holds, grace: timedelta) -> None:
        """:param grace: counted time between found due and deleted."""
        self._marks = marks
        self._ledger = ledger
        self._kinds = kinds
        self._holds = holds
        self._grace = grace

    def run(self, transactions: Transactions, reading: Reading, *, time: str, dry: bool = False) -> list[Swept]:
        """What is due, with what became of it; in a dry run nothing changes, marks neither.

        Of what may go, a run deletes and returns the first `GOES_MAX`; a dry run returns all.

        :param time: the reading's wall clock as ledgers write it.
        :raises: RetentionUnverified when something was there after its deletion, which then did not happen.
        """
        with transactions() as session:
            counted_s, stepped = self._marks.count(session, reading)
            if stepped:
                self._ledger.append(session, kind="clock-stepped", time=time, detail={"marks": "cleared"})
            found = [swept for kind in self._kinds for swept in self._judge(session, kind, at=(reading.now, counted_s))]
            if dry:
                session.rollback()
                return found
        kinds = {kind.rule: kind for kind in self._kinds}
        going = [swept for swept in found if swept.verdict is Verdict.GOES][:GOES_MAX]
        for swept in going:
            with transactions() as session:
                self._end(session, kinds[swept.rule], item=swept.item, at=(reading.now, time))
        return [swept for swept in found if swept.verdict is not Verdict.GOES] + going

    def _judge(self, session: Session, kind: Kept, *, at: tuple[datetime, float]) -> list[Swept]:
        now, counted_s = at
        rule = kind.rule
        due = kind.due(session, now - rule.keep, most=DUE_MAX)
        waited = self._marks.waited_s(session, rule.kind, items=[item.id for item in due], counted_s=counted_s)
        held = self._holds.held(session, rule.kind)
        return [
            Swept(
                rule=rule,
                item=item,
                verdict=judge(held=_among(item, held), waited_s=waited[item.id], grace=self._grace),
            )
            for item in due
        ]

    def _end(self, session: Session, kind: Kept, *, item: Item, at: tuple[datetime, str]) -> None:
        now, time = at
        self._marks.unmark(session, kind.rule.kind, item=item.id)
        # looked at again, now that nobody else can change it: a person may hold it since, or have taken it elsewhere
        if _among(item, self._holds.held(session, kind.rule.kind)):
            return
        rows = kind.delete(session, item.id, at=now)
        if not rows:
            return
        session.flush()
        if kind.is_left(session, item.id):
            raise RetentionUnverified("Something is still there after its deletion, which was taken back.")
        # by its digest: what is gone need not be named for ever
        detail = {"class": kind.rule.kind, "item": digest_of(item.id.encode()), "rule": kind.rule.text}
        self._ledger.append(session, kind="retention-deleted", time=time, detail={**detail, "rows": int(rows)})


def _among(item: Item, held: Collection[str]) -> bool:
    return item.id in held or ALL in held
