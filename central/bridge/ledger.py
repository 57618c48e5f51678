"""Central's ledger lines and receipts: written inside the transaction that they tell of."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import LargeBinary, cast, func, insert, select
from sqlalchemy.orm import Session

from agent.wire import Cause, Receipt, Stage, sign_document
from agent.wire.document import instant_text
from central.bridge.subject import Subject
from central.bridge.tables import LEDGER, ReceiptRow
from central.database import begin_writing
from central.pki.keyring import OwnKeys
from vault.chain import EMPTY, GENESIS, Head, follow
from vault.envelope import Digest, digest_of
from vault.ledger import PAGE_LINES, Detail, Line, line_after

_NEWEST = select(LEDGER.c.number, LEDGER.c.digest).order_by(LEDGER.c.number.desc()).limit(1)
_APPEND = insert(LEDGER)


class CentralLedger:
    """Central's own chain of lines, in either database."""

    def append(self, session: Session, *, kind: str, time: str, detail: Detail) -> Head:
        """Add a hash-chained line in the caller's transaction and return the new head.

        Invariant: from here to the commit nobody else writes, so that no two lines follow the same one.
        """
        session.flush()
        begin_writing(session)
        head, body = line_after(self._head(session), kind=kind, time=time, detail=detail)
        session.execute(_APPEND, {"number": head.number, "body": body, "digest": head.digest})
        return head

    def verify(self, session: Session) -> Head:
        """Walk the whole chain. :raises: ChainBroken at the first line that does not fit."""
        return follow(self._lines(session))

    def _head(self, session: Session) -> Head:
        row = session.execute(_NEWEST).first()
        return EMPTY if row is None else Head(row.number, Digest(row.digest))

    def _lines(self, session: Session) -> Iterator[Line]:
        """Page by page, as `vault.ledger` reads; bodies as the bytes that they are, whatever a hand made of them."""
        number, text = LEDGER.c.number, LEDGER.c.body
        sqlite = session.connection().dialect.name == "sqlite"
        body = cast(text, LargeBinary) if sqlite else func.convert_to(text, "UTF8")
        wanted, after = select(number, body, LEDGER.c.digest).order_by(number).limit(PAGE_LINES), 0
        while page := session.execute(wanted.where(number > after)).all():
            for line in page:
                yield line[0], bytes(line[1]), line[2]
            after = page[-1][0]


_LEDGER = CentralLedger()


def append_line(session: Session, at: datetime, *, kind: str, detail: Detail) -> Head:
    """Add a line to central's ledger; what it tells of is written in this transaction before it."""
    return _LEDGER.append(session, kind=kind, time=instant_text(at), detail=detail)


def verify_ledger(session: Session) -> Head:
    """Walk the whole ledger. :raises: ChainBroken at the first line that does not fit."""
    return _LEDGER.verify(session)


class ReceiptBook:
    """Signs receipts; the same subject, stage and digest gives the same receipt again."""

    def __init__(self, keys: OwnKeys) -> None:
        self.keys = keys
        """Headquarters' keys."""

    def issue(
        self,
        session: Session,
        subject: Subject,
        *,
        stage: Stage,
        at: datetime,
        decision: tuple[str | None, Cause | None] = (None, None),
    ) -> bytes:
        """The signed receipt, made now or before.

        :param decision: MIGRIS's reference when accepted, the cause when rejected.
        :raises: KeyOutOfTime when no receipt key is in its time.
        """
        there = session.scalars(
            select(ReceiptRow).where(
                ReceiptRow.tenant == subject.tenant,
                ReceiptRow.station == subject.station,
                ReceiptRow.subject == subject.id,
                ReceiptRow.stage == stage.value,
                ReceiptRow.digest == subject.digest,
            )
        ).first()
        if there is not None:
            return there.signed
        number, previous = self._newest(session, subject)
        key = self.keys.signer(at)
        reference, cause = decision
        receipt = Receipt(
            tenant=subject.tenant,
            station=subject.station,
            parcel=subject.id,
            kind=subject.kind,
            digest=subject.digest,
            size=subject.size,
            stage=stage,
            cause=cause,
            reference=reference,
            index=number + 1,
            previous=previous,
            time=at,
            key=key.kid,
        )
        signed = sign_document(receipt, key)
        session.add(
            ReceiptRow(
                tenant=subject.tenant,
                station=subject.station,
                number=number + 1,
                subject=subject.id,
                stage=stage.value,
                digest=subject.digest,
                signed=signed,
                signed_digest=digest_of(signed),
            )
        )
        session.flush()
        return signed

    def _newest(self, session: Session, subject: Subject) -> tuple[int, Digest]:
        newest = session.scalars(
            select(ReceiptRow)
            .where(ReceiptRow.tenant == subject.tenant, ReceiptRow.station == subject.station)
            .order_by(ReceiptRow.number.desc())
            .limit(1)
        ).first()
        return (0, GENESIS) if newest is None else (newest.number, Digest(newest.signed_digest))
