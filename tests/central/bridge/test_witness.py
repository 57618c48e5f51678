"""What a station signs of itself, compared with what is known: what does not fit is a line, an error, and receipted."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.wire import Document, Dwell, How, LedgerAlarm, LedgerHead, Quarantine, Stage, Tombstone, sign_document
from central.bridge.frames import Delivered
from central.bridge.tables import LedgerHeadRow
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.headquarters import Station, enrolled
from tests.central.parcels import AT, arrived, new_id, sealed


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What the witness said as an error."""
    said: list[str] = []

    class _Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                said.append(record.getMessage())

    ear = _Ear()
    logging.getLogger("central.bridge.witness").addHandler(ear)
    yield said
    logging.getLogger("central.bridge.witness").removeHandler(ear)


def hear(counter: Counter, station: Station, document: Document) -> list[str]:
    """The event is receipted whatever it says. Returns the kinds of the lines after the one that it was stored."""
    before = len(counter.kinds())
    own = isinstance(document, LedgerHead | LedgerAlarm) and document.ledger == "station"
    signed = sign_document(document, station.seal if own else station.link)
    (reply,) = counter.take(arrived(station.topics.event(new_id()), signed))
    assert counter.receipt(reply).stage is Stage.STORED
    stored, *further = counter.kinds()[before:]
    assert stored == "event-stored"
    # what is said as an error opens an incident too (test_breach.py)
    return [kind for kind in further if kind != "incident-opened"]


def said(counter: Counter) -> dict[str, object]:
    """The newest line, the incident apart that it opened."""
    return next(line for line in reversed(counter.lines()) if line["kind"] != "incident-opened")


def head(number: int, digest: str = "a", *, at: datetime = AT, ledger: str = "courier") -> LedgerHead:
    return LedgerHead(tenant="lt", station="vilnius-1", ledger=ledger, number=number, digest=digest * 64, time=at)


def tombstone(parcel: str, digest: str, *, how: How = How.WIPED) -> Tombstone:
    return Tombstone(
        parcel=parcel,
        kind="enrolment",
        digest=digest,
        stage="accepted",
        receipt=None,
        how=how,
        authorised_by="someone",
        time=AT,
        verified=True,
    )


def newest(counter: Counter, ledger: str = "courier") -> tuple[int, str]:
    with counter.session() as session:
        row = session.get_one(LedgerHeadRow, ("lt", "vilnius-1", ledger))
        return row.number, row.digest


def test_a_ledger_that_grows_fits(counter: Counter, station: Station, errors: list[str]) -> None:
    for number, digest in ((3, "a"), (3, "a"), (4, "b"), (90, "c")):
        assert hear(counter, station, head(number, digest)) == []
    assert newest(counter) == (90, "c" * 64)
    assert errors == []


def test_a_lower_number_is_a_tail_that_was_cut_off(counter: Counter, station: Station, errors: list[str]) -> None:
    hear(counter, station, head(50))
    later = AT + timedelta(minutes=1)
    assert hear(counter, station, head(3, "c", at=later)) == ["ledger-cut-off"]
    line = said(counter)
    assert (line["line"], line["line_digest"]) == (3, "c" * 64)
    assert (line["known_line"], line["known_digest"]) == (50, "a" * 64)
    (error,) = errors
    assert "lt/vilnius-1" in error
    assert "ledger-cut-off" in error
    assert newest(counter) == (50, "a" * 64), "what was signed once is not forgotten"
    assert hear(counter, station, head(4, "d", at=later)) == ["ledger-cut-off"]


def test_the_same_number_with_another_digest_is_a_ledger_that_was_rewritten(
    counter: Counter, station: Station, errors: list[str]
) -> None:
    hear(counter, station, head(50))
    assert hear(counter, station, head(50, "b", at=AT - timedelta(days=1))) == ["ledger-rewritten"]
    assert len(errors) == 1
    assert newest(counter) == (50, "a" * 64)


def test_a_head_that_comes_late_accuses_nobody(counter: Counter, station: Station, errors: list[str]) -> None:
    """It was read before the one that is known, and lost on the way: stations send until they hold a receipt."""
    hear(counter, station, head(50))
    assert hear(counter, station, head(49, "b", at=AT - timedelta(milliseconds=1))) == ["ledger-head-late"]
    assert errors == []


def test_each_ledger_of_a_station_is_compared_with_itself(counter: Counter, station: Station) -> None:
    hear(counter, station, head(50))
    assert hear(counter, station, head(1, ledger="station")) == []
    assert (newest(counter), newest(counter, "station")) == ((50, "a" * 64), (1, "a" * 64))


def test_a_unit_that_replaces_another_begins_anew(
    counter: Counter, station: Station, headquarters: Paths, errors: list[str]
) -> None:
    hear(counter, station, head(50))
    assert hear(counter, enrolled(headquarters), head(2, "b")) == ["ledger-begun-anew"]
    assert newest(counter) == (2, "b" * 64)
    assert errors == []


def test_the_same_event_again_accuses_once(counter: Counter, station: Station, errors: list[str]) -> None:
    hear(counter, station, head(50))
    late = arrived(station.topics.event(new_id()), sign_document(head(50, "b"), station.link))
    assert counter.take(late) == counter.take(late)
    assert counter.kinds().count("ledger-rewritten") == len(errors) == 1


def test_a_tombstone_of_a_parcel_that_is_here_fits(counter: Counter, station: Station, errors: list[str]) -> None:
    subject = counter.store(sealed(station, b"content"))
    counter.decide(subject, Delivered(number=1, result="accepted", reference="MR-1"))
    assert hear(counter, station, tombstone(subject.id, subject.digest)) == []
    assert errors == []


def test_a_destruction_is_told_and_is_no_contradiction(counter: Counter, station: Station, errors: list[str]) -> None:
    lost = tombstone(new_id(), "ab" * 32, how=How.DESTROYED)
    assert hear(counter, station, lost) == ["parcel-destroyed-at-station"]
    assert errors == []


def test_a_tombstone_of_a_parcel_that_never_came_is_told(counter: Counter, station: Station, errors: list[str]) -> None:
    unknown = tombstone(new_id(), "ab" * 32, how=How.WIPED)
    assert hear(counter, station, unknown) == ["tombstone-of-unknown-parcel"]
    line = said(counter)
    assert (line["parcel"], line["parcel_digest"], line["how"]) == (unknown.parcel, "ab" * 32, "wiped")
    assert len(errors) == 1


@pytest.mark.parametrize("how", [How.CANCELLED, How.EXPIRED])
def test_what_never_was_to_come_accuses_nobody(counter: Counter, station: Station, errors: list[str], how: How) -> None:
    assert hear(counter, station, tombstone(new_id(), "ab" * 32, how=how)) == []
    assert errors == []


def test_a_tombstone_of_other_content_is_told(counter: Counter, station: Station, errors: list[str]) -> None:
    subject = counter.store(sealed(station, b"content"))
    assert hear(counter, station, tombstone(subject.id, "ab" * 32)) == ["tombstone-of-other-content"]
    assert len(errors) == 1


def test_a_tombstone_of_another_stations_parcel_is_told(
    counter: Counter, station: Station, headquarters: Paths, errors: list[str]
) -> None:
    theirs = counter.store(sealed(enrolled(headquarters, "kaunas-2"), b"content"))
    assert hear(counter, station, tombstone(theirs.id, theirs.digest)) == ["tombstone-of-unknown-parcel"]
    assert len(errors) == 1


def test_a_parcel_that_waits_at_its_station_is_told(
    counter: Counter, station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    waits = Quarantine(parcel=new_id(), kind="enrolment", digest="ab" * 32, trouble="conflict", time=AT)
    assert hear(counter, station, waits) == ["parcel-waits-at-station"]
    assert counter.lines()[-1]["trouble"] == "conflict"
    assert f"parcel {waits.parcel} waits at lt/vilnius-1" in caplog.text


def test_a_parcel_that_stays_too_long_at_its_station_is_told(
    counter: Counter, station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    stays = Dwell(parcel=new_id(), kind="enrolment", digest="ab" * 32, state="sending", spooled_at=AT, time=AT)
    assert hear(counter, station, stays) == ["parcel-dwells-at-station"]
    assert (counter.lines()[-1]["parcel"], counter.lines()[-1]["state"]) == (stays.parcel, "sending")
    assert f"parcel {stays.parcel} has been at lt/vilnius-1 for too long" in caplog.text


def test_what_is_refused_is_not_compared(counter: Counter, station: Station, headquarters: Paths) -> None:
    hear(counter, station, head(50))
    thief = replace(station, link=enrolled(headquarters, "kaunas-2").link)
    assert counter.take(arrived(station.topics.event(new_id()), sign_document(head(900), thief.link))) == []
    assert newest(counter) == (50, "a" * 64)


def test_neither_process_speaks_of_the_others_ledger(counter: Counter, station: Station) -> None:
    """Whoever has the courier's key cannot make a head of the station's ledger up, nor the other way round."""
    for document, key in ((head(9, ledger="station"), station.link), (head(9), station.seal)):
        assert counter.take(arrived(station.topics.event(new_id()), sign_document(document, key))) == []
    waits = Quarantine(parcel=new_id(), kind="enrolment", digest="ab" * 32, trouble="conflict", time=AT)
    assert counter.take(arrived(station.topics.event(new_id()), sign_document(waits, station.seal))) == []
    assert counter.kinds() == []


def test_the_stations_ledger_that_was_cut_off_is_accused_too(
    counter: Counter, station: Station, errors: list[str]
) -> None:
    hear(counter, station, head(50, ledger="station"))
    later = AT + timedelta(minutes=1)
    assert hear(counter, station, head(3, "c", at=later, ledger="station")) == ["ledger-cut-off"]
    assert len(errors) == 1


def test_what_a_station_says_of_its_own_ledger_is_told(counter: Counter, station: Station, errors: list[str]) -> None:
    alarm = LedgerAlarm(
        tenant="lt",
        station="vilnius-1",
        ledger="station",
        code="ledger-cut-off",
        number=3,
        digest="c" * 64,
        known_number=50,
        known_digest="a" * 64,
        time=AT,
    )
    assert hear(counter, station, alarm) == ["station-says-ledger-cut-off"]
    line = said(counter)
    assert (line["line"], line["known_line"], line["known_digest"]) == (3, 50, "a" * 64)
    (error,) = errors
    assert "lt/vilnius-1" in error
