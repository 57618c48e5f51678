"""The transaction, against facts/standards.md sections 3.2 to 3.6 and through an independent reader."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import nistitl
import pytest

from capture.missing import MissingReason
from capture.profile import RecordRule
from capture.records.errors import TransactionInvalid, TransactionTextRefused
from capture.records.itl import read_records
from capture.records.transaction import (
    DeviceName,
    FaceImage,
    FingerImage,
    MissingFinger,
    is_full_frontal,
    nfiq_2_product,
    write_transaction,
)
from capture.sample import Quality, Verdict
from drivers.contract import Finger
from tests.capture.records.specimens import OWN_QUALITY, RIGHT, content, gate, jpeg_by_hand, wsq_by_hand

WRITTEN = write_transaction(content())
WSQ = wsq_by_hand()


def _lines(written: bytes, record: int) -> list[str]:
    """The tagged fields of one record without its data, with separators made readable."""
    text = write_records_text(written)[record]
    return text.split("|")


def write_records_text(written: bytes) -> list[str]:
    texts, position = [], 0
    for record in read_records(written):
        head = written[position : written.index(b"\x1d", position)]
        end = position + int(head.split(b":")[1])
        whole = written[position : end - 1]
        shown = whole if record.data is None else whole[: -len(record.data)]
        texts.append(shown.replace(b"\x1d", b"|").replace(b"\x1e", b";").replace(b"\x1f", b",").decode("ascii"))
        position = end
    return texts


def test_type_1_says_what_follows() -> None:
    assert _lines(WRITTEN, 0) == [
        "1.001:204",
        "1.002:0502",
        "1.003:1,5;2,0;10,1;14,2;14,3;14,4",
        "1.004:ENROL",
        "1.005:20261122",
        "1.007:MIGRIS",
        "1.008:SMILIUS",
        "1.009:01jd0000000000000000000000",
        "1.011:00.00",
        "1.012:00.00",
        "1.013:SMILIUS,1",
        "1.014:20261122081530Z",
    ]


def test_type_2_holds_the_application_number() -> None:
    assert _lines(WRITTEN, 1) == ["2.001:38", "2.002:0", "2.003:EA-2026-000123"]


def test_type_10_is_the_portrait() -> None:
    assert _lines(WRITTEN, 2)[1:] == [
        "10.002:1",
        "10.003:FACE",
        "10.004:SMILIUS",
        "10.005:20261122",
        "10.006:480",
        "10.007:640",
        "10.008:0",
        "10.009:1",
        "10.010:1",
        "10.011:JPEGB",
        "10.012:SRGB",
        "10.013:13",
        "10.904:Sony,IMX477,0",
        "10.999:",
    ]


def test_type_14_is_a_print_whose_own_score_is_a_comment() -> None:
    assert _lines(WRITTEN, 3)[1:] == [
        "14.002:2",
        "14.003:0",
        "14.004:SMILIUS",
        "14.005:20261122",
        "14.006:320",
        "14.007:480",
        "14.008:1",
        "14.009:500",
        "14.010:500",
        "14.011:WSQ20",
        "14.012:8",
        "14.013:2",
        "14.020:QUALITY 61 OF 100 BY smilius-ridges 1.0, NOT A REGISTERED ALGORITHM",
        "14.904:Futronic,FS80H,A1",
        "14.999:",
    ]


def test_a_score_of_nfiq_2_is_in_the_field_for_it() -> None:
    assert _lines(WRITTEN, 4)[13:] == ["14.024:7,54,0101,57", "14.999:"]


def test_a_missing_finger_is_a_record_without_a_picture() -> None:
    assert _lines(WRITTEN, 5) == [
        "14.001:80",
        "14.002:4",
        "14.003:0",
        "14.004:SMILIUS",
        "14.005:20261122",
        "14.013:9",
        "14.018:9,XX",
    ]


def test_the_bytes_do_not_change() -> None:
    assert hashlib.sha256(WRITTEN).hexdigest() == "6e3767b27a09d81e39ab89b710b91c0561051d253fa5ec06b125e163d83b1196"


def test_an_independent_reader_finds_the_same() -> None:
    message = nistitl.Message()
    message.parse(WRITTEN)
    (first,), (second,), (face,) = message.iter(1), message.iter(2), message.iter(10)
    assert (first.TOT, first.DAI, first.ORI, first.VER) == ("ENROL", "MIGRIS", "SMILIUS", "0502")
    assert second._3 == "EA-2026-000123"
    assert (face.CGA, face.SAP) == ("JPEGB", "13")
    assert jpeg_by_hand() == face.DATA
    right, left, missing = message.iter(14)
    assert (right.FGP, left.FGP) == ("2", "7")
    assert wsq_by_hand() == right.DATA
    assert wsq_by_hand(data=b"other") == left.DATA
    assert (left.FQM, missing.AMP, missing.FGP) == ([["7", "54", "0101", "57"]], [["9", "XX"]], "9")


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.NOT_ASSESSED])
def test_one_gate_that_did_not_pass_is_no_full_frontal_picture(verdict: Verdict) -> None:
    written = write_transaction(content(face=FaceImage(jpeg_by_hand(), (gate(), gate(verdict)), None)))
    assert "10.013:0" in _lines(written, 2)


def test_without_gates_nothing_is_full_frontal() -> None:
    assert not is_full_frontal((), confirmed=())


@pytest.mark.parametrize(
    ("algorithm", "version", "product"),
    [
        ("NFIQ 2", "2.0", 33),
        ("NFIQ 2", "2.1.0", 55),
        ("NFIQ 2", "2.2", 56),
        ("NFIQ 2", "2.3.1", 57),
        ("NFIQ 2", "2.4", None),
        ("NFIQ 2", "", None),
        ("nfiq2", "2.3", None),
        ("smilius-ridges", "2.3", None),
    ],
)
def test_only_known_releases_of_nfiq_2_are_registered(algorithm: str, version: str, product: int | None) -> None:
    assert nfiq_2_product(Quality(score=50, algorithm=algorithm, version=version)) == product


@pytest.mark.parametrize(
    ("quality", "line"),
    [
        (Quality(score=None, algorithm="NFIQ 2", version="2.3", failure="blank"), "14.024:2,255,0101,57"),
        (
            Quality(score=None, algorithm="smilius-ridges", version="1.0", failure="blank"),
            "14.020:NO SCORE BY smilius-ridges 1.0, NOT A REGISTERED ALGORITHM",
        ),
    ],
)
def test_a_print_without_a_score_says_so(quality: Quality, line: str) -> None:
    assert line in _lines(write_transaction(content(fingers=(FingerImage(RIGHT, WSQ, quality, None),))), 3)


@pytest.mark.parametrize("reason", list(MissingReason))
def test_every_reason_has_its_code(reason: MissingReason) -> None:
    written = write_transaction(content(fingers=(), missing=(MissingFinger(Finger.LEFT_INDEX, reason),)))
    assert _lines(written, 3)[-1] == f"14.018:7,{'XX' if reason is MissingReason.AMPUTATED else 'UP'}"


def test_a_device_s_own_words_never_stop_an_enrolment() -> None:
    device = DeviceName("Łódź®\x1dOptics", " FS999:80 ", "9" * 80)
    written = write_transaction(content(fingers=(FingerImage(RIGHT, WSQ, OWN_QUALITY, device),)))
    assert f"14.904:??d???Optics,FS999?80,{'9' * 50}" in _lines(written, 3)


def test_without_pictures_two_records_are_left() -> None:
    written = write_transaction(content(face=None, fingers=(), missing=()))
    assert _lines(written, 0)[2] == "1.003:1,1;2,0"


@pytest.mark.parametrize("number", ["Ž-1", "A\x1dB", "A\x1c2.001:5", "X999:1", ""])
def test_an_application_number_that_no_record_carries_is_refused(number: str) -> None:
    with pytest.raises(TransactionTextRefused) as refused:
        write_transaction(content(application_number=number))
    assert not number or number not in refused.value.sentence


def test_an_algorithm_s_name_too_long_for_a_comment_is_refused() -> None:
    quality = Quality(score=1, algorithm="a" * 100, version="1")
    with pytest.raises(TransactionTextRefused) as refused:
        write_transaction(content(fingers=(FingerImage(RIGHT, WSQ, quality, None),)))
    assert refused.value.part == "right-index"


@pytest.mark.parametrize("created", [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))])  # noqa: DTZ001 (that is what is refused)
def test_a_time_that_is_not_in_utc_is_refused(created: datetime) -> None:
    with pytest.raises(TransactionInvalid):
        write_transaction(content(created=created))


def test_a_finger_is_named_once() -> None:
    with pytest.raises(TransactionInvalid):
        write_transaction(content(missing=(MissingFinger(RIGHT, MissingReason.INJURED),)))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"face": FaceImage(WSQ, (), None)}, "face"),
        ({"face": FaceImage(jpeg_by_hand(components=1), (), None)}, "face"),
        ({"fingers": (FingerImage(RIGHT, jpeg_by_hand(), OWN_QUALITY, None),)}, "right-index"),
        ({"fingers": (FingerImage(RIGHT, wsq_by_hand(ppi=1000), OWN_QUALITY, None),)}, "right-index"),
    ],
)
def test_a_picture_of_another_kind_is_refused_by_name(changes: dict[str, object], part: str) -> None:
    with pytest.raises(TransactionInvalid) as refused:
        write_transaction(content(**changes))
    assert refused.value.part == part


def test_the_receiver_s_names_come_from_the_profile() -> None:
    rule = RecordRule(transaction_type="X" * 16, destination_agency="D", originating_agency="O")
    written = write_transaction(content(rule=rule, created=datetime(2026, 1, 2, 3, 4, 5, 999999, tzinfo=UTC)))
    assert {"1.004:XXXXXXXXXXXXXXXX", "1.007:D", "1.008:O", "1.014:20260102030405Z"} <= set(_lines(written, 0))
    assert "10.004:O" in _lines(written, 2)
