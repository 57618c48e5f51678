"""What goes out: bills that central can verify, chunks that make the parcel again, events as they were signed."""

import os
from dataclasses import replace

import pytest

from agent.courier.machine import ParcelState
from agent.courier.post import Outgoing, Post, Rank
from agent.courier.record import Parcel
from agent.wire import CHUNK_BYTES, PARCEL_BYTES_MAX, Bill, ParcelKind, read_signed
from tests.agent.courier.premises import BEGIN, LINK_KEY, STATION, TENANT, new_id
from vault.envelope import Pinned, digest_of

POST = Post(TENANT, STATION, key=LINK_KEY)


def parcel_of(content: bytes) -> Parcel:
    return Parcel(
        id=new_id(),
        kind="handover",
        state=ParcelState.SPOOLED,
        digest=digest_of(content),
        size=len(content),
        trouble=None,
    )


@pytest.mark.parametrize(("size", "chunks"), [(1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2), (PARCEL_BYTES_MAX, 128)])
def test_a_bill_says_what_comes_and_who_says_so(size: int, chunks: int) -> None:
    parcel = parcel_of(bytes(size))
    outgoing = POST.bill(parcel, at=BEGIN)
    assert outgoing.topic == f"smilius/1/{TENANT}/{STATION}/up/parcel/{parcel.id}/m"
    bill = read_signed(outgoing.payload, Bill, pinned=Pinned([LINK_KEY.public]))
    assert (bill.tenant, bill.station, bill.parcel, bill.kind) == (TENANT, STATION, parcel.id, ParcelKind.HANDOVER)
    assert (bill.digest, bill.size, bill.chunks, bill.key) == (parcel.digest, size, chunks, LINK_KEY.kid)


def test_the_chunks_make_the_parcel_again() -> None:
    content = os.urandom(2 * CHUNK_BYTES + 5)
    parcel = parcel_of(content)
    chunks = POST.chunks(parcel, content, missing=(0, 1, 2))
    assert [chunk.topic.rsplit("/", 1)[1] for chunk in chunks] == ["0", "1", "2"]
    assert b"".join(chunk.payload for chunk in chunks) == content


def test_only_what_is_missing_goes_once_and_in_order() -> None:
    content = os.urandom(3 * CHUNK_BYTES)
    chunks = POST.chunks(parcel_of(content), content, missing=(2, 0, 2, 3, 10**30))
    assert [chunk.topic.rsplit("/", 1)[1] for chunk in chunks] == ["0", "2"]
    assert chunks[1].payload == content[2 * CHUNK_BYTES :]


def test_a_parcel_that_central_has_is_a_reminder_and_waits_for_the_others() -> None:
    parcel = parcel_of(b"1")
    stored = replace(parcel, state=ParcelState.STORED)
    (chunk,) = POST.chunks(parcel, b"1", missing=(0,))
    ranks = [POST.event("e", b"").rank, POST.bill(parcel, at=BEGIN).rank, chunk.rank, POST.bill(stored, at=BEGIN).rank]
    assert ranks == [Rank.WORD, Rank.BILL, Rank.CHUNK, Rank.REMINDER] == sorted(ranks)
    assert chunk.parcel == parcel.id


def test_an_event_goes_as_it_was_signed() -> None:
    event = new_id()
    assert POST.event(event, b"signed") == Outgoing(f"smilius/1/{TENANT}/{STATION}/up/event/{event}", b"signed")
