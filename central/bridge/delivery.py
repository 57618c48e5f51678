"""From the outbox to MIGRIS: what is decided becomes a receipt, and what MIGRIS has is wiped here.

Synchronous; the bridge calls it from its one database thread. What the opener found is committed before anyone is told.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from agent.clock import Clock
from agent.wire import How, Stage, Tombstone, sign_document
from central.bridge.frames import Delivered
from central.bridge.ledger import ReceiptBook, append_line
from central.bridge.message import Reply
from central.bridge.subject import Subject, subject_of
from central.bridge.tables import OutboxRow, ParcelRow, TombstoneRow
from central.database import forget_deleted
from vault.envelope import SigningKey, digest_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Consignment:
    """A sealed parcel that MIGRIS has not decided on."""

    subject: Subject
    """What it is."""
    content: bytes
    """The sealed bytes."""


class Delivery:
    """Reads what is waiting, writes what was decided."""

    def __init__(self, engine: Engine, *, book: ReceiptBook, key: SigningKey, clock: Clock) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine)
        self._book = book
        self._key = key
        self._clock = clock

    def waiting(self) -> list[tuple[str, str]]:
        """Tenant and id of every parcel that waits for MIGRIS, oldest first."""
        with self._sessions() as session:
            wanted = select(OutboxRow.tenant, OutboxRow.parcel).where(OutboxRow.held.is_(False))
            return [(row.tenant, row.parcel) for row in session.execute(wanted.order_by(OutboxRow.parcel))]

    def consignment(self, tenant: str, parcel: str) -> Consignment | None:
        """One parcel with its content, or None when it was decided meanwhile."""
        with self._sessions() as session:
            row = session.get(OutboxRow, (tenant, parcel))
            known = session.get(ParcelRow, (tenant, parcel))
            return None if row is None or known is None else Consignment(subject_of(known), row.content)

    def decided(self, subject: Subject, delivered: Delivered) -> list[Reply]:
        """Write down what MIGRIS or the checks decided, wipe what may be wiped, and say what the station is told."""
        at = self._clock.now()
        match delivered.result:
            case "accepted":
                replies = self._accepted(subject, delivered, at=at)
                forget_deleted(self._engine)
                self._bury(subject, at=self._clock.now())
                return replies
            case "rejected":
                return self._rejected(subject, delivered, at=at)
            case "unreadable":
                self._quarantine(subject, at=at)
                return []
            case "silent":
                return []

    def finish_wipes(self) -> None:
        """After a start: parcels that MIGRIS has and whose tombstone a cut prevented."""
        with self._sessions() as session:
            accepted = select(ParcelRow).where(ParcelRow.stage == Stage.ACCEPTED.value, ParcelRow.wiped_at.is_(None))
            unburied = [subject_of(row) for row in session.scalars(accepted)]
        if unburied:
            forget_deleted(self._engine)
        for subject in unburied:
            self._bury(subject, at=self._clock.now())

    def _accepted(self, subject: Subject, delivered: Delivered, *, at: datetime) -> list[Reply]:
        with self._sessions.begin() as session:
            self._decide(session, subject, stage=Stage.ACCEPTED, at=at).reference = delivered.reference
            session.delete(session.get_one(OutboxRow, (subject.tenant, subject.id)))
            signed = self._book.issue(
                session, subject, stage=Stage.ACCEPTED, at=at, decision=(delivered.reference, None)
            )
        return [subject.receipt(signed)]

    def _rejected(self, subject: Subject, delivered: Delivered, *, at: datetime) -> list[Reply]:
        with self._sessions.begin() as session:
            self._decide(session, subject, stage=Stage.REJECTED, at=at)
            # kept until the parcel is amended or its retention ends: the station wipes its own on this receipt
            session.get_one(OutboxRow, (subject.tenant, subject.id)).held = True
            signed = self._book.issue(session, subject, stage=Stage.REJECTED, at=at, decision=(None, delivered.cause))
        return [subject.receipt(signed)]

    def _quarantine(self, subject: Subject, *, at: datetime) -> None:
        _log.error("parcel %s is kept for a person to look at", subject.id)
        with self._sessions.begin() as session:
            session.get_one(OutboxRow, (subject.tenant, subject.id)).held = True
            session.get_one(ParcelRow, (subject.tenant, subject.id)).trouble = "unreadable"
            append_line(session, at, kind="parcel-quarantined", detail=subject.detail())

    def _decide(self, session: Session, subject: Subject, *, stage: Stage, at: datetime) -> ParcelRow:
        row = session.get_one(ParcelRow, (subject.tenant, subject.id))
        row.stage = stage.value
        row.decided_at = at
        append_line(session, at, kind=f"parcel-{stage.value}", detail=subject.detail())
        return row

    def _bury(self, subject: Subject, *, at: datetime) -> None:
        with self._sessions.begin() as session:
            row = session.get_one(ParcelRow, (subject.tenant, subject.id))
            signed = sign_document(self._tombstone(session, subject, at=at), self._key)
            row.wiped_at = at
            session.add(TombstoneRow(tenant=subject.tenant, parcel=subject.id, signed=signed))
            append_line(session, at, kind="parcel-wiped", detail=subject.detail())

    def _tombstone(self, session: Session, subject: Subject, *, at: datetime) -> Tombstone:
        gone = session.get(OutboxRow, (subject.tenant, subject.id)) is None
        receipt = self._book.issue(session, subject, stage=Stage.ACCEPTED, at=at)
        return Tombstone(
            parcel=subject.id,
            kind=subject.kind,
            digest=subject.digest,
            stage=Stage.ACCEPTED.value,
            receipt=digest_of(receipt),
            how=How.WIPED,
            authorised_by=self._key.kid,
            time=at,
            verified=gone,
        )
