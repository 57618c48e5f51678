"""The file: what is written is read again, and whatever else a file holds gives one sentence and a code."""

import base64
import hashlib
import json
import os
import tracemalloc
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import DeviceKind, GoneFault, OptionsFault, TimedOutFault, UnreadableFault
from drivers.transport.tap import recording as format_
from drivers.transport.tap.phantom import Phantom, PhantomKind
from drivers.transport.tap.recording import Head, load, read, store
from drivers.transport.tap.tape import BYTES_MAX, EVENTS_MAX, Answer, Call, Event
from tests.drivers.transport.tap.made import FOLDER

DAMAGED = "The recording is damaged, or was changed after it was made."

PHANTOM = Phantom(
    id="film-7", kind=PhantomKind.TEST_CARD, description="A film with lines on it", declared_by="a workshop"
)


def _head(**changes: object) -> Head:
    said = {
        "seam": "usb",
        "kind": DeviceKind.FINGERPRINT,
        "driver": "futronic",
        "options": {"path": "1-1.4", "polarity": None, "limits": [1, 2.5, True]},
        "aim": "right-index",
        "recorded": datetime(2026, 1, 15, tzinfo=UTC),
        "software": "test",
        "outcome": ("retake no-finger",),
        "devices": ("1491:0020 Žalgiris FS81",),
        "phantom": PHANTOM,
    }
    return Head.model_validate(said | changes)


EVENTS = (
    Event(Call("connect", {"ids": "1491:0020", "path": None}), Answer({"model": "FS81", "serial": ""}), 12),
    Event(Call("write", {"endpoint": 1}, b"\xe0"), Answer()),
    Event(Call("read", {"endpoint": 130}), Answer(data=bytes(512) + b"\n\t\xff"), 1_000),
    Event(Call("read", {"endpoint": 130}), TimedOutFault("It did not answer\tin time.")),
    Event(Call("wait"), Answer(value=False)),
    Event(Call("clock"), Answer(0)),
    Event(Call("ioctl", {"fd": 3}, b"abc"), OSError(19, os.strerror(19))),
)


def _written(path: Path, *, head: Head | None = None) -> bytes:
    store(path, head or _head(), events=EVENTS)
    return path.read_bytes()


def _sealed(*lines: bytes) -> bytes:
    """With an end that fits."""
    body = b"".join(line + b"\n" for line in lines)
    end = {"events": len(lines) - 1, "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(end).encode() + b"\n"


def _refused(content: bytes) -> str:
    with pytest.raises(UnreadableFault) as raised:
        read(content)
    sentence = raised.value.sentence
    assert raised.value.code == "recording-unreadable"
    assert sentence.endswith(".")
    assert sentence.count(".") == 1
    return sentence


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    _written(tmp_path / "one.tap")
    recording = load(tmp_path / "one.tap")
    assert recording.head == _head()
    for read_, kept in zip(recording.events, EVENTS, strict=True):
        assert (read_.call, read_.spent_us) == (kept.call, kept.spent_us)
        if isinstance(kept.result, Answer):
            assert read_.result == kept.result
            assert isinstance(read_.result, Answer)
            assert type(read_.result.value) is type(kept.result.value)
        else:
            assert type(read_.result) is type(kept.result)
            assert str(read_.result) == str(kept.result)


def test_the_same_gives_the_same_bytes_for_its_owner_only(tmp_path: Path) -> None:
    assert _written(tmp_path / "one.tap") == _written(tmp_path / "two.tap")
    assert (tmp_path / "one.tap").stat().st_mode & 0o777 == 0o600


def test_no_file_is_overwritten_and_half_a_recording_is_none(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"something else")
    with pytest.raises(FileExistsError):
        _written(tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == b"something else"

    def breaks() -> "list[Event]":
        raise GoneFault("It is gone.")

    with pytest.raises(GoneFault):
        store(tmp_path / "half", _head(), events=(event for _ in range(1) for event in breaks()))
    assert not (tmp_path / "half").exists()


def test_options_that_could_not_be_read_again_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(OptionsFault):
        _written(tmp_path / "long", head=_head(options={f"option_{at}": "x" * 1_000 for at in range(20)}))
    assert not (tmp_path / "long").exists()


def test_a_recording_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    content = _written(tmp_path / "one.tap")
    for cut in range(len(content)):
        assert _refused(content[:cut]) in {DAMAGED, "The file is no recording of a device."}


def test_a_recording_of_a_device_that_is_cut_is_refused() -> None:
    content = (FOLDER / "futronic-fs81-gone.tap").read_bytes()
    for cut in range(0, len(content), 13):
        _refused(content[:cut])
    _refused(content + content)
    _refused(content + b"\n")


@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
@settings(max_examples=300, deadline=None)
def test_a_changed_byte_is_noticed(place: int, flip: int) -> None:
    content = bytearray((FOLDER / "futronic-fs81-gone.tap").read_bytes())
    content[place % len(content)] ^= flip
    _refused(bytes(content))


@given(st.binary(max_size=500))
@settings(max_examples=300, deadline=None)
def test_anything_is_refused(content: bytes) -> None:
    assert _refused(content) == "The file is no recording of a device."


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_anything_after_a_head_with_an_end_that_fits_is_refused(line: bytes) -> None:
    head = json.dumps(_head().model_dump(mode="json")).encode()
    assert _refused(_sealed(head, line)) == DAMAGED


def test_a_swapped_line_is_noticed(tmp_path: Path) -> None:
    lines = _written(tmp_path / "one.tap").splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    assert _refused(b"".join(lines)) == DAMAGED


@pytest.mark.parametrize("version", [0, 2, "1", None, True, 1.5])
def test_another_version_is_told_apart_from_damage(version: object) -> None:
    sentence = _refused(json.dumps({"smilius_tap": version, "anything": {}}).encode() + b"\n")
    assert sentence == (
        DAMAGED if version is True else "The recording has another format than 1, the only one that is known here."
    )


def _line(**changes: object) -> bytes:
    return json.dumps({"verb": "read", "us": 1, **changes}).encode()


def _payload(data: bytes, *, says: int | None = None) -> bytes:
    return b"%d:%b" % (len(data) if says is None else says, base64.b64encode(zlib.compress(data)))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{" * 5_000,
        b'{"a":' * 3_000,
        _line(verb=""),
        _line(verb="read; rm"),
        _line(us=-1),
        _line(us=2**70),
        _line(us="1"),
        _line(us=10**30),
        _line(value=[1]),
        _line(value={"a": {"b": 1}}),
        _line(value=0.5),
        _line(arguments={"limit": 2**80}),
        _line(arguments={"x" * 6_000: 1}),
        _line(arguments={str(at): at for at in range(5_000)}),
        _line(more=1),
        _line(raised={"errno": 0}),
        _line(raised={"errno": 10**9}),
        _line() + b"\t0:",
        _line() + b"\t0:\t1",
        _line() + b"\t0:\t:",
        _line() + b"\t0:\t-5:" + _payload(b"hello")[2:],
        _line() + "\t0:\t٣:".encode() + _payload(b"abc")[2:],
        _line() + b"\t0:\t5:====",
        _line() + b"\t0:\t5:aGVsbG8=",
        _line() + b"\t0:\t" + _payload(b"hello", says=4),
        _line() + b"\t0:\t" + _payload(b"hello", says=6),
        _line() + b"\t0:\t" + _payload(b"hello", says=0).replace(b"0:", b"00000000000000000:"),
        _line() + b"\t0:\t" + _payload(b"hello") + b"\t0:",
    ],
)
def test_an_event_that_is_none_is_damage(line: bytes) -> None:
    head = json.dumps(_head().model_dump(mode="json")).encode()
    assert read(_sealed(head, _line())).events[0].call.verb == "read"
    assert _refused(_sealed(head, _line(), line)) == DAMAGED


@pytest.mark.parametrize("code", ["device-order", "recording-diverged", "nobody-knows", None])
def test_a_failure_that_no_seam_has_is_refused(code: str | None) -> None:
    head = json.dumps(_head().model_dump(mode="json")).encode()
    line = _line(raised={"code": code, "sentence": "It failed."})
    assert _refused(_sealed(head, line)) == "The recording has a failure in it that no seam has."


@pytest.mark.parametrize(
    "changes",
    [
        {"seam": "rs232"},
        {"kind": "toaster"},
        {"recorded": "yesterday"},
        {"outcome": "frame"},
        {"phantom": {"id": "film-7", "kind": "person", "description": "A volunteer", "declared_by": "nobody"}},
        {"phantom": None},
        {"driver": "x" * 6_000},
        {"smilius_tap": 1, "surprise": 1},
    ],
)
def test_a_head_that_is_none_is_damage(changes: dict[str, object]) -> None:
    head = _head().model_dump(mode="json") | changes
    assert _refused(_sealed(json.dumps(head).encode())) == DAMAGED


@pytest.mark.parametrize("events", [2, 0, EVENTS_MAX, EVENTS_MAX + 1, 10**18, -1])
def test_a_count_that_does_not_fit_is_damage(events: int) -> None:
    content = _sealed(json.dumps(_head().model_dump(mode="json")).encode(), _line())
    assert _refused(content.replace(b'"events": 1', b'"events": %d' % events)) == DAMAGED


def test_what_unpacks_to_more_than_it_says_or_may_costs_no_memory() -> None:
    head = json.dumps(_head().model_dump(mode="json")).encode()
    bomb = zlib.compress(bytes(BYTES_MAX + 1), 9)
    for says, sentence in ((10, DAMAGED), (BYTES_MAX + 1, "The recording is larger than is read here.")):
        content = _sealed(head, _line() + b"\t0:\t%d:%b" % (says, base64.b64encode(bomb)))
        tracemalloc.start()
        assert _refused(content) == sentence
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 2_000_000
    half = _line() + b"\t0:\t%d:%b" % (BYTES_MAX - 5, base64.b64encode(zlib.compress(bytes(BYTES_MAX - 5), 9)))
    assert _refused(_sealed(head, half, half)) == "The recording is larger than is read here."


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, format_.FILE_BYTES_MAX + 1)
    with pytest.raises(UnreadableFault, match="too large"):
        load(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, sentence in (
        (tmp_path, "What is named for the recording is not a file."),
        (tmp_path / "pipe", "What is named for the recording is not a file."),
        (tmp_path / "nothing", "There is no such recording."),
        (tmp_path / "nothing" / "at all", "There is no such recording."),
        (tmp_path / ("x" * 300), "The recording cannot be read."),
    ):
        with pytest.raises(UnreadableFault) as raised:
            load(path)
        assert raised.value.sentence == sentence
