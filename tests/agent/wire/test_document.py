"""agent/wire/document.py: one way to become bytes, strict reading, and errors that repeat nothing of the content.

The golden bytes of every sort of document are held here; what is special to one sort is in the test of its own file.
"""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import agent.wire
from agent.errors import WireError
from agent.wire import CentralPresence, Document, Need, Receipt, read_signed, sign_document
from agent.wire.document import SIGNED_BYTES_MAX, instant_text, read_plain
from tests.agent.wire.specimens import BILL, DIGEST, GOLDEN, KEY, NEED, PINNED, RECEIPT, SIGNED, TIME, TOMBSTONE
from vault.envelope import Pinned, SigningKey, sign

IDS = [type(document).__name__ for document, _ in GOLDEN]


def _refusal(content: bytes, model: type[Document]) -> str:
    with pytest.raises(WireError) as refused:
        read_plain(content, model)
    return refused.value.sentence


def _presence(since: object, **more: object) -> bytes:
    return json.dumps({"online": True, "since": since, **more}).encode()


@pytest.mark.parametrize(("document", "text"), GOLDEN, ids=IDS)
def test_a_document_is_these_bytes(document: Document, text: str) -> None:
    assert document.canonical().decode() == text


@pytest.mark.parametrize(("document", "text"), GOLDEN, ids=IDS)
def test_these_bytes_are_the_document(document: Document, text: str) -> None:
    again = read_plain(text.encode(), type(document))
    assert again == document
    assert again.canonical() == text.encode()


def test_every_sort_of_document_has_its_bytes_held() -> None:
    parts = {
        "Document",
        "Applicant",
        "ApplicationCheck",
        "Cause",
        "Holding",
        "ReceiptEntry",
        "RecipientEntry",
        "StationWord",
    }
    parts |= {"PersonCheck", "HandoverCheck", "PrintSample", "Candidate"}
    exported = vars(agent.wire).values()
    sorts = {item.__name__ for item in exported if isinstance(item, type) and issubclass(item, Document)}
    assert sorts - parts - {"StationWord"} == set(IDS)


def test_signed_sorts_have_names_of_their_own() -> None:
    names = {type(document).__name__: document.content_type for document, _ in GOLDEN if document.content_type}
    assert names == {
        "Command": "application/x.smilius.command+json; v=1",
        "CommandResult": "application/x.smilius.command-result+json; v=1",
        "Keyring": "application/x.smilius.keyring+json; v=1",
        "KeyringHeld": "application/x.smilius.keyring-held+json; v=1",
        "PermissionHeld": "application/x.smilius.permission-held+json; v=1",
        "TransferPermission": "application/x.smilius.transfer-permission+json; v=1",
        "Bill": "application/x.smilius.bill+json; v=1",
        "Receipt": "application/x.smilius.receipt+json; v=1",
        "Tombstone": "application/x.smilius.tombstone+json; v=1",
        "LedgerHead": "application/x.smilius.ledger-head+json; v=1",
        "LedgerAlarm": "application/x.smilius.ledger-alarm+json; v=1",
        "Quarantine": "application/x.smilius.quarantine+json; v=1",
        "Dwell": "application/x.smilius.dwell+json; v=1",
        "Breach": "application/x.smilius.breach+json; v=1",
        "Decommission": "application/x.smilius.decommission+json; v=1",
        "Configuration": "application/x.smilius.configuration+json; v=1",
        "Roster": "application/x.smilius.roster+json; v=1",
        "Twin": "application/x.smilius.twin+json; v=1",
        "DestroyOrder": "application/x.smilius.destroy-order+json; v=1",
        "RestoreRequest": "application/x.smilius.restore-request+json; v=1",
    }


@pytest.mark.parametrize(("document", "text"), GOLDEN, ids=IDS)
def test_a_document_cannot_be_changed(document: Document, text: str) -> None:
    field = next(iter(json.loads(text)))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(document, field, None)


@pytest.mark.parametrize(("document", "text"), GOLDEN, ids=IDS)
def test_a_field_that_is_not_known_is_refused_and_not_repeated(document: Document, text: str) -> None:
    fields = {**json.loads(text), "Jonas Petraitis\n39002280000": "x"}
    sentence = _refusal(json.dumps(fields).encode(), type(document))
    assert sentence == f"A {type(document).__name__.lower()} is not complete: document."


@pytest.mark.parametrize(("document", "text"), GOLDEN, ids=IDS)
def test_a_field_that_is_missing_is_named(document: Document, text: str) -> None:
    for field in set(json.loads(text)) - {"failure"}:
        fields = {name: value for name, value in json.loads(text).items() if name != field}
        assert _refusal(json.dumps(fields).encode(), type(document)).endswith(f" is not complete: {field}.")


@pytest.mark.parametrize(("document", "text"), GOLDEN, ids=IDS)
def test_a_value_of_another_type_is_refused_and_not_repeated(document: Document, text: str) -> None:
    for field, value in json.loads(text).items():
        for wrong in (_another(value), {"secret": "content"}, ["secret content"], 39002280000.5):
            sentence = _refusal(json.dumps({**json.loads(text), field: wrong}).encode(), type(document))
            assert field in sentence
            assert "secret" not in sentence
            assert "39002280000" not in sentence


def _another(value: object) -> object:
    """What an obliging reader would take for the value: a number for text, text for a number, 1 for true."""
    match value:
        case bool():
            return int(value)
        case int():
            return str(value)
        case None:
            return 0
        case _:
            return 1700000000


def test_an_unknown_field_inside_a_part_names_the_part_only() -> None:
    fields = json.loads(RECEIPT.canonical())
    fields["cause"]["Jonas"] = 1
    assert _refusal(json.dumps(fields).encode(), Receipt) == "A receipt is not complete: cause."


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"[" * 60_000, b'{"online":NaN}', b'{"a":"\\ud800"}'],
    ids=["nothing", "null", "list", "text", "torn", "not utf-8", "deep", "nan", "surrogate"],
)
def test_what_is_no_json_document_is_refused(content: bytes) -> None:
    assert _refusal(content, Need).startswith("A need is not complete: ")


def test_sizes_are_bounded() -> None:
    filled = _presence("2026-11-22T04:30:00.123Z")
    exactly = filled + b" " * (SIGNED_BYTES_MAX - len(filled))
    assert read_plain(exactly, CentralPresence).online
    assert _refusal(exactly + b" ", CentralPresence) == "A document is too large."


@given(st.binary(max_size=200))
def test_random_bytes_give_a_wire_error(content: bytes) -> None:
    for model in (Need, Receipt, CentralPresence):
        _refusal(content, model)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(json.loads(BILL.canonical()))), JSON)
def test_any_json_in_any_field_gives_the_document_or_a_wire_error(field: str, value: object) -> None:
    fields = {**json.loads(BILL.canonical()), field: value}
    try:
        read = read_plain(json.dumps(fields).encode(), type(BILL))
    except WireError:
        return
    assert json.loads(read.canonical()) == fields or field == "time"


# times


def test_times_are_written_in_utc_with_milliseconds() -> None:
    moment = datetime(2026, 11, 22, 1, 30, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    assert instant_text(moment) == "2026-11-21T23:30:00.000Z"
    assert CentralPresence(online=True, since=moment).since == datetime(2026, 11, 21, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T04:30:00.123Z", datetime(2026, 11, 22, 4, 30, 0, 123000, tzinfo=UTC)),
        ("2026-11-22T04:30:00Z", datetime(2026, 11, 22, 4, 30, tzinfo=UTC)),
        ("2026-11-22T06:30:00.123999+02:00", datetime(2026, 11, 22, 4, 30, 0, 123000, tzinfo=UTC)),
    ],
)
def test_times_are_read_into_utc_with_milliseconds(text: str, moment: datetime) -> None:
    since = read_plain(_presence(text), CentralPresence).since
    assert (since, since.utcoffset()) == (moment, timedelta(0))


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # the strategy adds the zone
def test_times_survive_to_the_millisecond(moment: datetime) -> None:
    presence = CentralPresence(online=True, since=moment)
    again = read_plain(presence.canonical(), CentralPresence)
    assert again == presence
    assert timedelta(0) <= moment - again.since < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T04:30:00",
        "2026-11-22",
        "04:30",
        "1700000000",
        "now",
        "",
        1700000000,
        True,
        "2026-13-22T04:30:00Z",
        "2026-11-22 04:30:00Z",
        "2026-11-22T04:30Z",
        "2026-11-22T04:30:00Z\n",
        "2026-11-22T04:30:00+99:00",
        "２026-11-22T04:30:00Z",
        "2026-11-22T04:30:60Z",
    ],
)
def test_what_is_no_moment_is_refused(text: object) -> None:
    assert _refusal(_presence(text), CentralPresence) == "A centralpresence is not complete: since."


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_before_the_first_year_or_after_the_last_is_refused(text: str) -> None:
    assert _refusal(_presence(text), CentralPresence) == "A centralpresence is not complete: since."


# signed documents


@pytest.mark.parametrize("document", SIGNED, ids=lambda document: type(document).__name__)
def test_a_signed_document_is_read_by_who_has_the_key(document: Document) -> None:
    signed = sign_document(document, KEY)
    assert read_signed(signed, type(document), pinned=PINNED) == document
    with pytest.raises(WireError, match="not trusted here"):
        read_signed(signed, type(document), pinned=Pinned([SigningKey.generate().public]))


@pytest.mark.parametrize("other", SIGNED, ids=lambda document: type(document).__name__)
@pytest.mark.parametrize("document", SIGNED, ids=lambda document: type(document).__name__)
def test_a_signed_document_of_one_sort_is_never_read_as_another(document: Document, other: Document) -> None:
    if document is other:
        return
    with pytest.raises(WireError, match="of another kind than expected"):
        read_signed(sign_document(document, KEY), type(other), pinned=PINNED)
    # nor when its name is put over another's content
    renamed = sign(document.canonical(), key=KEY, content_type=other.content_type)
    with pytest.raises(WireError, match="is not complete"):
        read_signed(renamed, type(other), pinned=PINNED)


def test_what_is_never_signed_is_never_signed() -> None:
    with pytest.raises(AssertionError):
        sign_document(NEED, KEY)
    with pytest.raises(WireError):
        read_signed(sign(NEED.canonical(), key=KEY, content_type="a/b"), Need, pinned=PINNED)


def test_a_signed_document_that_is_too_large_is_not_parsed() -> None:
    signed = sign(b" " * SIGNED_BYTES_MAX + RECEIPT.canonical(), key=KEY, content_type=Receipt.content_type)
    with pytest.raises(WireError, match=r"^A document is too large\.$"):
        read_signed(signed, Receipt, pinned=PINNED)


FUZZED = sign_document(TOMBSTONE, KEY)


@given(st.integers(0, len(FUZZED) - 1), st.integers(0, 7))
def test_a_signed_document_with_a_changed_bit_gives_a_wire_error(position: int, bit: int) -> None:
    changed = bytearray(FUZZED)
    changed[position] ^= 1 << bit
    with pytest.raises(WireError):
        read_signed(bytes(changed), type(TOMBSTONE), pinned=PINNED)


@given(st.integers(0, len(FUZZED) - 1), st.binary(max_size=20))
def test_a_signed_document_that_is_cut_off_or_goes_on_gives_a_wire_error(size: int, more: bytes) -> None:
    for content in (FUZZED[:size], FUZZED[:size] + more + b"\0", FUZZED + more + b"\0", more):
        if content != FUZZED:
            with pytest.raises(WireError):
                read_signed(content, type(TOMBSTONE), pinned=PINNED)


@given(st.binary(max_size=200))
def test_signed_content_that_is_no_document_gives_a_wire_error(payload: bytes) -> None:
    """Signed by a key that is believed: a station that was taken over, or our own mistake."""
    signed = sign(payload, key=KEY, content_type=Receipt.content_type)
    with pytest.raises(WireError):
        read_signed(signed, Receipt, pinned=PINNED)


def test_the_specimens_are_what_they_seem() -> None:
    assert (RECEIPT.digest, BILL.time) == (DIGEST, TIME.replace(microsecond=123000))
