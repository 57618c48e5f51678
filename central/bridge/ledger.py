"""Central's ledger lines and receipts: written inside the transaction that they tell of."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire import Cause, Receipt, Stage, sign_document
from agent.wire.document import instant_text
from central.bridge.subject import Subject
from central.bridge.tables import ReceiptRow
from central.pki.keyring import OwnKeys
from vault.chain import GENESIS, Head
from vault.envelope import Digest, digest_of
from vault.ledger import Detail, Ledger

_LEDGER = Ledger()


def append_line(session: Session, at: datetime, *, kind: str, detail: Detail) -> Head:
    """Add a hash-chained line.

    Invariant: what it tells of is written in this transaction before it. From that moment on SQLite lets nobody else
    write, so that bridge and `smilius-central retry` never give one number to two lines.
    """
    return _LEDGER.append(session, kind=kind, time=instant_text(at), detail=detail)


def verify_ledger(session: Session) -> Head:
    """Walk the whole ledger. :raises: ChainBroken at the first line that does not fit."""
    return _LEDGER.verify(session)


class ReceiptBook:
    """Signs receipts; the same subject, stage and digest gives the same receipt again."""

    def __init__(self, keys: OwnKeys) -> None:
        self._keys = keys

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
        key = self._keys.signer(at)
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
