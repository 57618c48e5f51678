"""agent/wire/event.py: an event is read as the sort that its signature covers, and as nothing else."""

import pytest

from agent.errors import WireError
from agent.wire import Bill, LedgerHead, Quarantine, read_event, sign_document
from agent.wire.document import SIGNED_BYTES_MAX, Document
from agent.wire.event import Event, claimed_sort
from tests.agent.wire.specimens import (
    BILL,
    DWELL,
    HEAD,
    HELD,
    KEY,
    LEDGER_ALARM,
    PINNED,
    QUARANTINE,
    RECEIPT,
    RESULT,
    TOMBSTONE,
)
from vault.envelope import Pinned, SigningKey, sign


@pytest.mark.parametrize(
    "event",
    [TOMBSTONE, HEAD, LEDGER_ALARM, QUARANTINE, DWELL, RESULT, HELD],
    ids=["tombstone", "head", "alarm", "quarantine", "dwell", "result", "keyring"],
)
def test_an_event_is_read_as_what_it_is(event: Event) -> None:
    signed = sign_document(event, KEY)
    assert claimed_sort(signed) == event.content_type
    assert read_event(signed, pinned=PINNED) == event


@pytest.mark.parametrize("document", [BILL, RECEIPT], ids=["bill", "receipt"])
def test_other_signed_documents_are_no_events(document: Document) -> None:
    with pytest.raises(WireError, match=r"^The event is of no known sort\.$"):
        read_event(sign_document(document, KEY), pinned=PINNED)


def test_an_event_by_somebody_else_is_not_believed() -> None:
    with pytest.raises(WireError, match="not trusted here"):
        read_event(sign_document(HEAD, KEY), pinned=Pinned([SigningKey.generate().public]))


@pytest.mark.parametrize("content", [b"", b"text", bytes(1000), Bill.content_type.encode()])
def test_what_is_no_signed_document_is_no_event(content: bytes) -> None:
    for read in (claimed_sort, lambda signed: read_event(signed, pinned=PINNED)):
        with pytest.raises(WireError, match=r"^The bytes are not a signed document\.$"):
            read(content)


def test_what_is_too_large_is_not_parsed_for_its_sort_either() -> None:
    signed = sign(bytes(SIGNED_BYTES_MAX), key=KEY, content_type=HEAD.content_type)
    for read in (claimed_sort, lambda signed: read_event(signed, pinned=PINNED)):
        with pytest.raises(WireError, match=r"^A document is too large\.$"):
            read(signed)


def test_a_head_is_of_a_line_that_exists() -> None:
    for number, ledger in ((0, "courier"), (1, "Courier"), (1, "")):
        fields = HEAD.model_dump() | {"number": number, "ledger": ledger}
        with pytest.raises(ValueError, match="validation error"):
            LedgerHead(**fields)


@pytest.mark.parametrize("trouble", ["", "Wipe-digest", "x" * 61, "a b", "ė"])
def test_a_quarantine_names_a_code_and_no_text(trouble: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Quarantine(**QUARANTINE.model_dump() | {"trouble": trouble})
