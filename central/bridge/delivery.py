"""From the outbox to MIGRIS: what is decided becomes a receipt, and what MIGRIS has is wiped here.

Synchronous; the bridge calls it from its one database thread. What the opener found is committed before anyone is told.
A tombstone is written only after the database has forgotten what it can (`central.database.forgetting`); while somebody
reads it, that has to wait.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.logs import Outage
from agent.wire import Cause, How, Stage, Tombstone, sign_document
from central.bridge import handed
from central.bridge.amended import (
    Earlier,
    accepted_by,
    amends_restricted,
    bases,
    copy_kept,
    earlier_of,
    is_kept_apart,
    refusal,
)
from central.bridge.frames import Delivered
from central.bridge.ledger import ReceiptBook, append_line
from central.bridge.message import Reply
from central.bridge.subject import Subject, subject_of
from central.bridge.tables import ChunkRow, OutboxRow, ParcelRow, RestrictionRow, TombstoneRow, UploadRow
from central.database import Claims, Sessions, forget, is_overwritten
from central.errors import ParcelNotHeld
from vault.access import Access, Purpose, access
from vault.envelope import digest_of

_log = logging.getLogger(__name__)

OPENINGS_MAX = 8
"""A parcel at which so many openers in a row ended without a word is kept for a person to look at."""

UNSURE = "migris-unsure"
"""The trouble of a parcel that MIGRIS may have, and that it cannot be asked about."""

SETTLED_BY_A_PERSON = (UNSURE, "migris-refused", "opener-hung", "opener-died", handed.TOO_LONG)
"""Troubles that end when a person says what MIGRIS decided: in all of them MIGRIS may have it."""


@dataclass(frozen=True, slots=True)
class Consignment:
    """A sealed parcel that MIGRIS has not decided on."""

    subject: Subject
    """What it is."""
    content: bytes
    """The sealed bytes."""
    seal_key: str | None
    """Id of the seal key that the station had when it billed it; None in rows of the first releases: its newest."""
    again: bool
    """Whether an attempt at it ended without a word: this process died, or the opener."""
    amends: str | None = None
    """The parcel that it amends."""
    earlier: tuple[Earlier, ...] = ()
    """What it is merged with, oldest first."""
    refusal: Cause | None = None
    """Why it cannot be merged with what it says that it amends: then it is not opened."""


class Delivery:
    """Reads what is waiting, writes what was decided."""

    def __init__(
        self, engine: Engine, *, claims: Claims, book: ReceiptBook, clock: Clock, copies: bool = False
    ) -> None:
        """:param claims: what this worker has in hand; a parcel is with one of them at a time.
        :param copies: whether the connector keeps copies of what it is given until MIGRIS has decided.
        """
        self.handed = handed.Handed(engine, clock=clock)
        """What MIGRIS has and has not decided on."""
        self._copies = copies
        self._engine = engine
        self._claims = claims
        self._sessions = Sessions(engine)
        self._book = book
        self._clock = clock
        self._unwiped: list[Subject] = []
        self._reader = Outage(_log, name="the wipe of accepted parcels")

    @property
    def wipes_left(self) -> bool:
        """Whether MIGRIS has parcels of which there may still be something here: `finish_wipes` tries again."""
        return bool(self._unwiped)

    def waiting(self) -> list[tuple[str, str]]:
        """Tenant and id of every parcel that waits for MIGRIS, oldest first; at which an opener died, last."""
        of_one_parcel = and_(OutboxRow.tenant == ParcelRow.tenant, OutboxRow.parcel == ParcelRow.parcel)
        wanted = select(OutboxRow.tenant, OutboxRow.parcel).join(ParcelRow, of_one_parcel)
        order = (ParcelRow.openings, ParcelRow.stored_at, ParcelRow.parcel)
        with self._sessions() as session:
            ready = (OutboxRow.held.is_(False), ~_restricted(), ~amends_restricted(), ~handed.is_pending())
            found = session.execute(wanted.where(*ready).order_by(*order))
            return [(row.tenant, row.parcel) for row in found]

    def consignment(self, tenant: str, parcel: str) -> Consignment | None:
        """One parcel with its content, or None when it was decided, set aside or restricted, or another worker has it.

        That it goes to the opener is written down first, so that a parcel that kills openers cannot keep the others.
        `decided` must follow, and `let_go` in any case.
        """
        if not self._claims.take(_name(tenant, parcel)):
            return None
        with self._sessions.begin() as session:
            wanted = select(OutboxRow).where(OutboxRow.tenant == tenant, OutboxRow.parcel == parcel)
            row = session.scalars(wanted.where(~_restricted())).one_or_none()
            if row is None or row.held:
                return None
            known = session.get_one(ParcelRow, (tenant, parcel))
            if is_kept_apart(session, bases(session, known)):
                return None
            if known.openings >= OPENINGS_MAX:
                self._set_aside(session, subject_of(known), why=("opener-died", None), at=self._clock.now())
                return None
            subject, again, cause = subject_of(known), known.openings > 0, refusal(session, known)
            if cause is not None:
                return Consignment(subject, row.content, known.seal_key, again, refusal=cause)
            known.openings += 1
            if self._copies:
                handed.mark(session, subject, state=handed.GOING, at=self._clock.now())
            for opened in (subject, *map(subject_of, bases(session, known))):
                detail = {**opened.detail(), **access("opener", Purpose.DELIVER)}
                append_line(session, self._clock.now(), kind=Access.PARCEL_OPENED, detail=detail)
            earlier = earlier_of(session, known)
            return Consignment(subject, row.content, known.seal_key, again, amends=known.amends, earlier=earlier)

    def let_go(self, tenant: str, parcel: str) -> None:
        """Whatever became of it: another worker may take it."""
        self._claims.give_back(_name(tenant, parcel))

    def decided(self, subject: Subject, delivered: Delivered) -> list[Reply]:
        """Write down what MIGRIS or the checks decided, wipe what may be wiped, and say what the station is told.

        A worker whose connection broke has lost its claim without knowing: what another decided meanwhile stays.
        """
        with self._sessions.begin() as session:
            waits = session.get(OutboxRow, (subject.tenant, subject.id))
            if waits is None or waits.held:
                _log.warning("parcel %s was decided by somebody else meanwhile", subject.id)
                return []
            session.get_one(ParcelRow, (subject.tenant, subject.id)).openings = 0
            replies = self._write(session, subject, delivered=delivered)
            gone = self._end_amended(session, subject) if delivered.result == "accepted" else []
        if gone:
            self._unwiped += gone
            self._wipe()
        return replies

    def settle(self, place: tuple[str, str], delivered: Delivered, *, uid: int) -> None:
        """A person has found out what MIGRIS decided on a parcel that nobody here could ask about.

        :raises: ParcelNotHeld when no such parcel is set aside for that.
        """
        tenant, parcel = place
        unsure = update(ParcelRow).where(
            ParcelRow.tenant == tenant, ParcelRow.parcel == parcel, ParcelRow.trouble.in_(SETTLED_BY_A_PERSON)
        )
        settled = {"trouble": None, "part": None, "held_at": None, "openings": 0}
        with self._sessions.begin() as session:
            # the write comes first: from here on a bridge that runs can change nothing of what is read
            if session.scalars(unsure.values(**settled).returning(ParcelRow.parcel)).first() is None:
                raise ParcelNotHeld("No such parcel waits for a person's word on what MIGRIS decided.")
            subject = subject_of(session.get_one(ParcelRow, place))
            detail = {**subject.detail(), "result": delivered.result, "by": "person", "uid": uid}
            append_line(session, self._clock.now(), kind="parcel-settled", detail=detail)
            self._write(session, subject, delivered=delivered)
            gone = self._end_amended(session, subject) if delivered.result == "accepted" else []
        if gone:
            self._unwiped += gone
            self._wipe()

    def finish_wipes(self) -> bool:
        """Parcels that MIGRIS has and whose tombstone a cut or a reader prevented; True when none is left."""
        with self._sessions() as session:
            amended = and_(ParcelRow.stage == Stage.REJECTED.value, ~copy_kept())
            wanted = select(ParcelRow).where(or_(ParcelRow.stage == Stage.ACCEPTED.value, amended))
            rows = session.scalars(wanted.where(ParcelRow.wiped_at.is_(None))).all()
            self._unwiped = [subject_of(row) for row in rows if accepted_by(session, row) is not None]
        if not self._wipe():
            self._reader.begin("somebody reads the database")
            return False
        self._reader.end()
        return not self._unwiped

    def _wipe(self) -> bool:
        """False while what was deleted may still be read from the disk."""
        if self._unwiped and not forget(self._engine):
            return False
        self._unwiped = [subject for subject in self._unwiped if not self._bury(subject, at=self._clock.now())]
        return True

    def _write(self, session: Session, subject: Subject, *, delivered: Delivered) -> list[Reply]:
        at = self._clock.now()
        if delivered.result not in {"pending", "silent", "keyless", "unchecked"}:
            handed.finish(session, subject)
        match delivered.result:
            case "accepted":
                return self._accepted(session, subject, reference=delivered.reference, at=at)
            case "rejected":
                return self._rejected(session, subject, cause=delivered.cause, at=at)
            case "unreadable" | "unfit" | "refused" | "hung" | "unsure":
                self._set_aside(session, subject, why=_trouble(delivered), at=at)
            case "pending":
                handed.mark(session, subject, state=handed.PENDING, at=at)
            case "silent" | "keyless" | "unchecked":
                pass
        return []

    def _accepted(self, session: Session, subject: Subject, *, reference: str | None, at: datetime) -> list[Reply]:
        self._decide(session, subject, stage=Stage.ACCEPTED, at=at).reference = reference
        session.delete(session.get_one(OutboxRow, (subject.tenant, subject.id)))
        signed = self._book.issue(session, subject, stage=Stage.ACCEPTED, at=at, decision=(reference, None))
        return [subject.receipt(signed)]

    def _end_amended(self, session: Session, subject: Subject) -> list[Subject]:
        """What MIGRIS has now: the parcel, and all that it was merged with; none of it is kept any longer."""
        gone = [subject]
        for row in bases(session, session.get_one(ParcelRow, (subject.tenant, subject.id))):
            copy = session.get(OutboxRow, (row.tenant, row.parcel))
            # while MIGRIS was asked its retention may have ended
            if copy is not None:
                session.delete(copy)
                gone.append(subject_of(row))
                detail = {**subject_of(row).detail(), "by": subject.id}
                append_line(session, self._clock.now(), kind="parcel-amended", detail=detail)
        return gone

    def _rejected(self, session: Session, subject: Subject, *, cause: Cause | None, at: datetime) -> list[Reply]:
        row = self._decide(session, subject, stage=Stage.REJECTED, at=at)
        # kept until the parcel is amended or its retention ends: the station wipes its own on this receipt
        session.get_one(OutboxRow, (subject.tenant, subject.id)).held = True
        row.held_at = at
        if cause is not None:
            row.cause, row.part = cause.code, cause.part
        signed = self._book.issue(session, subject, stage=Stage.REJECTED, at=at, decision=(None, cause))
        return [subject.receipt(signed)]

    def _set_aside(self, session: Session, subject: Subject, *, why: tuple[str, str | None], at: datetime) -> None:
        """:param why: what is wrong, and with which part."""
        trouble, part = why
        _log.error("parcel %s is kept for a person to look at: %s", subject.id, trouble)
        session.get_one(OutboxRow, (subject.tenant, subject.id)).held = True
        row = session.get_one(ParcelRow, (subject.tenant, subject.id))
        row.trouble, row.part, row.held_at = trouble, part, at
        detail = {**subject.detail(), "trouble": trouble, "part": part}
        append_line(session, at, kind="parcel-quarantined", detail=detail)

    def _decide(self, session: Session, subject: Subject, *, stage: Stage, at: datetime) -> ParcelRow:
        row = session.get_one(ParcelRow, (subject.tenant, subject.id))
        row.stage = stage.value
        row.decided_at = at
        append_line(session, at, kind=f"parcel-{stage.value}", detail=subject.detail())
        return row

    def _bury(self, subject: Subject, *, at: datetime) -> bool:
        """False while the connector may keep something of it."""
        with self._sessions.begin() as session:
            if handed.is_kept(session, subject):
                return False
            row = session.get_one(ParcelRow, (subject.tenant, subject.id))
            if row.wiped_at is not None:
                # another worker was quicker, or who ended its retention
                return True
            key = self._book.keys.signer(at)
            signed = sign_document(self._tombstone(session, row, by=key.kid, at=at), key)
            row.wiped_at = at
            session.add(TombstoneRow(tenant=subject.tenant, parcel=subject.id, signed=signed))
            append_line(session, at, kind="parcel-wiped", detail=subject.detail())
        return True

    def _tombstone(self, session: Session, row: ParcelRow, *, by: str, at: datetime) -> Tombstone:
        place = (row.tenant, row.parcel)
        chunks = select(ChunkRow).where(ChunkRow.tenant == row.tenant, ChunkRow.parcel == row.parcel)
        left = session.get(OutboxRow, place) or session.get(UploadRow, place) or session.scalars(chunks).first()
        ground = accepted_by(session, row)
        assert ground is not None, "only what MIGRIS has is wiped here"
        receipt = self._book.issue(session, subject_of(ground), stage=Stage.ACCEPTED, at=at)
        return Tombstone(
            parcel=row.parcel,
            kind=row.kind,
            digest=row.digest,
            stage=row.stage,
            receipt=digest_of(receipt),
            how=How.WIPED,
            authorised_by=by,
            time=at,
            verified=left is None and is_overwritten(session),
        )


def _trouble(delivered: Delivered) -> tuple[str, str | None]:
    """Why a person must look, as a stable code, and the part that it is about."""
    match delivered.result, delivered.cause:
        case "unfit", Cause() as cause:
            return cause.code, cause.part
        case "refused", _:
            return "migris-refused", None
        case "unsure", _:
            return UNSURE, None
        case "hung", _:
            return "opener-hung", None
        case _:
            return "unreadable", None


def _name(tenant: str, parcel: str) -> str:
    return f"parcel {tenant}/{parcel}"


def _restricted() -> ColumnElement[bool]:
    """Somebody wants the outbox's parcel kept and not processed."""
    of_one_parcel = and_(RestrictionRow.tenant == OutboxRow.tenant, RestrictionRow.parcel == OutboxRow.parcel)
    return exists().where(of_one_parcel, RestrictionRow.lifted_at.is_(None))
