"""What a receipt is about. `message` has no behaviour of its own and is exercised here too."""

from central.bridge.message import Reply
from central.bridge.subject import Subject, subject_of
from central.bridge.tables import ParcelRow
from tests.central.parcels import AT

ROW = ParcelRow(
    tenant="lt",
    parcel="01jd0000000000000000000000",
    station="vilnius-1",
    kind="enrolment",
    digest="ab" * 32,
    size=5,
    stage="stored",
    stored_at=AT,
)


def test_a_ledger_row_is_a_subject() -> None:
    assert subject_of(ROW) == Subject(
        tenant="lt",
        station="vilnius-1",
        id="01jd0000000000000000000000",
        kind="enrolment",
        digest="ab" * 32,
        size=5,
    )


def test_a_ledger_line_says_what_and_where_and_nothing_of_a_person() -> None:
    assert subject_of(ROW).detail() == {
        "tenant": "lt",
        "station": "vilnius-1",
        "subject": "01jd0000000000000000000000",
        "digest": "ab" * 32,
    }


def test_a_receipt_goes_to_the_station_that_sent_it() -> None:
    reply = subject_of(ROW).receipt(b"signed")
    assert reply == Reply("smilius/1/lt/vilnius-1/dn/receipt/01jd0000000000000000000000", b"signed")
