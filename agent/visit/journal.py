"""The station's durable memory of visits: rows, journal lines, ledger lines; one synced transaction a call.

Synchronous; the runner calls it from threads, and one call waits for the other: a ledger line follows from the line
before it. The database has no other writer.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.orm import Session, sessionmaker

from agent.visit.state import ENDED, VisitState
from agent.visit.tables import JournalRow, VisitRow
from agent.wire.document import instant_text
from vault.access import Access
from vault.chain import Head
from vault.labels import Digest, ParcelId
from vault.ledger import Detail, Ledger


class DurableStep(StrEnum):
    """A step that another process or the disk remembers, so that a cut in it must be cleared up."""

    RESERVE = "reserve"
    SEAL = "seal"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVisit:
    """A visit that a cut left without an end."""

    id: str
    """The visit."""
    parcel: ParcelId
    """Its parcel."""
    sealing: bool
    """Whether sealing had begun; it may have ended, too."""


class Journal:
    """Visits, their durable steps, and the ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session = sessionmaker(engine, expire_on_commit=False)
        self._writing = threading.Lock()
        self._ledger = Ledger()

    def open_visit(self, visit: str, *, parcel: ParcelId, subject: str, operator: str, at: datetime) -> None:
        """A visit has begun.

        :param subject: keyed pseudonym of the application's number.
        """
        row = VisitRow(
            id=visit,
            parcel=parcel,
            subject=subject,
            operator=operator,
            state=VisitState.OPENED.value,
            opened_at=at,
        )
        detail: Detail = {"visit": visit, "subject": subject, "operator": operator, "parcel": parcel}
        with self._written() as session:
            session.add(row)
            self._line(session, at, kind="visit-opened", detail=detail)

    def note(self, visit: str, kind: str, *, at: datetime, detail: Detail) -> None:
        """A ledger line about a visit."""
        with self._writing, self._engine.begin() as connection:
            self._line(connection, at, kind=kind, detail={"visit": visit, **detail})

    def remark(self, kind: str, *, at: datetime, detail: Detail) -> None:
        """A ledger line about no visit."""
        with self._writing, self._engine.begin() as connection:
            self._line(connection, at, kind=kind, detail=detail)

    def keep_subject(self, visit: str, *, sealed: bytes, at: datetime, detail: Detail) -> None:
        """The application's number, for central's eyes only, and the line that MIGRIS is asked about it.

        :param detail: by whom and why.
        """
        with self._written() as session:
            session.get_one(VisitRow, visit).subject_sealed = sealed
            self._line(session, at, kind=Access.APPLICATION_ASKED, detail={"visit": visit, **detail})

    def intend(self, visit: str, step: DurableStep, *, at: datetime) -> int:
        """Write down what is about to be done; returns the line's number."""
        with self._written() as session:
            line = JournalRow(visit=visit, step=step.value, intended_at=at)
            session.add(line)
            session.flush()
            return line.id

    def close(self, line: int, *, at: datetime) -> None:
        """It is known to be done."""
        with self._written() as session:
            session.get_one(JournalRow, line).closed_at = at

    def end_visit(
        self,
        visit: str,
        state: VisitState,
        *,
        at: datetime,
        outcome: tuple[str | None, str | None] = (None, None),
        timeline: list[dict[str, Any]] | None = None,
    ) -> None:
        """A visit has ended; every line of its journal is closed with it.

        :param outcome: the code of an early end, and the parcel's digest when it was sealed.
        """
        code, digest = outcome
        with self._written() as session:
            row = session.get_one(VisitRow, visit)
            row.state, row.code, row.digest, row.ended_at, row.timeline = state.value, code, digest, at, timeline
            for line in session.scalars(_lines(visit).where(JournalRow.closed_at.is_(None))):
                line.closed_at = at
            detail: Detail = {"visit": visit, "state": state.value, "code": code, "digest": digest}
            self._line(session, at, kind="visit-ended", detail=detail)

    def open_visits(self) -> list[OpenVisit]:
        """Visits without an end, oldest first."""
        with self._session() as session:
            ended = [state.value for state in ENDED]
            rows = session.scalars(select(VisitRow).where(VisitRow.state.not_in(ended)).order_by(VisitRow.id))
            return [
                OpenVisit(
                    id=row.id,
                    parcel=ParcelId(row.parcel),
                    # a closed line counts too: then the parcel is on the disk, and only the visit's end is not written
                    sealing=any(line.step == DurableStep.SEAL.value for line in session.scalars(_lines(row.id))),
                )
                for row in rows
            ]

    def visit(self, visit: str) -> VisitRow | None:
        """One visit."""
        with self._session() as session:
            return session.get(VisitRow, visit)

    def head(self) -> Head:
        """The ledger's newest line."""
        with self._engine.connect() as connection:
            return self._ledger.head(connection)

    def digest_at(self, number: int) -> Digest | None:
        """The digest of one line of the ledger, None when there is no such line."""
        with self._engine.connect() as connection:
            return self._ledger.digest_at(connection, number)

    def forget_people(self) -> int:
        """At the end of a unit: no visit names its subject or its operator any more; returns how many there were."""
        with self._written() as session:
            rows = list(session.scalars(select(VisitRow)))
            for row in rows:
                row.subject, row.subject_sealed, row.operator, row.timeline = "", None, "", None
            return len(rows)

    def verify_ledger(self) -> Head:
        """Walk the whole ledger. :raises: ChainBroken."""
        with self._session() as session:
            return self._ledger.verify(session)

    def transaction(self) -> AbstractContextManager[Session]:
        """One of somebody else's, in turn with those of the visits; committed and synced at its end."""
        return self._written()

    @contextmanager
    def _written(self) -> Iterator[Session]:
        """One transaction, committed and synced at the end."""
        with self._writing, self._session.begin() as session:
            yield session

    def _line(self, session: Session | Connection, at: datetime, *, kind: str, detail: Detail) -> None:
        self._ledger.append(session, kind=kind, time=instant_text(at), detail=detail)


def _lines(visit: str) -> Select[Any]:
    return select(JournalRow).where(JournalRow.visit == visit)
