"""What a person sees of parcels, and the road back of one that is set aside."""

import json
import os
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from agent.wire import Cause, Stage
from central.bridge.delivery import OPENINGS_MAX
from central.bridge.frames import Delivered
from central.bridge.held import parcels, refuse, retry
from central.bridge.subject import Subject
from central.bridge.tables import OutboxRow, ParcelRow, RestrictionRow
from central.database import begin_writing
from central.errors import CentralError, ParcelNotHeld
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import ACCEPTED, REFUSED, REJECTED, UNREADABLE
from tests.central.headquarters import Station
from tests.central.parcels import AT, OPEN_APPLICATION, Parcel, sealed, visited


@pytest.fixture
def parcel(station: Station) -> Parcel:
    return visited(station)


@pytest.fixture
def aside(counter: Counter, parcel: Parcel) -> Subject:
    """Set aside, because its seal did not open."""
    subject = counter.store(parcel)
    counter.decide(subject, UNREADABLE)
    return subject


def shown(paths: Paths, *, held: bool = False) -> list[dict[str, object]]:
    return [json.loads(line) for line in parcels(paths, held=held, at=AT)]


def ids(found: Sequence[dict[str, object]]) -> list[object]:
    return [item["parcel"] for item in found]


def test_every_parcel_is_listed_and_those_that_are_held(
    headquarters: Paths, counter: Counter, station: Station, aside: Subject
) -> None:
    decided = []
    for outcome in (ACCEPTED, REJECTED):
        counter.clock.forward(seconds=1)
        decided.append(counter.store(sealed(station, b"content")))
        counter.decide(decided[-1], outcome)
    counter.clock.forward(seconds=1)
    waiting = counter.store(sealed(station, b"waits"))
    accepted, rejected = decided
    assert ids(shown(headquarters)) == [aside.id, accepted.id, rejected.id, waiting.id]
    assert ids(shown(headquarters, held=True)) == [aside.id, rejected.id]
    first, *_ = shown(headquarters)
    assert first == {
        "tenant": "lt",
        "parcel": aside.id,
        "station": "vilnius-1",
        "kind": "enrolment",
        "amends": None,
        "stage": "stored",
        "trouble": "unreadable",
        "cause": None,
        "part": None,
        "held": True,
        "stored_at": "2026-11-22T08:00:00.000Z",
        "held_since": "2026-11-22T08:00:00.000Z",
        "decided_at": None,
        "wiped_at": None,
    }


def test_nothing_personal_is_shown(headquarters: Paths, aside: Subject) -> None:
    assert OPEN_APPLICATION not in "".join(parcels(headquarters, held=False, at=AT))


@pytest.mark.parametrize("outcome", [UNREADABLE, REFUSED])
def test_what_was_put_back_is_delivered(
    headquarters: Paths, counter: Counter, parcel: Parcel, outcome: Delivered
) -> None:
    subject = counter.store(parcel)
    counter.decide(subject, outcome)
    assert counter.delivery.consignment("lt", parcel.id) is None
    # the bridge has the database open meanwhile
    retry(headquarters, tenant="lt", parcel=parcel.id, at=counter.clock.at)
    assert counter.delivery.waiting() == [("lt", parcel.id)]
    with counter.session() as session:
        assert session.get_one(ParcelRow, ("lt", parcel.id)).trouble is None
    counter.decide(subject, ACCEPTED)
    assert counter.count(OutboxRow) == 0


def test_the_ledger_says_that_a_person_did_it(headquarters: Paths, counter: Counter, aside: Subject) -> None:
    counter.clock.forward(days=2)
    retry(headquarters, tenant="lt", parcel=aside.id, at=counter.clock.at)
    line = counter.lines()[-1]
    assert line == {
        "number": 4,
        "time": "2026-11-24T08:00:00.000Z",
        "kind": "parcel-retried",
        "tenant": "lt",
        "station": "vilnius-1",
        "subject": aside.id,
        "digest": aside.digest,
        "trouble": "unreadable",
        "by": "person",
        "uid": os.getuid(),
    }


def test_what_killed_openers_gets_all_its_attempts_again(
    headquarters: Paths, counter: Counter, station: Station
) -> None:
    deadly = counter.store(sealed(station, b"deadly"))
    for _ in range(OPENINGS_MAX):
        assert counter.delivery.consignment("lt", deadly.id) is not None
    assert counter.delivery.consignment("lt", deadly.id) is None
    retry(headquarters, tenant="lt", parcel=deadly.id, at=counter.clock.at)
    for _ in range(OPENINGS_MAX):
        assert counter.delivery.consignment("lt", deadly.id) is not None


TORN = Cause(part="right-index", code="refused-by-person", sentence="The print is torn.")


def test_what_a_person_refuses_is_rejected_and_kept_and_its_station_is_told(
    headquarters: Paths, counter: Counter, parcel: Parcel, aside: Subject
) -> None:
    counter.clock.forward(days=2)
    refuse(headquarters, tenant="lt", parcel=aside.id, cause=TORN, at=counter.clock.at)
    (reply,) = counter.take(parcel.billed())
    receipt = counter.receipt(reply)
    assert (receipt.stage, receipt.cause, receipt.digest) == (Stage.REJECTED, TORN, parcel.digest)
    assert (receipt.index, receipt.time) == (2, counter.clock.at)
    (item,) = shown(headquarters, held=True)
    assert (item["stage"], item["trouble"], item["cause"], item["part"]) == (
        "rejected",
        None,
        "refused-by-person",
        "right-index",
    )
    assert (item["held_since"], item["decided_at"]) == ("2026-11-22T08:00:00.000Z", "2026-11-24T08:00:00.000Z")
    with counter.session() as session:
        assert session.get_one(OutboxRow, ("lt", parcel.id)).content == parcel.content
    (line,) = [line for line in counter.lines() if line["kind"] == "parcel-rejected"]
    assert (line["by"], line["uid"], line["trouble"]) == ("person", os.getuid(), "unreadable")
    assert (line["cause"], line["part"], line["reason"]) == (TORN.code, TORN.part, TORN.sentence)
    assert counter.delivery.waiting() == []


@pytest.mark.parametrize("decide", [retry, partial(refuse, cause=TORN)], ids=["retry", "refuse"])
def test_what_a_person_wants_kept_and_not_processed_is_left_alone(
    headquarters: Paths, counter: Counter, aside: Subject, decide: Callable[..., None]
) -> None:
    with counter.session() as session:
        session.add(RestrictionRow(tenant="lt", parcel=aside.id, request="1", since=AT, lifted_at=None))
        session.commit()
    before = counter.lines()
    with pytest.raises(ParcelNotHeld, match="restricted"):
        decide(headquarters, tenant="lt", parcel=aside.id, at=counter.clock.at)
    assert counter.lines() == before
    with counter.session() as session:
        assert session.get_one(OutboxRow, ("lt", aside.id)).held


@pytest.mark.parametrize("decide", [retry, partial(refuse, cause=TORN)], ids=["retry", "refuse"])
def test_only_what_is_set_aside_can_be_decided(
    headquarters: Paths, counter: Counter, station: Station, aside: Subject, *, decide: Callable[..., None]
) -> None:
    waiting, rejected, accepted = (counter.store(sealed(station, b"content")) for _ in range(3))
    counter.decide(rejected, REJECTED)
    counter.decide(accepted, ACCEPTED)
    before = counter.lines()
    for tenant, parcel in (
        ("lt", waiting.id),
        ("lt", rejected.id),
        ("lt", accepted.id),
        ("lt", "01jd0000000000000000000000"),
        ("lt2", aside.id),
    ):
        with pytest.raises(ParcelNotHeld):
            decide(headquarters, tenant=tenant, parcel=parcel, at=counter.clock.at)
    assert counter.lines() == before
    with counter.session() as session:
        assert session.get_one(OutboxRow, ("lt", rejected.id)).held, "MIGRIS has decided on it"


def test_a_database_that_somebody_else_keeps_is_said(headquarters: Paths, counter: Counter, aside: Subject) -> None:
    with counter.engine.connect() as other:
        begin_writing(other)
        with pytest.raises(CentralError, match="does not answer"):
            retry(headquarters, tenant="lt", parcel=aside.id, at=counter.clock.at)
    retry(headquarters, tenant="lt", parcel=aside.id, at=counter.clock.at)


def test_who_lists_parcels_is_in_the_ledger(headquarters: Paths, counter: Counter, aside: Subject) -> None:
    assert ids(shown(headquarters, held=True)) == [aside.id]
    line = counter.lines()[-1]
    assert (line["kind"], line["by"], line["why"]) == ("parcels-listed", f"uid:{os.getuid()}", "oversee")
    assert (line["parcels"], line["held"]) == (1, True)


def test_who_opens_a_parcel_is_in_the_ledger_with_what_he_opens(counter: Counter, aside: Subject) -> None:
    (line,) = [line for line in counter.lines() if line["kind"] == "parcel-opened"]
    assert (line["by"], line["why"], line["subject"]) == ("opener", "deliver-to-migris", aside.id)
