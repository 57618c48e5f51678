"""Central's ledger lines and receipts: written inside the transaction that they tell of."""

import json
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire import Cause, Receipt, Stage, sign_document
from agent.wire.document import instant_text
from central.bridge.subject import Subject
from central.bridge.tables import LedgerRow, ReceiptRow
from vault.chain import EMPTY, GENESIS, Head, digest_after, follow
from vault.envelope import Digest, SigningKey, digest_of


def append_line(session: Session, at: datetime, *, kind: str, detail: dict[str, str | int | None]) -> Head:
    """Add a hash-chained line."""
    newest = session.scalars(select(LedgerRow).order_by(LedgerRow.number.desc()).limit(1)).first()
    previous = EMPTY if newest is None else Head(newest.number, Digest(newest.digest))
    line = {"number": previous.number + 1, "time": instant_text(at), "kind": kind, **detail}
    body = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    head = Head(previous.number + 1, digest_after(previous.digest, body.encode()))
    session.add(LedgerRow(number=head.number, body=body, digest=head.digest))
    session.flush()
    return head


def verify_ledger(session: Session) -> Head:
    """Walk the whole ledger. :raises: ChainBroken at the first line that does not fit."""

    def lines() -> Iterator[tuple[int, bytes, str]]:
        for row in session.scalars(select(LedgerRow).order_by(LedgerRow.number)):
            yield row.number, row.body.encode(), row.digest

    return follow(lines())


class ReceiptBook:
    """Signs receipts; the same subject, stage and digest gives the same receipt again."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

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
            key=self._key.kid,
        )
        signed = sign_document(receipt, self._key)
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
