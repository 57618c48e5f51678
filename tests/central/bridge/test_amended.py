"""Amendments on a real database: which can be merged, what goes with them, and what is refused for ever."""

from contextlib import closing
from datetime import timedelta

import pytest

from agent.wire import How, ParcelKind, Receipt, Stage, Tombstone, read_signed
from central.bridge.amended import AMENDMENTS_MAX
from central.bridge.delivery import Consignment
from central.bridge.retention import RejectedParcels
from central.bridge.subject import Subject
from central.bridge.tables import OutboxRow, ParcelRow, RestrictionRow, TombstoneRow
from central.paths import Paths
from tests.central.bridge.counter import Counter, opened
from tests.central.bridge.test_delivery import ACCEPTED, REJECTED, UNREADABLE, left
from tests.central.headquarters import Station, enrolled
from tests.central.kept import Reader, on_server
from tests.central.parcels import AT, Parcel, new_id, sealed
from vault.envelope import Pinned, digest_of


def amendment_of(parcel: Parcel, *, station: Station | None = None) -> Parcel:
    return sealed(station or parcel.station, b"what is new", amends=parcel.id)


def rejected(counter: Counter, parcel: Parcel) -> Parcel:
    counter.decide(counter.store(parcel), REJECTED)
    counter.clock.forward(minutes=1)
    return parcel


def consigned(counter: Counter, subject: Subject) -> Consignment:
    found = counter.delivery.consignment(subject.tenant, subject.id)
    assert found is not None
    return found


def refused(counter: Counter, parcel: Parcel) -> str:
    """The code with which it goes back."""
    found = consigned(counter, counter.store(parcel))
    assert found.refusal is not None
    assert found.earlier == ()
    return found.refusal.code


@pytest.fixture
def first(counter: Counter, station: Station) -> Parcel:
    return rejected(counter, sealed(station, b"the whole visit"))


def tombstone(counter: Counter, parcel: str) -> Tombstone:
    with counter.session() as session:
        signed = session.get_one(TombstoneRow, ("lt", parcel)).signed
    return read_signed(signed, Tombstone, pinned=Pinned([counter.key.public]))


def test_it_comes_with_what_it_amends_and_that_is_in_the_ledger(counter: Counter, first: Parcel) -> None:
    second = rejected(counter, amendment_of(first))
    third = amendment_of(second)
    found = consigned(counter, counter.store(third))
    assert (found.subject.id, found.amends, found.refusal) == (third.id, second.id, None)
    assert [(one.parcel, one.kind, one.content) for one in found.earlier] == [
        (first.id, "enrolment", first.content),
        (second.id, "amendment", second.content),
    ]
    assert {one.part for one in found.earlier} == {"right-index"}
    opened = [line["subject"] for line in counter.lines() if line["kind"] == "parcel-opened"]
    assert opened[-3:] == [third.id, second.id, first.id]
    (stored,) = [line for line in counter.lines() if line["kind"] == "parcel-stored" and line["subject"] == third.id]
    assert stored["amends"] == second.id


def test_when_it_is_accepted_everything_is_wiped_on_that_receipt(counter: Counter, first: Parcel) -> None:
    second = rejected(counter, amendment_of(first))
    third = amendment_of(second)
    (reply,) = counter.decide(counter.store(third), ACCEPTED)
    assert counter.receipt(reply).parcel == third.id
    assert counter.count(OutboxRow) == 0
    assert not counter.delivery.wipes_left
    sure = not on_server(counter.engine)
    for parcel, stage in ((first, "rejected"), (second, "rejected"), (third, "accepted")):
        stone = tombstone(counter, parcel.id)
        assert (stone.how, stone.stage, stone.digest, stone.verified) == (How.WIPED, stage, parcel.digest, sure)
        assert stone.receipt == digest_of(reply.payload)
        assert left(counter, parcel) == 0
        with counter.session() as session:
            assert session.get_one(ParcelRow, ("lt", parcel.id)).wiped_at == counter.clock.at
    ended = [(line["subject"], line["by"]) for line in counter.lines() if line["kind"] == "parcel-amended"]
    assert ended == [(second.id, third.id), (first.id, third.id)]
    (told,) = counter.take(first.billed())
    assert counter.receipt(told).stage is Stage.REJECTED, "what was said of it stays true"


def test_a_cut_before_the_tombstones_is_made_good(counter: Counter, headquarters: Paths, first: Parcel) -> None:
    second = amendment_of(first)
    subject = counter.store(second)
    with closing(Reader(counter.engine)) as reader:
        # while somebody reads, what was deleted cannot be forgotten, and without that there is no tombstone
        reader.begin()
        counter.decide(subject, ACCEPTED)
        assert counter.count(TombstoneRow) == 0
    next_life = opened(headquarters)
    try:
        assert next_life.delivery.finish_wipes()
        assert tombstone(next_life, first.id).how is How.WIPED
        assert tombstone(next_life, second.id).how is How.WIPED
    finally:
        next_life.engine.dispose()


def test_when_it_is_rejected_both_are_kept(counter: Counter, first: Parcel) -> None:
    second = rejected(counter, amendment_of(first))
    assert counter.count(OutboxRow) == 2
    assert counter.delivery.waiting() == []
    assert consigned(counter, counter.store(amendment_of(second))).refusal is None


def test_a_second_amendment_of_the_same_comes_too_late(counter: Counter, first: Parcel) -> None:
    other = amendment_of(first)
    counter.store(other)
    counter.decide(counter.store(amendment_of(first)), ACCEPTED)
    found = counter.delivery.consignment("lt", other.id)
    assert found is not None
    assert found.refusal is not None
    assert found.refusal.code == "amends-gone"


def test_what_can_never_be_merged_is_refused(counter: Counter, headquarters: Paths, station: Station) -> None:
    assert refused(counter, sealed(station, b"new", amends=new_id())) == "amends-unknown"
    waiting, accepted, aside = (sealed(station, b"whole") for _ in range(3))
    counter.store(waiting)
    counter.decide(counter.store(accepted), ACCEPTED)
    counter.decide(counter.store(aside), UNREADABLE)
    assert refused(counter, amendment_of(waiting)) == "amends-undecided"
    assert refused(counter, amendment_of(aside)) == "amends-undecided"
    assert refused(counter, amendment_of(accepted)) == "amends-accepted"
    whole = rejected(counter, sealed(station, b"whole"))
    other = enrolled(headquarters, "kaunas-2")
    assert refused(counter, amendment_of(whole, station=other)) == "amends-other-station"


def test_an_amendment_of_nothing_and_an_enrolment_of_something_are_refused(
    counter: Counter, first: Parcel, station: Station
) -> None:
    nothing = sealed(station, b"new")
    counter.take(nothing.billed(kind=ParcelKind.AMENDMENT), nothing.chunk(0))
    found = counter.delivery.consignment("lt", nothing.id)
    assert found is not None
    assert found.refusal is not None
    assert found.refusal.code == "amends-not-said"
    something = sealed(station, b"new")
    counter.take(something.billed(amends=first.id), something.chunk(0))
    found = counter.delivery.consignment("lt", something.id)
    assert found is not None
    assert found.refusal is not None
    assert found.refusal.code == "amends-not-said"


def test_one_visit_is_amended_so_often_and_not_oftener(counter: Counter, first: Parcel) -> None:
    latest = first
    for _ in range(AMENDMENTS_MAX):
        latest = amendment_of(latest)
        assert consigned(counter, counter.store(latest)).refusal is None
        counter.delivery.decided(consigned(counter, subject_of(counter, latest)).subject, REJECTED)
    assert refused(counter, amendment_of(latest)) == "amends-too-often"


def test_who_amends_himself_is_refused(counter: Counter, station: Station) -> None:
    parcel = new_id()
    assert refused(counter, sealed(station, b"new", parcel=parcel, amends=parcel)) == "amends-too-often"


def subject_of(counter: Counter, parcel: Parcel) -> Subject:
    with counter.session() as session:
        row = session.get_one(ParcelRow, ("lt", parcel.id))
    return Subject(tenant="lt", station=row.station, id=row.parcel, kind=row.kind, digest=row.digest, size=row.size)


def test_the_refusal_is_a_receipt_that_says_why(counter: Counter, station: Station) -> None:
    parcel = sealed(station, b"new", amends=new_id())
    found = consigned(counter, counter.store(parcel))
    (reply,) = counter.delivery.decided(found.subject, REJECTED.model_copy(update={"cause": found.refusal}))
    receipt: Receipt = counter.receipt(reply)
    assert receipt.cause is not None
    assert (receipt.stage, receipt.kind, receipt.cause.code) == (Stage.REJECTED, "amendment", "amends-unknown")


def test_it_waits_while_somebody_wants_the_amended_one_kept_apart(counter: Counter, first: Parcel) -> None:
    second = rejected(counter, amendment_of(first))
    direct, over = amendment_of(first), amendment_of(second)
    for parcel in (direct, over):
        counter.store(parcel)
    with counter.session() as session:
        session.add(RestrictionRow(tenant="lt", parcel=first.id, request="1", since=AT, lifted_at=None))
        session.commit()
    assert ("lt", direct.id) not in counter.delivery.waiting()
    assert counter.delivery.consignment("lt", direct.id) is None
    assert counter.delivery.consignment("lt", over.id) is None
    with counter.session() as session:
        session.get_one(RestrictionRow, ("lt", first.id, "1")).lifted_at = AT
        session.commit()
    assert counter.delivery.consignment("lt", over.id) is not None


def test_what_is_amended_is_kept_until_the_amendment_is_decided_and_as_long_as_that_is_kept(
    counter: Counter, first: Parcel
) -> None:
    parcels = RejectedParcels(timedelta(days=90), keys=counter.keys)
    second = amendment_of(first)
    subject = counter.store(second)
    counter.clock.forward(days=91)

    def due() -> list[str]:
        with counter.session() as session:
            return [item.id for item in parcels.due(session, counter.clock.at - timedelta(days=90), most=10)]

    assert due() == []
    counter.decide(subject, REJECTED)
    assert due() == []
    counter.clock.forward(days=91)
    assert due() == [f"lt/{second.id}"]
    with counter.session() as session:
        assert parcels.delete(session, f"lt/{second.id}", at=counter.clock.at)
        session.commit()
    assert due() == [f"lt/{first.id}"]
