"""What bridge and opener say to each other: it survives the pipe, and nothing else passes for it."""

import asyncio

import cbor2
import pytest

from agent.wire import PARCEL_BYTES_MAX, Cause
from central.bridge.frames import (
    FRAME_BYTES_MAX,
    Answered,
    Ask,
    Deliver,
    Delivered,
    encode,
    read_request,
    read_response,
)
from central.errors import CentralError

DELIVER = Deliver(
    number=1,
    tenant="lt",
    station="vilnius-1",
    parcel="01jd0000000000000000000000",
    kind="enrolment",
    seal_public="-----BEGIN PUBLIC KEY-----",
    content=bytes(range(256)),
)
ASK = Ask(number=2, tenant="lt", station="vilnius-1", question="01jd", seal_public="-----BEGIN ", content=b"\x00\xff")
CAUSE = Cause(part="face", code="portrait-size", sentence="The portrait is not 480 x 640 pixels in colour.")
RESPONSES = (
    Delivered(number=1, result="accepted", reference="MR-1"),
    Delivered(number=3, result="rejected", cause=CAUSE),
    Delivered(number=4, result="silent"),
    Answered(number=2, content=b"\x00\xff"),
    Answered(number=5, content=None),
)


def reader(*pieces: bytes, ended: bool = True) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    for piece in pieces:
        stream.feed_data(piece)
    if ended:
        stream.feed_eof()
    return stream


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


async def test_requests_come_through_one_after_the_other() -> None:
    stream = reader(encode(DELIVER), encode(ASK))
    assert await read_request(stream) == DELIVER
    assert await read_request(stream) == ASK
    assert await read_request(stream) is None


async def test_responses_come_through_byte_by_byte() -> None:
    stream = reader(*(bytes([byte]) for response in RESPONSES for byte in encode(response)))
    assert [await read_response(stream) for _ in RESPONSES] == list(RESPONSES)
    assert await read_response(stream) is None


async def test_the_largest_parcel_fits() -> None:
    largest = DELIVER.model_copy(update={"content": b"\xa5" * PARCEL_BYTES_MAX, "seal_public": "x" * 8192})
    assert await read_request(reader(encode(largest))) == largest


async def test_a_frame_that_was_cut_off_is_the_end() -> None:
    whole = encode(DELIVER)
    assert await read_request(reader(whole[:3])) is None
    assert await read_request(reader(whole[:-1])) is None


async def test_a_frame_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(CentralError):
        await read_request(reader((FRAME_BYTES_MAX + 1).to_bytes(4, "big"), ended=False))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"not cbor at all",
        b"\x9b" + b"\xff" * 8,
        cbor2.dumps("deliver"),
        cbor2.dumps({"op": "deliver"}),
        cbor2.dumps({**DELIVER.model_dump(), "more": 1}),
        cbor2.dumps({**DELIVER.model_dump(), "op": "open-everything"}),
        cbor2.dumps({**DELIVER.model_dump(), "content": 7}),
        cbor2.dumps(RESPONSES[0].model_dump()),
    ],
)
async def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(CentralError, match="do not understand"):
        await read_request(reader(framed(body)))


@pytest.mark.parametrize("body", [cbor2.dumps(DELIVER.model_dump()), cbor2.dumps({"op": "delivered", "number": 1})])
async def test_what_is_no_response_is_refused(body: bytes) -> None:
    with pytest.raises(CentralError, match="do not understand"):
        await read_response(reader(framed(body)))


def test_a_frame_does_not_show_its_content() -> None:
    assert "content" not in repr(DELIVER)
    assert "content" not in repr(RESPONSES[3])
