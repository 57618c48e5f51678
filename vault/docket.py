"""What a database remembers for its retention: the counted time, what was found due, and what people hold.

Holds are never deleted: a lifted one says who lifted it, and why. Every method runs in the caller's transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from vault.database import UtcInstant
from vault.retention import Counted, Reading, advance

ALL = "*"
"""In place of an item's id: everything of its class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A documented reason for not deleting something."""

    number: int
    """Its number here."""
    kind: str
    """The class."""
    item: str
    """The item's id, or `ALL`."""
    reason: str
    """Why, in a person's words."""
    set_by: str
    """Who set it."""
    set_at: datetime
    """When."""


class Marks:
    """Two tables of one database: counted time, and what was found due when."""

    def __init__(self, metadata: MetaData) -> None:
        self._clock = Table(
            "retention_clock",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("boot", String(64), nullable=False),
            Column("monotonic_s", Float, nullable=False),
            Column("now", UtcInstant(), nullable=False),
            Column("counted_s", Float, nullable=False),
        )
        self._mark = Table(
            "retention_mark",
            metadata,
            Column("kind", String(40), primary_key=True),
            Column("item", String(120), primary_key=True),
            Column("counted_s", Float, nullable=False),
        )

    def count(self, session: Session, reading: Reading) -> tuple[float, bool]:
        """Count on; when the wall clock stepped, every mark goes. Returns the counted seconds and whether it stepped.

        It writes first: from here on nobody else changes what is read.
        """
        session.execute(delete(self._mark).where(self._mark.c.kind == ""))
        row = session.execute(select(self._clock)).first()
        last = None
        if row is not None:
            before = Reading(boot=row.boot, monotonic_s=row.monotonic_s, now=row.now)
            last = Counted(reading=before, counted_s=row.counted_s)
        counted, stepped = advance(last, reading)
        session.execute(delete(self._clock))
        values = {"id": 1, "boot": reading.boot, "monotonic_s": reading.monotonic_s, "now": reading.now}
        session.execute(insert(self._clock).values(**values, counted_s=counted.counted_s))
        if stepped:
            session.execute(delete(self._mark))
        return counted.counted_s, stepped

    def waited_s(self, session: Session, kind: str, *, items: Collection[str], counted_s: float) -> dict[str, float]:
        """Counted seconds since each of these was first found due, which is now when it was not before.

        What is marked and not among these is not due any more, or is gone: its mark goes.
        """
        mark = self._mark.c
        rows = session.execute(select(mark.item, mark.counted_s).where(mark.kind == kind))
        marked = {row.item: float(row.counted_s) for row in rows}
        for item in marked.keys() - set(items):
            self.unmark(session, kind, item=item)
        new = [item for item in items if item not in marked]
        if new:
            values = [{"kind": kind, "item": item, "counted_s": counted_s} for item in new]
            session.execute(insert(self._mark), values)
        return {item: counted_s - marked.get(item, counted_s) for item in items}

    def unmark(self, session: Session, kind: str, *, item: str) -> None:
        """Its mark goes. Like `count` it writes, so that nobody else changes what is read after it."""
        session.execute(delete(self._mark).where(self._mark.c.kind == kind, self._mark.c.item == item))


class Docket(Marks):
    """Those, and a third table for what people hold."""

    def __init__(self, metadata: MetaData) -> None:
        super().__init__(metadata)
        self._hold = Table(
            "retention_hold",
            metadata,
            Column("number", Integer, primary_key=True),
            Column("kind", String(40), nullable=False),
            Column("item", String(120), nullable=False),
            Column("reason", String(500), nullable=False),
            Column("set_by", String(80), nullable=False),
            Column("set_at", UtcInstant(), nullable=False),
            Column("lifted_at", UtcInstant()),
        )

    def hold(self, session: Session, kind: str, *, item: str, why: tuple[str, str], at: datetime) -> int:
        """Hold something from now on; returns the hold's number. :param why: the reason, and who says so."""
        reason, by = why
        values = {"kind": kind, "item": item, "reason": reason, "set_by": by, "set_at": at}
        row = session.execute(insert(self._hold).values(**values).returning(self._hold.c.number)).one()
        return int(row.number)

    def lift(self, session: Session, number: int, *, at: datetime) -> bool:
        """End a hold; False when there is none of this number."""
        hold = self._hold.c
        standing = update(self._hold).where(hold.number == number, hold.lifted_at.is_(None))
        return session.execute(standing.values(lifted_at=at).returning(hold.number)).first() is not None

    def held(self, session: Session, kind: str) -> frozenset[str]:
        """The items of a class for which a hold stands; `ALL` when it is for all of the class."""
        hold = self._hold.c
        standing = select(hold.item).where(hold.kind == kind, hold.lifted_at.is_(None))
        return frozenset(session.scalars(standing))

    def holds(self, session: Session) -> list[Hold]:
        """Those that stand, in their order."""
        hold = self._hold.c
        rows = session.execute(select(self._hold).where(hold.lifted_at.is_(None)).order_by(hold.number))
        return [
            Hold(
                number=row.number,
                kind=row.kind,
                item=row.item,
                reason=row.reason,
                set_by=row.set_by,
                set_at=row.set_at,
            )
            for row in rows
        ]
