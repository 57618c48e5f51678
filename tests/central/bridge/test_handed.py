"""What MIGRIS has and has not decided on, what connectors keep of it, and what a person says where nobody can ask."""

import os

import pytest

from agent.wire import Stage
from central.bridge.delivery import Delivery
from central.bridge.frames import Delivered
from central.bridge.handed import Handed
from central.bridge.held import retry, settle
from central.bridge.ledger import ReceiptBook
from central.bridge.retention import Keeper
from central.bridge.subject import Subject
from central.bridge.tables import HandedRow, OutboxRow, ParcelRow, RestrictionRow, TombstoneRow
from central.cli import main
from central.database import Claims
from central.errors import ParcelNotHeld
from central.paths import Paths
from central.settings import Retention
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import ACCEPTED, REJECTED, SILENT
from tests.central.headquarters import Station
from tests.central.parcels import AT, Parcel, visited

PENDING = Delivered(number=0, result="pending")
UNSURE = Delivered(number=0, result="unsure")


@pytest.fixture
def parcel(station: Station) -> Parcel:
    return visited(station)


@pytest.fixture
def subject(counter: Counter, parcel: Parcel) -> Subject:
    return counter.store(parcel)


@pytest.fixture
def handed(counter: Counter) -> Handed:
    return counter.delivery.handed


@pytest.fixture
def copying(counter: Counter) -> Delivery:
    """To a connector that keeps copies."""
    book = ReceiptBook(counter.keys)
    return Delivery(counter.engine, claims=Claims(counter.engine), book=book, clock=counter.clock, copies=True)


def trouble(counter: Counter, subject: Subject) -> tuple[str, str | None]:
    with counter.session() as session:
        row = session.get_one(ParcelRow, (subject.tenant, subject.id))
        return row.stage, row.trouble


def test_what_waits_for_a_decision_is_asked_about_and_not_given_again(
    counter: Counter, subject: Subject, handed: Handed
) -> None:
    assert counter.decide(subject, PENDING) == []
    assert counter.delivery.waiting() == []
    assert handed.pending() == [subject]
    assert handed.leftovers() == []
    (reply,) = counter.delivery.decided(subject, ACCEPTED)
    assert counter.receipt(reply).stage is Stage.ACCEPTED
    assert handed.pending() == []


def test_an_accepted_parcel_is_called_wiped_only_after_the_connector_has_forgotten(
    counter: Counter, subject: Subject, handed: Handed
) -> None:
    counter.decide(subject, PENDING)
    counter.delivery.decided(subject, ACCEPTED)
    assert handed.leftovers() == [subject]
    assert not counter.delivery.finish_wipes()
    assert counter.count(TombstoneRow) == 0
    handed.forgotten(subject)
    assert counter.delivery.finish_wipes()
    assert counter.count(TombstoneRow) == 1
    assert counter.kinds()[-2:] == ["handed-copy-wiped", "parcel-wiped"]


def test_a_connector_that_keeps_copies_is_noted_before_it_gets_one(
    counter: Counter, copying: Delivery, subject: Subject, handed: Handed
) -> None:
    assert copying.consignment(subject.tenant, subject.id) is not None
    assert counter.count(HandedRow) == 1
    assert copying.decided(subject, SILENT) == []
    assert copying.waiting() == [(subject.tenant, subject.id)], "a silence leaves it where it is"
    assert handed.leftovers() == []
    copying.decided(subject, REJECTED)
    assert handed.leftovers() == [subject], "a rejected parcel is kept sealed, and not by the connector"


def test_what_is_restricted_leaves_the_connector_and_is_not_asked_about(
    counter: Counter, subject: Subject, handed: Handed
) -> None:
    counter.decide(subject, PENDING)
    with counter.session() as session, session.begin():
        session.add(RestrictionRow(tenant=subject.tenant, parcel=subject.id, request="R-1", since=AT))
    assert handed.pending() == []
    assert handed.leftovers() == [subject]
    handed.forgotten(subject)
    assert counter.delivery.waiting() == []
    with counter.session() as session, session.begin():
        session.get_one(RestrictionRow, (subject.tenant, subject.id, "R-1")).lifted_at = AT
    assert counter.delivery.waiting() == [(subject.tenant, subject.id)], "and goes there again when that is lifted"


def test_an_attempt_that_ended_without_a_word_is_told_to_the_next(counter: Counter, subject: Subject) -> None:
    first = counter.delivery.consignment(subject.tenant, subject.id)
    second = counter.delivery.consignment(subject.tenant, subject.id)
    assert (first and first.again, second and second.again) == (False, True)
    counter.delivery.decided(subject, SILENT)
    third = counter.delivery.consignment(subject.tenant, subject.id)
    assert third is not None
    assert not third.again, "silence is a word"


def test_what_nobody_can_ask_about_waits_for_a_person(
    counter: Counter, headquarters: Paths, parcel: Parcel, subject: Subject
) -> None:
    assert counter.decide(subject, UNSURE) == []
    assert counter.delivery.waiting() == []
    assert trouble(counter, subject) == ("stored", "migris-unsure")
    settle(headquarters, (subject.tenant, subject.id), delivered=ACCEPTED, clock=counter.clock)
    assert trouble(counter, subject) == ("accepted", None)
    assert (counter.count(OutboxRow), counter.count(TombstoneRow)) == (0, 1)
    (line,) = (line for line in counter.lines() if line["kind"] == "parcel-settled")
    assert (line["by"], line["uid"], line["result"]) == ("person", os.getuid(), "accepted")
    (reply,) = counter.take(parcel.billed())
    assert counter.receipt(reply).stage is Stage.ACCEPTED
    with pytest.raises(ParcelNotHeld):
        settle(headquarters, (subject.tenant, subject.id), delivered=ACCEPTED, clock=counter.clock)


def test_a_person_may_also_have_it_sent_again(counter: Counter, headquarters: Paths, subject: Subject) -> None:
    counter.decide(subject, UNSURE)
    retry(headquarters, tenant=subject.tenant, parcel=subject.id, at=AT)
    consignment = counter.delivery.consignment(subject.tenant, subject.id)
    assert consignment is not None
    assert not consignment.again


@pytest.mark.parametrize("delivered", [PENDING, SILENT, REJECTED])
def test_only_what_was_set_aside_for_it_is_settled(
    counter: Counter, headquarters: Paths, subject: Subject, delivered: Delivered
) -> None:
    counter.decide(subject, delivered)
    before = trouble(counter, subject)
    with pytest.raises(ParcelNotHeld):
        settle(headquarters, (subject.tenant, subject.id), delivered=ACCEPTED, clock=counter.clock)
    assert trouble(counter, subject) == before


def test_what_nobody_decides_on_in_time_is_withdrawn_and_for_a_person(
    counter: Counter, headquarters: Paths, subject: Subject, handed: Handed
) -> None:
    counter.decide(subject, PENDING)
    periods = Retention(handed_parcel_days=14, grace_hours=24)
    keeper = Keeper(counter.engine, periods, keys=counter.keys, clock=counter.clock, boot="boot")
    for _ in range(14):
        counter.clock.forward(days=1)
        keeper.run()
    assert handed.pending() == [subject], "found due, and the grace runs"
    counter.clock.forward(days=1)
    keeper.run()
    assert (handed.pending(), handed.leftovers()) == ([], [subject])
    assert trouble(counter, subject) == ("stored", "handed-too-long")
    assert counter.count(OutboxRow) == 1, "the sealed copy stays"
    handed.forgotten(subject)
    keeper.run()
    settle(headquarters, (subject.tenant, subject.id), delivered=ACCEPTED, clock=counter.clock)
    assert trouble(counter, subject) == ("accepted", None)


def test_the_verb_says_what_was_decided(
    counter: Counter, headquarters: Paths, subject: Subject, parcel: Parcel, capsys: pytest.CaptureFixture[str]
) -> None:
    counter.decide(subject, UNSURE)
    common = ["settle", "--root", str(headquarters.root), "--tenant", subject.tenant, "--parcel", subject.id]
    assert main([*common, "--rejected", "print-unusable"]) == 2
    assert main([*common, "--accepted", "who knows"]) == 2
    assert "finger or the face" in capsys.readouterr().err
    assert main([*common, "--rejected", "print-unusable", "--part", "left-index"]) == 0
    assert main([*common, "--accepted", "MR-1"]) == 2
    (reply,) = counter.take(parcel.billed())
    receipt = counter.receipt(reply)
    assert (receipt.stage, receipt.cause and receipt.cause.part) == (Stage.REJECTED, "left-index")
