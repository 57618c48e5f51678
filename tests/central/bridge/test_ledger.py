"""Central's ledger lines and the receipt book."""

import json

import pytest
from sqlalchemy import delete, select, update

from agent.wire import Cause, Receipt, Stage, read_signed
from central.bridge.ledger import ReceiptBook, append_line, verify_ledger
from central.bridge.subject import Subject
from central.bridge.tables import LEDGER, ReceiptRow
from tests.central.bridge.counter import Counter
from tests.central.parcels import AT, new_id
from vault.chain import EMPTY
from vault.envelope import Pinned, digest_of
from vault.errors import ChainBroken

SUBJECT = Subject(tenant="lt", station="vilnius-1", id=new_id(), kind="enrolment", digest="ab" * 32, size=70_000)


def written(counter: Counter, count: int) -> None:
    with counter.session() as session:
        for number in range(count):
            append_line(session, AT, kind="event-stored", detail={"subject": f"ünique {number}", "digest": None})
        session.commit()


def test_lines_are_chained_from_the_first(counter: Counter) -> None:
    with counter.session() as session:
        assert verify_ledger(session) == EMPTY
    written(counter, 3)
    with counter.session() as session:
        head = verify_ledger(session)
        assert head.number == 3
        line = session.execute(select(LEDGER).where(LEDGER.c.number == 3)).one()
    assert head.digest == line.digest
    assert json.loads(line.body) == {
        "number": 3,
        "time": "2026-11-22T08:00:00.000Z",
        "kind": "event-stored",
        "subject": "ünique 2",
        "digest": None,
    }


def test_a_changed_line_is_found(counter: Counter) -> None:
    written(counter, 4)
    with counter.session() as session:
        body = session.execute(select(LEDGER.c.body).where(LEDGER.c.number == 2)).scalar_one()
        session.execute(update(LEDGER).where(LEDGER.c.number == 2).values(body=body.replace("stored", "storeD")))
        with pytest.raises(ChainBroken) as broken:
            verify_ledger(session)
    assert broken.value.number == 2


def test_a_line_that_was_taken_out_is_found(counter: Counter) -> None:
    written(counter, 4)
    with counter.session() as session:
        session.execute(delete(LEDGER).where(LEDGER.c.number == 3))
        with pytest.raises(ChainBroken) as broken:
            verify_ledger(session)
    assert broken.value.number == 3


def test_a_line_is_as_durable_as_what_it_tells_of(counter: Counter) -> None:
    with counter.session() as session:
        append_line(session, AT, kind="parcel-stored", detail=SUBJECT.detail())
        session.rollback()
        assert verify_ledger(session) == EMPTY


def test_a_receipt_says_all_that_was_decided(counter: Counter) -> None:
    cause = Cause(part="left-index", code="print-size", sentence="A print is not 320 x 480 pixels.")
    with counter.session() as session:
        signed = ReceiptBook(counter.keys).issue(session, SUBJECT, stage=Stage.REJECTED, at=AT, decision=(None, cause))
        session.commit()
    receipt = read_signed(signed, Receipt, pinned=Pinned([counter.key.public]))
    assert (receipt.parcel, receipt.kind, receipt.digest, receipt.size) == (SUBJECT.id, "enrolment", "ab" * 32, 70_000)
    assert (receipt.stage, receipt.cause, receipt.reference) == (Stage.REJECTED, cause, None)
    assert (receipt.index, receipt.previous, receipt.time, receipt.key) == (1, "0" * 64, AT, counter.key.kid)
    with counter.session() as session:
        kept = session.get_one(ReceiptRow, ("lt", "vilnius-1", 1))
        assert (kept.signed, kept.signed_digest) == (signed, digest_of(signed))


def test_the_same_stage_and_digest_is_signed_once(counter: Counter) -> None:
    book = ReceiptBook(counter.keys)
    with counter.session() as session:
        stored = book.issue(session, SUBJECT, stage=Stage.STORED, at=AT)
        accepted = book.issue(session, SUBJECT, stage=Stage.ACCEPTED, at=AT, decision=("MR-1", None))
        session.commit()
    with counter.session() as session:
        assert book.issue(session, SUBJECT, stage=Stage.STORED, at=AT.replace(year=2027)) == stored
        assert book.issue(session, SUBJECT, stage=Stage.ACCEPTED, at=AT) == accepted
    assert counter.count(ReceiptRow) == 2


def test_receipts_that_were_rolled_back_leave_no_gap(counter: Counter) -> None:
    book = ReceiptBook(counter.keys)
    with counter.session() as session:
        book.issue(session, SUBJECT, stage=Stage.STORED, at=AT)
        session.rollback()
        signed = book.issue(session, SUBJECT, stage=Stage.ACCEPTED, at=AT)
    receipt = read_signed(signed, Receipt, pinned=Pinned([counter.key.public]))
    assert (receipt.index, receipt.previous) == (1, "0" * 64)
