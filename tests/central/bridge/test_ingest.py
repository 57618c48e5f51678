"""Ingest on a real database: bills, chunks in every disorder, and the receipt that leaves only after its commit."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from agent.wire import CHUNK_BYTES, Stage
from central.bridge.ingest import UPLOADS_OPEN_MAX
from central.bridge.tables import LEDGER, ChunkRow, OutboxRow, ParcelRow, ReceiptRow, UploadRow
from central.paths import Paths
from tests.central.bridge.counter import Counter, need
from tests.central.headquarters import Station, enrolled
from tests.central.kept import refuse
from tests.central.parcels import Parcel, arrived, new_id, sealed
from vault.envelope import SigningKey, digest_of

THREE_CHUNKS = b"not a package, and ingest cannot know " * 4000


@pytest.fixture
def parcel(station: Station) -> Parcel:
    return sealed(station, THREE_CHUNKS)


def test_a_bill_is_answered_with_a_need_for_everything(counter: Counter, parcel: Parcel) -> None:
    (reply,) = counter.take(parcel.billed())
    assert reply.topic == f"smilius/1/lt/vilnius-1/dn/need/{parcel.id}"
    assert need(reply).digest == parcel.digest
    assert need(reply).missing == (0, 1, 2)


def test_the_need_names_what_is_still_missing(counter: Counter, parcel: Parcel) -> None:
    counter.take(parcel.billed(), parcel.chunk(1))
    (reply,) = counter.take(parcel.billed())
    assert need(reply).missing == (0, 2)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 1, 0, 0, 2), (0, 2, 0, 2, 1)])
def test_chunks_come_in_any_order_and_twice(counter: Counter, parcel: Parcel, order: tuple[int, ...]) -> None:
    counter.take(parcel.billed())
    replies = [reply for number in order for reply in counter.take(parcel.chunk(number))]
    (receipt,) = counter.receipts(replies)
    assert (receipt.stage, receipt.digest, receipt.size) == (Stage.STORED, parcel.digest, len(parcel.content))
    with counter.session() as session:
        assert session.get_one(OutboxRow, ("lt", parcel.id)).content == parcel.content
    assert (counter.count(UploadRow), counter.count(ChunkRow)) == (0, 0)


def test_bill_and_chunks_in_one_batch_are_stored_at_once(counter: Counter, parcel: Parcel) -> None:
    first, second = counter.take(*parcel.whole())
    assert need(first).missing == (0, 1, 2)
    assert counter.receipt(second).stage is Stage.STORED


def test_ledger_outbox_and_receipt_are_there_together(counter: Counter, parcel: Parcel) -> None:
    counter.take(*parcel.whole())
    with counter.session() as session:
        row = session.get_one(ParcelRow, ("lt", parcel.id))
        assert (row.station, row.kind, row.digest, row.stage) == ("vilnius-1", "enrolment", parcel.digest, "stored")
        assert not session.get_one(OutboxRow, ("lt", parcel.id)).held
        assert session.scalars(select(ReceiptRow.stage)).all() == ["stored"]
        (line,) = session.scalars(select(LEDGER.c.body)).all()
    assert '"kind":"parcel-stored"' in line
    assert parcel.digest in line


def test_without_a_commit_there_is_no_receipt(counter: Counter, parcel: Parcel) -> None:
    counter.take(parcel.billed(), parcel.chunk(0), parcel.chunk(1))
    refuse(counter.engine, "outbox")
    with pytest.raises((IntegrityError, OperationalError)):
        counter.take(parcel.chunk(2))
    assert [counter.count(table) for table in (ParcelRow, OutboxRow, ReceiptRow, LEDGER)] == [0, 0, 0, 0]
    assert (counter.count(UploadRow), counter.count(ChunkRow)) == (1, 2)


def test_the_same_bill_again_gives_the_same_receipt(counter: Counter, parcel: Parcel) -> None:
    *_, stored = counter.take(*parcel.whole())
    counter.clock.forward(hours=3)
    assert counter.take(parcel.billed()) == [stored]
    assert counter.take(*parcel.whole()) == [stored]
    assert (counter.count(ParcelRow), counter.count(ReceiptRow), counter.count(ChunkRow)) == (1, 1, 0)


def test_late_chunks_of_a_whole_parcel_change_nothing(counter: Counter, parcel: Parcel) -> None:
    counter.take(*parcel.whole())
    assert counter.take(parcel.chunk(0), parcel.chunk(2)) == []
    assert counter.count(ChunkRow) == 0


def test_another_digest_under_a_stored_id_is_a_conflict(counter: Counter, parcel: Parcel, station: Station) -> None:
    *_, stored = counter.take(*parcel.whole())
    other = replace(sealed(station, b"another content"), id=parcel.id)
    (conflict,) = counter.receipts(counter.take(*other.whole()))
    assert (conflict.stage, conflict.digest) == (Stage.CONFLICT, other.digest)
    with counter.session() as session:
        assert session.get_one(OutboxRow, ("lt", parcel.id)).content == parcel.content
        assert session.get_one(ParcelRow, ("lt", parcel.id)).digest == parcel.digest
    assert counter.take(parcel.billed()) == [stored]


def test_another_digest_under_an_open_upload_is_a_conflict(counter: Counter, parcel: Parcel, station: Station) -> None:
    counter.take(parcel.billed(), parcel.chunk(0))
    other = replace(sealed(station, b"another content"), id=parcel.id)
    (conflict,) = counter.receipts(counter.take(other.billed()))
    assert (conflict.stage, conflict.digest) == (Stage.CONFLICT, other.digest)
    *_, stored = counter.receipts(counter.take(parcel.chunk(1), parcel.chunk(2)))
    assert (stored.stage, stored.digest) == (Stage.STORED, parcel.digest)


def test_another_station_cannot_take_an_id_over(counter: Counter, parcel: Parcel, headquarters: Paths) -> None:
    counter.take(*parcel.whole())
    stranger = replace(parcel, station=enrolled(headquarters, "kaunas-2"))
    (conflict,) = counter.receipts(counter.take(*stranger.whole()))
    assert (conflict.station, conflict.stage) == ("kaunas-2", Stage.CONFLICT)


def test_another_stations_chunks_are_not_put_among_ours(counter: Counter, parcel: Parcel, headquarters: Paths) -> None:
    counter.take(parcel.billed())
    stranger = replace(parcel, station=enrolled(headquarters, "kaunas-2"))
    assert counter.take(stranger.chunk(0)) == []
    assert counter.count(ChunkRow) == 0


def test_two_tenants_may_use_the_same_id(counter: Counter, parcel: Parcel, headquarters: Paths) -> None:
    counter.take(*parcel.whole())
    elsewhere = replace(sealed(enrolled(headquarters, tenant="lt2"), b"theirs"), id=parcel.id)
    *_, receipt = counter.receipts([reply for reply in counter.take(*elsewhere.whole()) if "receipt" in reply.topic])
    assert (receipt.tenant, receipt.stage, receipt.index) == ("lt2", Stage.STORED, 1)


def test_a_chunk_that_no_bill_announced_is_passed_over(counter: Counter, parcel: Parcel) -> None:
    assert counter.take(parcel.chunk(0)) == []
    assert counter.count(ChunkRow) == 0


def test_numbers_and_sizes_that_do_not_fit_are_refused(counter: Counter, parcel: Parcel) -> None:
    topics = parcel.station.topics
    counter.take(parcel.billed())
    assert counter.take(arrived(topics.chunk(parcel.id, 3), b"x" * CHUNK_BYTES)) == []
    assert counter.take(arrived(topics.chunk(parcel.id, 127), b"x")) == []
    assert counter.take(arrived(topics.chunk(parcel.id, 0), b"x" * (CHUNK_BYTES - 1))) == []
    assert counter.take(arrived(topics.chunk(parcel.id, 0), b"x" * (CHUNK_BYTES + 1))) == []
    assert counter.take(arrived(topics.chunk(parcel.id, 2), b"x" * CHUNK_BYTES)) == []
    assert counter.take(arrived(topics.chunk(parcel.id, 2), b"")) == []
    assert counter.count(ChunkRow) == 0
    assert [receipt.stage for receipt in counter.receipts(counter.take(*parcel.whole())[1:])] == [Stage.STORED]


def test_content_that_is_not_the_bills_is_asked_for_again(counter: Counter, parcel: Parcel) -> None:
    counter.take(parcel.billed(), parcel.chunk(0), parcel.chunk(2))
    wrong = arrived(parcel.station.topics.chunk(parcel.id, 1), b"\0" * CHUNK_BYTES)
    (again,) = counter.take(wrong)
    assert need(again).missing == (0, 1, 2)
    assert (counter.count(ParcelRow), counter.count(OutboxRow), counter.count(ChunkRow)) == (0, 0, 0)
    (receipt,) = counter.receipts(counter.take(*(parcel.chunk(number) for number in range(3))))
    assert receipt.stage is Stage.STORED


def test_a_mismatch_and_its_repair_may_share_a_batch(counter: Counter, parcel: Parcel) -> None:
    wrong = arrived(parcel.station.topics.chunk(parcel.id, 1), b"\0" * CHUNK_BYTES)
    replies = counter.take(parcel.billed(), parcel.chunk(0), parcel.chunk(2), wrong, *parcel.whole())
    assert counter.receipt(replies[-1]).stage is Stage.STORED


def test_a_station_that_nobody_enrolled_gets_no_answer(counter: Counter, parcel: Parcel) -> None:
    stranger = replace(parcel, station=replace(parcel.station, name="nowhere-9"))
    assert counter.take(*stranger.whole()) == []
    assert counter.count(UploadRow) == 0


@pytest.mark.parametrize("change", [{"tenant": "lt2"}, {"station": "kaunas-2"}, {"parcel": new_id()}])
def test_a_bill_for_another_place_is_refused(counter: Counter, parcel: Parcel, change: dict[str, object]) -> None:
    assert counter.take(parcel.billed(**change)) == []
    assert counter.count(UploadRow) == 0


def test_a_bill_by_another_key_is_refused(counter: Counter, parcel: Parcel) -> None:
    thief = replace(parcel, station=replace(parcel.station, link=SigningKey.generate()))
    assert counter.take(thief.billed()) == []
    seal_key = replace(parcel, station=replace(parcel.station, link=parcel.station.seal))
    assert counter.take(seal_key.billed()) == []


def test_a_changed_bill_is_refused(counter: Counter, parcel: Parcel) -> None:
    bill = bytearray(parcel.bill())
    bill[len(bill) // 2] ^= 1
    assert counter.take(arrived(parcel.station.topics.bill(parcel.id), bytes(bill))) == []
    assert counter.count(UploadRow) == 0


def test_a_receipt_does_not_pass_for_a_bill(counter: Counter, parcel: Parcel) -> None:
    *_, stored = counter.take(*parcel.whole())
    assert counter.take(arrived(parcel.station.topics.bill(parcel.id), stored.payload)) == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff" * 400,
        b'{"tenant":"lt"}',
        b"\xd2\x84" + b"\x81" * 4000,
        b"x" * 131_000,
        bytes.fromhex("c4821b7fffffffffffffff01"),
        bytes.fromhex("c5821b7fffffffffffffff01"),
        bytes.fromhex("d8641b7fffffffffffffff"),
    ],
    ids=["empty", "bytes", "json", "nested", "large", "decimal", "bigfloat", "date"],
)
def test_one_bad_message_does_not_lose_the_others(counter: Counter, parcel: Parcel, garbage: bytes) -> None:
    topics = parcel.station.topics
    bill, *chunks = parcel.whole()
    batch = [
        arrived(topics.event(new_id()), garbage),
        bill,
        arrived(topics.bill(new_id()), garbage),
        chunks[0],
        arrived(topics.bill(parcel.id), garbage),
        arrived(topics.chunk(parcel.id, 1), garbage),
        *chunks[1:],
    ]
    assert [reply.topic.split("/")[5] for reply in counter.take(*batch)] == ["need", "receipt"]


def test_a_station_may_have_only_so_many_uploads_open(counter: Counter, station: Station, headquarters: Paths) -> None:
    parcels = [sealed(station, b"small") for _ in range(UPLOADS_OPEN_MAX + 1)]
    assert len(counter.take(*(parcel.billed() for parcel in parcels))) == UPLOADS_OPEN_MAX
    neighbour = sealed(enrolled(headquarters, "kaunas-2"), b"small")
    assert len(counter.take(neighbour.billed())) == 1, "the quota is the station's own"
    assert counter.take(parcels[-1].billed()) == []
    assert len(counter.take(parcels[0].chunk(0))) == 1
    assert len(counter.take(parcels[-1].billed())) == 1, "what became whole makes room"


def test_uploads_that_nobody_finishes_make_room_oldest_first(counter: Counter, station: Station) -> None:
    abandoned = []
    for _ in range(UPLOADS_OPEN_MAX):
        abandoned.append(sealed(station, THREE_CHUNKS))
        counter.take(abandoned[-1].billed(), abandoned[-1].chunk(0))
        counter.clock.forward(seconds=1)
    counter.clock.forward(hours=1)
    fresh = sealed(station, b"small")
    (reply,) = counter.take(fresh.billed())
    assert need(reply).missing == (0,)
    assert (counter.count(UploadRow), counter.count(ChunkRow)) == (UPLOADS_OPEN_MAX, UPLOADS_OPEN_MAX - 1)
    assert counter.take(abandoned[0].chunk(1)) == [], "the oldest is gone with its chunks"
    assert need(counter.take(abandoned[-1].billed())[0]).missing == (1, 2)
    # a station that still has it announces it again, and the next oldest goes
    assert need(counter.take(abandoned[0].billed())[0]).missing == (0, 1, 2)
    assert counter.take(abandoned[1].chunk(1)) == []


def test_a_burst_of_bills_pushes_out_nobody_whose_chunks_are_on_their_way(counter: Counter, station: Station) -> None:
    parcels = [sealed(station, b"small") for _ in range(3 * UPLOADS_OPEN_MAX)]
    counter.take(*(parcel.billed() for parcel in parcels))
    counter.clock.forward(minutes=59)
    receipts = counter.receipts(counter.take(*(parcel.chunk(0) for parcel in parcels)))
    assert [receipt.parcel for receipt in receipts] == [parcel.id for parcel in parcels[:UPLOADS_OPEN_MAX]]


def test_an_upload_that_is_not_finished_in_a_week_is_given_up(counter: Counter, station: Station) -> None:
    old, young = sealed(station, THREE_CHUNKS), sealed(station, THREE_CHUNKS)
    counter.take(old.billed(), old.chunk(0), old.chunk(2))
    counter.clock.forward(hours=1)
    counter.take(young.billed(), young.chunk(1))
    counter.clock.forward(days=7, minutes=-1)
    counter.ingest.expire_uploads()
    assert (counter.count(UploadRow), counter.count(ChunkRow)) == (1, 1)
    assert need(counter.take(young.billed())[0]).missing == (0, 2)
    assert need(counter.take(old.billed())[0]).missing == (0, 1, 2), "a station that still has it begins again"


def test_the_seal_key_of_the_moment_of_billing_is_kept_with_the_parcel(
    counter: Counter, parcel: Parcel, station: Station, headquarters: Paths
) -> None:
    counter.take(parcel.billed(), parcel.chunk(0))
    after = enrolled(headquarters)
    counter.take(parcel.chunk(1), parcel.chunk(2))
    later = sealed(after, b"by the new unit")
    counter.take(*later.whole())
    with counter.session() as session:
        kept = [session.get_one(ParcelRow, ("lt", one.id)).seal_key for one in (parcel, later)]
    assert kept == [station.seal.kid, after.seal.kid]


def test_the_database_itself_refuses_a_second_row_for_a_parcel(counter: Counter, parcel: Parcel) -> None:
    counter.take(*parcel.whole())
    with counter.session() as session:
        there = session.get_one(ParcelRow, ("lt", parcel.id))
        again = {name: getattr(there, name) for name in ParcelRow.__table__.columns.keys()}  # noqa: SIM118
    with counter.engine.connect() as connection, pytest.raises(IntegrityError, match=r"(?i)unique"):
        connection.execute(ParcelRow.__table__.insert().values({**again, "station": "kaunas-2"}))  # type: ignore[attr-defined]


def test_receipts_form_a_chain_for_each_station(counter: Counter, station: Station, headquarters: Paths) -> None:
    other = enrolled(headquarters, "kaunas-2")
    replies = []
    for sender in (station, other, station, station):
        replies += [reply for reply in counter.take(*sealed(sender, b"small").whole()) if "receipt" in reply.topic]
    ours = [reply for reply in replies if "vilnius-1" in reply.topic]
    theirs = [reply for reply in replies if "kaunas-2" in reply.topic]
    assert [receipt.index for receipt in counter.receipts(ours)] == [1, 2, 3]
    before = ["0" * 64, *(digest_of(reply.payload) for reply in ours[:-1])]
    assert [receipt.previous for receipt in counter.receipts(ours)] == before
    assert [(receipt.index, receipt.previous) for receipt in counter.receipts(theirs)] == [(1, "0" * 64)]


def test_a_question_that_is_opened_is_a_line(counter: Counter, station: Station) -> None:
    question = new_id()
    counter.ingest.note_question(arrived(f"smilius/1/lt/vilnius-1/up/ask/{question}", b"sealed"))
    (line,) = counter.lines()
    assert (line["kind"], line["by"], line["question"]) == ("question-opened", "opener", question)
    assert (line["tenant"], line["station"], line["why"]) == ("lt", "vilnius-1", "check-application")
