"""Turns what stations send into rows and replies. One batch of messages is one transaction, and no reply leaves before
its commit: a receipt that says *stored* is true whatever dies next.

Everything may arrive twice, late, or from a station that lost its memory: the same id and digest give the same receipt
again; the same id and another digest is a conflict that a person must look at.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.wire import (
    CHUNK_BYTES,
    EVENT_KIND,
    Bill,
    Breach,
    CentralTopics,
    Decommission,
    KeyringHeld,
    LedgerAlarm,
    LedgerHead,
    Need,
    PermissionHeld,
    Stage,
    Trigger,
    WireError,
    read_signed,
)
from central.bridge.incident import open_incident, remind
from central.bridge.ledger import ReceiptBook, append_line
from central.bridge.message import Arrived, Reply
from central.bridge.subject import Subject
from central.bridge.suspicion import Finding
from central.bridge.tables import ChunkRow, EventRow, OutboxRow, ParcelRow, UploadRow
from central.bridge.watch import watch
from central.bridge.witness import believe, compare
from central.database import Sessions
from central.errors import NotEnrolled, StationUnknown
from central.pki.registry import Registry
from vault.access import Access, Purpose, access
from vault.envelope import digest_of

_log = logging.getLogger(__name__)

UPLOADS_OPEN_MAX = 64
"""Parcels that one station may have unfinished here; for one more the oldest goes, and is billed again if it lives."""

UPLOAD_GRACE = timedelta(hours=1)
"""So long no upload makes room for another. A station that comes back with hundreds of parcels announces them all at
once: each would push out one whose chunks are on their way, and over a thin link none would ever be whole."""

UPLOAD_LIFE = timedelta(days=7)
"""An upload that is not whole by then is given up: its station was replaced, or sends it again from its spool."""


class Ingest:
    """Synchronous: the bridge calls it from one thread."""

    def __init__(self, sessions: Sessions, registry: Registry, *, book: ReceiptBook, clock: Clock) -> None:
        self._sessions = sessions
        self._registry = registry
        self._book = book
        self._clock = clock

    def take(self, batch: Sequence[Arrived]) -> list[Reply]:
        """Everything in the batch, committed when this returns."""
        replies: list[Reply] = []
        with self._sessions.begin() as session:
            for arrived in batch:
                try:
                    replies += self._one(session, arrived)
                except (WireError, StationUnknown) as error:
                    self._refused(session, arrived, error=error)
        return replies

    def note_question(self, arrived: Arrived) -> None:
        """That a station's question is about to be opened and asked of MIGRIS."""
        where = arrived.where
        place = {"tenant": where.tenant, "station": where.station, "question": where.id}
        with self._sessions.begin() as session:
            detail = access("opener", Purpose.CHECK_APPLICATION, **place)
            append_line(session, self._clock.now(), kind=Access.QUESTION_OPENED, detail=detail)

    def look_at_clocks(self) -> None:
        """Look for what happened too often or at odd hours, and say how long is left for what was not reported."""
        with self._sessions.begin() as session:
            watch(session, at=self._clock.now())
            remind(session, at=self._clock.now())

    def expire_uploads(self) -> None:
        """Give up what was begun so long ago that nobody will finish it."""
        too_old = select(UploadRow).where(UploadRow.begun_at < self._clock.now() - UPLOAD_LIFE)
        with self._sessions.begin() as session:
            for upload in session.scalars(too_old).all():
                _log.warning("the upload of parcel %s was not finished in time and is given up", upload.parcel)
                _give_up(session, upload)

    def _refused(self, session: Session, arrived: Arrived, *, error: WireError | StationUnknown) -> None:
        place = f"{arrived.where.tenant}/{arrived.where.station}"
        _log.warning("a message from %s was refused: %s", place, error.sentence)
        if not isinstance(error, NotEnrolled):
            return
        # the broker gives a place's topics only to whoever has a certificate of that name
        at = self._clock.now()
        finding = Finding(
            trigger=Trigger.UNKNOWN_CERTIFICATE,
            tenant=arrived.where.tenant,
            station=arrived.where.station,
            what="not enrolled",
            records=None,
            since=at,
        )
        open_incident(session, finding, known_at=at, at=at)

    def _one(self, session: Session, arrived: Arrived) -> list[Reply]:
        at = self._clock.now()
        match arrived.where.subject, arrived.where.part:
            case "parcel", "m":
                return self._bill(session, arrived, at=at)
            case "parcel", number:
                return self._chunk(session, arrived, number=int(number), at=at)
            case "event", _:
                return self._event(session, arrived, at=at)
            case _:
                return []

    def _bill(self, session: Session, arrived: Arrived, *, at: datetime) -> list[Reply]:
        where = arrived.where
        keys = self._registry.known(where.tenant, where.station)
        bill = read_signed(arrived.payload, Bill, pinned=keys.link)
        if (bill.tenant, bill.station, bill.parcel) != (where.tenant, where.station, where.id):
            raise WireError("A bill names another place or parcel than its topic.")
        subject = _subject(bill)
        known = session.get(ParcelRow, (bill.tenant, bill.parcel))
        if known is not None:
            return self._known(session, subject, known=known, at=at)
        upload = session.get(UploadRow, (bill.tenant, bill.parcel))
        if upload is None:
            if not self._has_room(session, subject, at=at):
                raise WireError("A station announces more parcels than it may have unfinished.")
            upload = self._begin(session, bill, at=at, seal_key=keys.seal_kid)
        if (upload.station, upload.digest) != (subject.station, subject.digest):
            return self._conflict(session, subject, at=at)
        return [self._need(session, upload)]

    def _known(self, session: Session, subject: Subject, *, known: ParcelRow, at: datetime) -> list[Reply]:
        if (known.station, known.digest) != (subject.station, subject.digest):
            return self._conflict(session, subject, at=at)
        signed = self._book.issue(session, subject, stage=Stage(known.stage), at=at)
        return [subject.receipt(signed)]

    def _conflict(self, session: Session, subject: Subject, *, at: datetime) -> list[Reply]:
        _log.error("parcel %s was announced a second time with other content", subject.id)
        return [subject.receipt(self._book.issue(session, subject, stage=Stage.CONFLICT, at=at))]

    def _has_room(self, session: Session, subject: Subject, *, at: datetime) -> bool:
        """When it is full, the oldest upload makes room, if it had its time."""
        of_station = and_(UploadRow.tenant == subject.tenant, UploadRow.station == subject.station)
        unfinished = session.scalar(select(func.count()).select_from(UploadRow).where(of_station)) or 0
        if unfinished < UPLOADS_OPEN_MAX:
            return True
        order = (UploadRow.begun_at, UploadRow.parcel)
        oldest = session.scalars(select(UploadRow).where(of_station).order_by(*order).limit(1)).one()
        if at - oldest.begun_at < UPLOAD_GRACE:
            return False
        _log.warning("the upload of parcel %s makes room for another of its station", oldest.parcel)
        _give_up(session, oldest)
        return True

    def _begin(self, session: Session, bill: Bill, *, at: datetime, seal_key: str) -> UploadRow:
        upload = UploadRow(
            tenant=bill.tenant,
            parcel=bill.parcel,
            station=bill.station,
            kind=bill.kind.value,
            digest=bill.digest,
            size=bill.size,
            chunks=bill.chunks,
            begun_at=at,
            seal_key=seal_key,
            amends=bill.amends,
        )
        session.add(upload)
        session.flush()
        return upload

    def _need(self, session: Session, upload: UploadRow) -> Reply:
        there = set(session.scalars(select(ChunkRow.number).where(_chunks_of(upload))))
        need = Need(digest=upload.digest, missing=tuple(n for n in range(upload.chunks) if n not in there))
        return Reply(CentralTopics(upload.tenant, upload.station).need(upload.parcel), need.canonical())

    def _chunk(self, session: Session, arrived: Arrived, *, number: int, at: datetime) -> list[Reply]:
        where = arrived.where
        upload = session.get(UploadRow, (where.tenant, where.id))
        if upload is None or upload.station != where.station or number >= upload.chunks:
            # the parcel is whole already, or its bill was lost: the station sends the bill again
            return []
        if len(arrived.payload) != min(CHUNK_BYTES, upload.size - number * CHUNK_BYTES):
            raise WireError("A chunk has another size than its number says.")
        if session.get(ChunkRow, (where.tenant, where.id, number)) is None:
            session.add(ChunkRow(tenant=where.tenant, parcel=where.id, number=number, content=arrived.payload))
            session.flush()
        there = session.scalar(select(func.count()).select_from(ChunkRow).where(_chunks_of(upload)))
        return self._whole(session, upload, at=at) if there == upload.chunks else []

    def _whole(self, session: Session, upload: UploadRow, *, at: datetime) -> list[Reply]:
        rows = session.scalars(select(ChunkRow).where(_chunks_of(upload)).order_by(ChunkRow.number))
        content = b"".join(row.content for row in rows)
        session.execute(delete(ChunkRow).where(_chunks_of(upload)))
        if digest_of(content) != upload.digest:
            _log.warning(
                "parcel %s arrived with other content than its bill says; it is asked for again", upload.parcel
            )
            return [self._need(session, upload)]
        subject = Subject(
            tenant=upload.tenant,
            station=upload.station,
            id=upload.parcel,
            kind=upload.kind,
            digest=upload.digest,
            size=upload.size,
        )
        session.delete(upload)
        session.add(_ledger_row(subject, upload, at=at))
        session.add(OutboxRow(tenant=subject.tenant, parcel=subject.id, content=content, held=False))
        amends: dict[str, str] = {} if upload.amends is None else {"amends": upload.amends}
        append_line(session, at, kind="parcel-stored", detail={**subject.detail(), **amends})
        return [subject.receipt(self._book.issue(session, subject, stage=Stage.STORED, at=at))]

    def _event(self, session: Session, arrived: Arrived, *, at: datetime) -> list[Reply]:
        where = arrived.where
        keys = self._registry.known(where.tenant, where.station)
        event, signer = believe(arrived.payload, keys=keys)
        if isinstance(event, LedgerHead | LedgerAlarm | Breach | Decommission | KeyringHeld | PermissionHeld):
            _check_place(event.tenant, event.station, arrived=arrived)
        subject = Subject(
            tenant=where.tenant,
            station=where.station,
            id=where.id,
            kind=EVENT_KIND,
            digest=digest_of(arrived.payload),
            size=len(arrived.payload),
        )
        known = session.get(EventRow, (where.tenant, where.station, where.id))
        if known is not None and known.digest != subject.digest:
            return self._conflict(session, subject, at=at)
        if known is None:
            session.add(
                EventRow(
                    tenant=where.tenant,
                    station=where.station,
                    id=where.id,
                    content_type=event.content_type,
                    digest=subject.digest,
                    signed=arrived.payload,
                    heard_at=at,
                )
            )
            append_line(session, at, kind="event-stored", detail=subject.detail())
            compare(session, event, subject=subject, signer=signer)
            if isinstance(event, KeyringHeld):
                # a file, and not of this transaction: the station has said it, whatever becomes of the batch
                self._registry.hold(event)
        return [subject.receipt(self._book.issue(session, subject, stage=Stage.STORED, at=at))]


def _check_place(tenant: str, station: str, *, arrived: Arrived) -> None:
    if (tenant, station) != (arrived.where.tenant, arrived.where.station):
        raise WireError("What is said of a station names another place than its topic.")


def _chunks_of(upload: UploadRow) -> ColumnElement[bool]:
    return and_(ChunkRow.tenant == upload.tenant, ChunkRow.parcel == upload.parcel)


def _subject(bill: Bill) -> Subject:
    return Subject(
        tenant=bill.tenant,
        station=bill.station,
        id=bill.parcel,
        kind=bill.kind.value,
        digest=bill.digest,
        size=bill.size,
    )


def _give_up(session: Session, upload: UploadRow) -> None:
    session.execute(delete(ChunkRow).where(_chunks_of(upload)))
    session.delete(upload)
    session.flush()


def _ledger_row(subject: Subject, upload: UploadRow, *, at: datetime) -> ParcelRow:
    return ParcelRow(
        tenant=subject.tenant,
        parcel=subject.id,
        station=subject.station,
        kind=subject.kind,
        digest=subject.digest,
        size=subject.size,
        stage=Stage.STORED.value,
        stored_at=at,
        seal_key=upload.seal_key,
        amends=upload.amends,
    )
