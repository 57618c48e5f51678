"""Delivery on a real database: what is decided, what is wiped, and what is left of it on the disk."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import select, update

from agent.wire import Cause, How, Stage, Tombstone, read_signed
from central.bridge.delivery import OPENINGS_MAX
from central.bridge.frames import Delivered
from central.bridge.subject import Subject
from central.bridge.tables import LEDGER, ChunkRow, OutboxRow, ParcelRow, TombstoneRow
from central.paths import Paths
from tests.central.bridge.counter import Counter, opened
from tests.central.headquarters import Station
from tests.central.kept import Reader, on_server, server_log
from tests.central.parcels import Parcel, arrived, sealed, visited
from vault.envelope import Pinned, digest_of

ACCEPTED = Delivered(number=1, result="accepted", reference="MR-20261122-000001")
REJECTED = Delivered(
    number=1,
    result="rejected",
    cause=Cause(part="right-index", code="wsq-undecodable", sentence="The decoder made nothing of the print."),
)
UNFIT = Delivered(number=1, result="unfit", cause=REJECTED.cause)
HUNG = Delivered(number=1, result="hung")
UNREADABLE = Delivered(number=1, result="unreadable")
REFUSED = Delivered(number=1, result="refused")
SILENT = Delivered(number=1, result="silent")
KEYLESS = Delivered(number=1, result="keyless")
UNCHECKED = Delivered(number=1, result="unchecked")


@pytest.fixture
def parcel(station: Station) -> Parcel:
    return visited(station)


@pytest.fixture
def subject(counter: Counter, parcel: Parcel) -> Subject:
    return counter.store(parcel)


@pytest.fixture
def reader(counter: Counter) -> Iterator[Reader]:
    """While somebody reads, what was deleted cannot be forgotten."""
    with closing(Reader(counter.engine)) as reader:
        yield reader


def left(counter: Counter, parcel: Parcel) -> int:
    """How many of seventy stretches of the sealed bytes are anywhere on the disk; a page's end may cut one or two."""
    disk = counter.disk()
    return sum(parcel.content[start : start + 64] in disk for start in range(0, len(parcel.content) - 64, 1000))


def tombstone(counter: Counter, parcel: Parcel) -> Tombstone:
    with counter.session() as session:
        signed = session.get_one(TombstoneRow, ("lt", parcel.id)).signed
    return read_signed(signed, Tombstone, pinned=Pinned([counter.key.public]))


def test_accepted_is_written_receipted_and_gone(counter: Counter, parcel: Parcel, subject: Subject) -> None:
    counter.clock.forward(minutes=2)
    (reply,) = counter.decide(subject, ACCEPTED)
    receipt = counter.receipt(reply)
    assert (receipt.stage, receipt.reference, receipt.cause) == (Stage.ACCEPTED, ACCEPTED.reference, None)
    assert (receipt.digest, receipt.index, receipt.time) == (parcel.digest, 2, counter.clock.at)
    assert counter.count(OutboxRow) == 0
    with counter.session() as session:
        row = session.get_one(ParcelRow, ("lt", parcel.id))
        assert (row.stage, row.reference, row.decided_at, row.wiped_at) == (
            "accepted",
            ACCEPTED.reference,
            counter.clock.at,
            counter.clock.at,
        )
    assert counter.delivery.waiting() == []


def test_no_byte_of_an_accepted_parcel_is_left(counter: Counter, parcel: Parcel, subject: Subject) -> None:
    assert left(counter, parcel) > 60, "the search can find what it looks for"
    counter.decide(subject, ACCEPTED)
    assert left(counter, parcel) == 0


def test_chunks_of_a_repeated_upload_are_not_left_either(counter: Counter, station: Station) -> None:
    parcel = visited(station)
    wrong = arrived(station.topics.chunk(parcel.id, 1), b"\0" * (len(parcel.content) - 65_536))
    counter.take(parcel.billed(), parcel.chunk(0), wrong)
    counter.decide(counter.store(parcel), ACCEPTED)
    assert left(counter, parcel) == 0


def test_what_a_servers_log_still_has_is_not_called_wiped_for_sure(
    counter: Counter, parcel: Parcel, subject: Subject
) -> None:
    counter.decide(subject, ACCEPTED)
    kept = on_server(counter.engine) and parcel.content[100:164] in server_log(counter.engine)
    assert kept == on_server(counter.engine), "this is why"
    assert tombstone(counter, parcel).verified is not kept


def test_the_tombstone_names_receipt_and_digest(counter: Counter, parcel: Parcel, subject: Subject) -> None:
    (reply,) = counter.decide(subject, ACCEPTED)
    found = tombstone(counter, parcel)
    assert (found.digest, found.receipt, found.how) == (parcel.digest, digest_of(reply.payload), How.WIPED)
    assert found.verified is not on_server(counter.engine)
    assert found.authorised_by == counter.key.kid
    with counter.session() as session:
        kinds = [body.split('"kind":"')[1].split('"')[0] for body in session.scalars(select(LEDGER.c.body))]
    assert kinds == ["parcel-stored", "parcel-opened", "parcel-accepted", "parcel-wiped"]


def test_rejected_is_held_and_says_why(counter: Counter, parcel: Parcel, subject: Subject) -> None:
    (reply,) = counter.decide(subject, REJECTED)
    receipt = counter.receipt(reply)
    assert (receipt.stage, receipt.cause, receipt.reference) == (Stage.REJECTED, REJECTED.cause, None)
    assert counter.delivery.waiting() == []
    with counter.session() as session:
        row = session.get_one(ParcelRow, ("lt", parcel.id))
        assert (row.cause, row.part, row.held_at) == ("wsq-undecodable", "right-index", counter.clock.at)
        kept = session.get_one(OutboxRow, ("lt", parcel.id))
        assert (kept.held, kept.content) == (True, parcel.content)
    assert counter.take(parcel.billed()) == [reply], "a station that asks again is told the same"


@pytest.mark.parametrize(
    ("delivered", "trouble", "part"),
    [
        (UNREADABLE, "unreadable", None),
        (UNFIT, "wsq-undecodable", "right-index"),
        (REFUSED, "migris-refused", None),
        (HUNG, "opener-hung", None),
    ],
)
def test_what_a_person_must_look_at_gets_no_final_receipt(
    counter: Counter, parcel: Parcel, subject: Subject, delivered: Delivered, *, trouble: str, part: str | None
) -> None:
    counter.clock.forward(minutes=1)
    assert counter.decide(subject, delivered) == []
    assert counter.delivery.waiting() == []
    assert counter.lines()[-1]["part"] == part
    with counter.session() as session:
        row = session.get_one(ParcelRow, ("lt", parcel.id))
        assert (row.stage, row.trouble, row.part, row.held_at) == ("stored", trouble, part, counter.clock.at)
        assert session.get_one(OutboxRow, ("lt", parcel.id)).content == parcel.content
    (reply,) = counter.take(parcel.billed())
    assert counter.receipt(reply).stage is Stage.STORED


@pytest.mark.parametrize("silence", [SILENT, KEYLESS, UNCHECKED])
def test_silence_changes_nothing(counter: Counter, parcel: Parcel, subject: Subject, silence: Delivered) -> None:
    assert counter.decide(subject, silence) == []
    assert counter.delivery.waiting() == [("lt", parcel.id)]
    (reply,) = counter.decide(subject, ACCEPTED)
    assert counter.receipt(reply).stage is Stage.ACCEPTED


def test_what_was_decided_is_no_consignment_any_more(counter: Counter, parcel: Parcel, subject: Subject) -> None:
    consignment = counter.delivery.consignment("lt", parcel.id)
    assert consignment is not None
    assert (consignment.subject, consignment.content) == (subject, parcel.content)
    counter.decide(subject, ACCEPTED)
    assert counter.delivery.consignment("lt", parcel.id) is None


def test_a_cut_after_the_decision_is_made_good_at_the_start(
    counter: Counter, headquarters: Paths, parcel: Parcel, subject: Subject, reader: Reader
) -> None:
    # with a reader in the way the decision is committed and the wipe is not done: as if the power went there
    reader.begin()
    counter.decide(subject, ACCEPTED)
    assert counter.count(TombstoneRow) == 0
    reader.end()
    next_life = opened(headquarters)
    try:
        assert next_life.delivery.finish_wipes()
        assert next_life.count(TombstoneRow) == 1
        assert tombstone(next_life, parcel).how is How.WIPED
        assert left(next_life, parcel) == 0
        assert next_life.delivery.finish_wipes(), "a second time there is nothing to do"
        assert next_life.count(TombstoneRow) == 1
    finally:
        next_life.close()


def test_there_is_no_tombstone_while_a_reader_keeps_the_log(
    counter: Counter, parcel: Parcel, subject: Subject, reader: Reader
) -> None:
    reader.begin()
    (reply,) = counter.decide(subject, ACCEPTED)
    assert counter.receipt(reply).stage is Stage.ACCEPTED, "the station need not wait for our own wipe"
    assert left(counter, parcel) > 60, "this is why there must be no tombstone yet"
    assert counter.count(TombstoneRow) == 0
    assert not counter.delivery.finish_wipes()
    before = counter.delivery.wipes_left

    reader.end()
    assert counter.delivery.finish_wipes()
    assert (before, counter.delivery.wipes_left) == (True, False)
    assert tombstone(counter, parcel).how is How.WIPED
    assert left(counter, parcel) == 0


def test_the_next_accepted_parcel_buries_the_one_before(
    counter: Counter, station: Station, subject: Subject, reader: Reader
) -> None:
    reader.begin()
    counter.decide(subject, ACCEPTED)
    reader.end()
    counter.decide(counter.store(visited(station)), ACCEPTED)
    assert counter.count(TombstoneRow) == 2


@pytest.mark.parametrize("kept_by", ["postgresql"], indirect=True)
def test_a_parcel_is_with_one_worker_at_a_time(counter: Counter, headquarters: Paths, subject: Subject) -> None:
    other, place = opened(headquarters), (subject.tenant, subject.id)
    assert counter.delivery.consignment(*place) is not None
    assert other.delivery.consignment(*place) is None
    counter.delivery.let_go(*place)
    assert other.delivery.consignment(*place) is not None
    other.close()


def test_what_another_worker_decided_meanwhile_stays(counter: Counter, headquarters: Paths, subject: Subject) -> None:
    assert counter.delivery.consignment(subject.tenant, subject.id) is not None
    other = opened(headquarters)
    # its connection broke, and with it went its claim
    (reply,) = other.delivery.decided(subject, ACCEPTED)
    assert counter.delivery.decided(subject, REJECTED) == []
    assert counter.receipt(reply).stage is Stage.ACCEPTED
    assert [kind for kind in counter.kinds() if kind in {"parcel-accepted", "parcel-rejected"}] == ["parcel-accepted"]
    other.close()


def test_what_another_worker_buried_is_not_buried_again(
    counter: Counter, headquarters: Paths, station: Station, subject: Subject, reader: Reader
) -> None:
    reader.begin()
    counter.decide(subject, ACCEPTED)
    reader.end()
    other = opened(headquarters)
    assert other.delivery.finish_wipes()
    counter.decide(counter.store(visited(station)), ACCEPTED)
    assert (counter.count(TombstoneRow), counter.kinds().count("parcel-wiped")) == (2, 2)
    other.close()


def test_a_copy_that_is_still_there_is_not_called_wiped(counter: Counter, parcel: Parcel, subject: Subject) -> None:
    with counter.session() as session:
        session.execute(update(ParcelRow).values(stage="accepted"))
        session.add(ChunkRow(tenant="lt", parcel=parcel.id, number=0, content=parcel.content))
        session.commit()
    counter.delivery.finish_wipes()
    assert not tombstone(counter, parcel).verified


def test_the_outbox_is_emptied_oldest_first(counter: Counter, station: Station) -> None:
    parcels = [sealed(station, b"first"), sealed(station, b"second"), sealed(station, b"third")]
    for parcel in reversed(parcels):
        counter.store(parcel)
        counter.clock.forward(seconds=1)
    assert counter.delivery.waiting() == [("lt", parcel.id) for parcel in reversed(parcels)]


def test_what_the_opener_died_at_goes_last_and_at_length_to_a_person(counter: Counter, station: Station) -> None:
    deadly, harmless = sealed(station, b"deadly"), sealed(station, b"harmless")
    counter.store(deadly)
    counter.clock.forward(seconds=1)
    counter.store(harmless)
    assert counter.delivery.waiting()[0] == ("lt", deadly.id)
    for _ in range(OPENINGS_MAX):
        assert counter.delivery.consignment("lt", deadly.id) is not None
        assert counter.delivery.waiting() == [("lt", harmless.id), ("lt", deadly.id)]
    assert counter.delivery.consignment("lt", deadly.id) is None
    assert counter.delivery.waiting() == [("lt", harmless.id)]
    with counter.session() as session:
        row = session.get_one(ParcelRow, ("lt", deadly.id))
        assert (row.stage, row.trouble) == ("stored", "opener-died")
        assert session.get_one(OutboxRow, ("lt", deadly.id)).held


def test_a_parcel_that_was_opened_in_vain_is_not_held_against_it(counter: Counter, subject: Subject) -> None:
    for _ in range(OPENINGS_MAX + 1):
        assert counter.decide(subject, SILENT) == []
    assert counter.delivery.waiting() == [(subject.tenant, subject.id)]
