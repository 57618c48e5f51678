"""Events through ingest: kept once, receipted, and never changed afterwards."""

from sqlalchemy import select

from agent.wire import EVENT_KIND, How, LedgerHead, Stage, Tombstone, sign_document
from central.bridge.message import Arrived
from central.bridge.tables import LEDGER, EventRow
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.headquarters import Station, enrolled
from tests.central.parcels import AT, arrived, new_id
from vault.envelope import digest_of


def head(signer: Station, *, number: int = 7, tenant: str = "lt", station: str = "vilnius-1") -> bytes:
    content = LedgerHead(tenant=tenant, station=station, ledger="courier", number=number, digest="ab" * 32, time=AT)
    return sign_document(content, signer.link)


def event(station: Station, signed: bytes, *, id_: str = "01jd0000000000000000000001") -> Arrived:
    return arrived(station.topics.event(id_), signed)


def test_an_event_is_kept_and_receipted(counter: Counter, station: Station) -> None:
    signed = head(station)
    (reply,) = counter.take(event(station, signed))
    receipt = counter.receipt(reply)
    assert (receipt.kind, receipt.stage, receipt.digest) == (EVENT_KIND, Stage.STORED, digest_of(signed))
    with counter.session() as session:
        (kept,) = session.scalars(select(EventRow))
        assert (kept.signed, kept.content_type) == (signed, LedgerHead.content_type)
        assert '"kind":"event-stored"' in session.scalars(select(LEDGER.c.body)).one()


def test_a_tombstone_is_an_event(counter: Counter, station: Station) -> None:
    tombstone = Tombstone(
        parcel=new_id(),
        kind="enrolment",
        digest="ab" * 32,
        stage="accepted",
        receipt="cd" * 32,
        how=How.WIPED,
        authorised_by="someone",
        time=AT,
        verified=True,
    )
    (reply,) = counter.take(event(station, sign_document(tombstone, station.link)))
    assert counter.receipt(reply).stage is Stage.STORED


def test_the_same_event_again_gives_the_same_receipt(counter: Counter, station: Station) -> None:
    signed = head(station)
    first = counter.take(event(station, signed))
    counter.clock.forward(days=1)
    assert counter.take(event(station, signed), event(station, signed)) == first * 2
    assert (counter.count(EventRow), counter.count(LEDGER)) == (1, 1)


def test_other_content_under_the_same_id_is_a_conflict(counter: Counter, station: Station) -> None:
    signed, other = head(station), head(station, number=8)
    first = counter.take(event(station, signed))
    (conflict,) = counter.receipts(counter.take(event(station, other)))
    assert (conflict.stage, conflict.digest) == (Stage.CONFLICT, digest_of(other))
    assert counter.take(event(station, signed)) == first
    with counter.session() as session:
        assert session.scalars(select(EventRow.signed)).all() == [signed]


def test_two_stations_may_use_the_same_event_id(counter: Counter, station: Station, headquarters: Paths) -> None:
    other = enrolled(headquarters, "kaunas-2")
    replies = counter.take(event(station, head(station)), event(other, head(other, station="kaunas-2")))
    assert [receipt.stage for receipt in counter.receipts(replies)] == [Stage.STORED, Stage.STORED]


def test_a_head_of_another_stations_ledger_is_refused(counter: Counter, station: Station) -> None:
    assert counter.take(event(station, head(station, station="kaunas-2"))) == []
    assert counter.take(event(station, head(station, tenant="lt2"))) == []
    assert counter.count(EventRow) == 0


def test_an_event_by_another_key_or_of_no_known_sort_is_refused(
    counter: Counter, station: Station, headquarters: Paths
) -> None:
    stranger = enrolled(headquarters, "kaunas-2")
    assert counter.take(event(station, head(stranger))) == []
    assert counter.take(event(station, b"\x00 nothing of ours")) == []
    assert counter.count(EventRow) == 0
