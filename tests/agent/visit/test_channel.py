"""Every message crosses a real socket as one line, and what is none is refused."""

import asyncio
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from agent.errors import WireError
from agent.visit.channel import (
    COMMANDS,
    LINE_BYTES_MAX,
    REPORTS,
    ApplicationRead,
    AskApplication,
    Close,
    Command,
    DevicesReady,
    FailedReport,
    KeptFinger,
    LiveReport,
    MissedFinger,
    NothingReport,
    OpenDevices,
    Pack,
    PackedReport,
    PortraitReport,
    PressShutter,
    PrintReport,
    QuestionSealed,
    ReadAnswer,
    Ready,
    Report,
    Seal,
    SealedReport,
    TakeStep,
    read_line,
    write_line,
)
from agent.wire import Applicant
from capture.missing import MissingReason
from capture.sample import Gate, Quality, Verdict
from drivers.contract import Approach, Finger, Hint

AT = datetime(2026, 11, 22, 8, 15, 30, 250_000, tzinfo=UTC)
BASE64 = b64encode(bytes(range(256)))
GATE = Gate(id="roll", value=1.5, unit="deg", limit="<= 8", verdict=Verdict.PASS, sentence="Straight, ą.")
APPLICANT = Applicant(given_name="Jonė", surname="O\nNeil", birth_date="1990-02-28", citizenship="LTU")

MESSAGES: list[BaseModel] = [
    AskApplication(application="EA-1", question="01jd0000000000000000000001", expires=AT),
    ReadAnswer(sealed=BASE64),
    OpenDevices(),
    TakeStep(step="face", fresh=True),
    Pack(
        parcel="01jd0000000000000000000001",
        operator="op-7",
        notice_language="lt",
        notice_shown=AT,
        opened=AT,
        face_reason="smiles",
        fingers=(KeptFinger(finger=Finger.LEFT_INDEX, attempts=2),),
        fingers_reason=None,
        missing=(MissedFinger(finger=Finger.RIGHT_INDEX, reason=MissingReason.INJURED),),
        exempt=False,
    ),
    Seal(wrap_key=BASE64),
    PressShutter(),
    Close(),
    Ready(memory_locked=True),
    QuestionSealed(sealed=BASE64, number_sealed=BASE64),
    ApplicationRead(known=True, open=True, failure=None, applicant=APPLICANT),
    DevicesReady(),
    LiveReport(sentence="Please look up.", client_sentence="Please.", hint=Hint.NO_FACE, failed=("gaze",), held_ms=250),
    PortraitReport(gates=(GATE, GATE), taken_ns=2**62),
    PrintReport(finger=Finger.LEFT_INDEX, quality=Quality(score=7, algorithm="a", version="1"), taken_ns=1),
    NothingReport(step="face", hint=Hint.NO_FACE),
    NothingReport(step="face", hint=Hint.TOO_FEW_PIXELS, approach=Approach(0.6, 90)),
    LiveReport(
        sentence="Come closer.",
        client_sentence="Please.",
        hint=Hint.TOO_FEW_PIXELS,
        approach=Approach(0.6),
        failed=(),
        held_ms=0,
    ),
    PackedReport(plain_bytes=200_000),
    SealedReport(digest="ab" * 32, size=1, synced_ns=2),
    FailedReport(code="worker-lost", sentence="It ended.\nReally."),
]


def _adapter(message: BaseModel) -> TypeAdapter[Any]:
    return COMMANDS if type(message) in get_args(get_args(Command)[0]) else REPORTS


@asynccontextmanager
async def _pair() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A reader with the channel's limit, and the writer at the other end."""
    ours, theirs = socket.socketpair()
    reader, back = await asyncio.open_connection(sock=ours, limit=LINE_BYTES_MAX)
    _, writer = await asyncio.open_connection(sock=theirs)
    try:
        yield reader, writer
    finally:
        for end in (back, writer):
            end.close()
            await end.wait_closed()


def test_there_is_one_of_each_message_here() -> None:
    known = {*get_args(get_args(Command)[0]), *get_args(get_args(Report)[0])}
    assert {type(message) for message in MESSAGES} == known


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
async def test_every_message_crosses_unchanged_as_one_line(message: BaseModel) -> None:
    assert write_line(message).count(b"\n") == 1
    async with _pair() as (reader, writer):
        writer.write(write_line(message) * 2)
        adapter = _adapter(message)
        assert await read_line(reader, adapter) == message
        assert await read_line(reader, adapter) == message


def test_what_is_secret_or_personal_is_not_in_a_repr() -> None:
    shown = "".join(repr(message) for message in MESSAGES)
    for hidden in ("EA-1", "Jonė", "Neil", "1990", "wrap_key"):
        assert hidden not in shown


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"garbage\n",
        b"\xff\xfe\n",
        b"[]\n",
        b"{}\n",
        b'{"op":"fly"}\n',
        b'{"op":"take"}\n',
        b'{"op":"take","step":"face","fresh":true,"more":1}\n',
        b'{"op":"seal","wrap_key":"not base64!"}\n',
        b'{"op":"ready","memory_locked":true}\n',
        b'{"op":"take","step":"' + b"x" * LINE_BYTES_MAX + b'","fresh":true}\n',
    ],
    ids=["empty", "text", "no-utf8", "list", "no-op", "unknown", "half", "more", "base64", "report", "too-long"],
)
async def test_what_is_no_command_is_refused_and_not_repeated(line: bytes) -> None:
    async with _pair() as (reader, writer):
        writer.write(line)
        with pytest.raises(WireError) as caught:
            await read_line(reader, COMMANDS)
    assert "take" not in caught.value.sentence


async def test_an_answer_as_long_as_the_wire_allows_crosses() -> None:
    # a signed document is 64 KiB at most (agent.wire.document), and base64 makes four of three bytes
    answer = ReadAnswer(sealed=b64encode(bytes(65_536)))
    async with _pair() as (reader, writer):
        writer.write(write_line(answer))
        assert await read_line(reader, COMMANDS) == answer


async def test_the_end_of_the_other_side_is_none_also_in_the_middle_of_a_line() -> None:
    for left in (b"", write_line(OpenDevices())[:-1]):
        async with _pair() as (reader, writer):
            writer.write(left)
            writer.write_eof()
            assert await read_line(reader, COMMANDS) is None
