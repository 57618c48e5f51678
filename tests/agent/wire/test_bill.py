"""agent/wire/bill.py (and kind.py): a bill's numbers follow from one another; chunks join to the content again."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import WireError
from agent.wire import CHUNK_BYTES, PARCEL_BYTES_MAX, Bill, Need, ParcelKind, chunk_of
from agent.wire.bill import chunks_in
from agent.wire.document import read_plain
from tests.agent.wire.specimens import BILL, DIGEST, NEED


def _read(**changes: object) -> Bill:
    fields: dict[str, Any] = {**json.loads(BILL.canonical()), **changes}
    return read_plain(json.dumps(fields).encode(), Bill)


def _refused(**changes: object) -> str:
    with pytest.raises(WireError) as refused:
        _read(**changes)
    return refused.value.sentence


@given(st.integers(1, PARCEL_BYTES_MAX))
def test_the_chunks_cover_the_size_and_none_is_empty(size: int) -> None:
    count = chunks_in(size)
    assert (count - 1) * CHUNK_BYTES < size <= count * CHUNK_BYTES


@settings(max_examples=40)
@given(st.integers(1, 3 * CHUNK_BYTES + 1))
def test_the_chunks_join_to_the_content(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    chunks = [chunk_of(content, number) for number in range(chunks_in(size))]
    assert b"".join(chunks) == content
    assert all(len(chunk) == CHUNK_BYTES for chunk in chunks[:-1])
    assert 0 < len(chunks[-1]) <= CHUNK_BYTES
    assert chunk_of(content, len(chunks)) == b""


@pytest.mark.parametrize(
    ("size", "chunks"), [(1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2), (PARCEL_BYTES_MAX, 128), (0, 0)]
)
def test_the_edges_of_a_chunk(size: int, chunks: int) -> None:
    assert chunks_in(size) == chunks


@given(st.integers(1, PARCEL_BYTES_MAX), st.integers(-2, 200))
def test_a_bill_with_another_number_of_chunks_than_its_size_has_is_refused(size: int, chunks: int) -> None:
    if chunks == chunks_in(size):
        assert _read(size=size, chunks=chunks).chunks == chunks
    else:
        assert _refused(size=size, chunks=chunks).startswith("A bill is not complete: ")


@pytest.mark.parametrize("size", [0, -1, PARCEL_BYTES_MAX + 1, 2**63])
def test_a_parcel_of_no_size_or_too_large_has_no_bill(size: int) -> None:
    assert "size" in _refused(size=size, chunks=chunks_in(size))


def test_every_kind_of_parcel_has_a_bill_and_no_other_has() -> None:
    assert [kind.value for kind in ParcelKind] == ["enrolment", "handover", "amendment", "outcome", "card-act"]
    for kind in ParcelKind:
        assert _read(kind=kind.value).kind is kind
    for other in ("question", "Enrolment", "", "ENROLMENT"):
        assert _refused(kind=other) == "A bill is not complete: kind."


def test_a_bill_may_amend_nothing() -> None:
    assert _read(amends=None, kind="enrolment").amends is None
    assert _refused(amends="") == "A bill is not complete: amends."


@pytest.mark.parametrize("missing", [(), (0,), (127, 5, 5), tuple(range(128))])
def test_any_chunks_may_be_missing(missing: tuple[int, ...]) -> None:
    need = Need(digest=DIGEST, missing=missing)
    assert read_plain(need.canonical(), Need) == need


@pytest.mark.parametrize("missing", [[-1], [*range(129)], [0.5], ["0"], [None], 0, None])
def test_chunks_that_no_parcel_has_are_refused(missing: object) -> None:
    content = json.dumps({**json.loads(NEED.canonical()), "missing": missing}).encode()
    with pytest.raises(WireError, match="missing"):
        read_plain(content, Need)
