"""The replay: the same answers to the same calls, and the first difference told for good."""

import os

import pytest

from drivers.contract import DivergedFault, ProtocolFault, UnreadableFault
from drivers.transport.tap.recording import Recording, load
from drivers.transport.tap.replay import Replay
from drivers.transport.tap.tape import Answer, Call, Event, TappedChance, TappedClock
from tests.drivers.transport.tap.made import FOLDER

HEAD = load(FOLDER / "futronic-fs81-gone.tap").head


def _replay(*events: Event, paced: bool = False) -> Replay:
    return Replay(Recording(HEAD, events), paced=paced)


def _never() -> Answer:
    raise AssertionError("a replay asks nobody")


def test_answers_are_the_callers_own() -> None:
    tape = _replay(*[Event(Call("read"), Answer(data=b"abc"))] * 2)
    first = tape.ask(Call("read"), _never)
    memoryview(first.data)[:] = b"xyz"
    assert tape.ask(Call("read"), _never) == Answer(data=b"abc")
    tape.finish()


def test_failures_are_raised_again() -> None:
    tape = _replay(Event(Call("read"), ProtocolFault("It babbles.")), Event(Call("ioctl"), OSError(5, os.strerror(5))))
    with pytest.raises(ProtocolFault, match="It babbles"):
        tape.ask(Call("read"), _never)
    with pytest.raises(OSError, match="Input/output"):
        tape.ask(Call("ioctl"), _never)
    tape.finish()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (Call("write", {"endpoint": 1}, b"\xe0\x01"), "driver asks write(endpoint=1), where the recording has read("),
        (
            Call("read", {"endpoint": 2}, b"\xe0\x01"),
            "asks read(endpoint=2), where the recording has read(endpoint=1).",
        ),
        (Call("read", {}, b"\xe0\x01"), "asks read(), where the recording has read(endpoint=1)."),
        (
            Call("read", {"endpoint": 1}, b"\xe0\x02"),
            "other bytes than the recording: the first that differs is number 1 of 2.",
        ),
        (Call("read", {"endpoint": 1}, b"\xe0"), "other bytes than the recording: 1 and not 2."),
        (Call("read", {"endpoint": "x" * 999}), "…, where the recording has read(endpoint=1)."),
    ],
)
def test_another_call_is_refused_and_so_is_every_later_one(call: Call, sentence: str) -> None:
    right = Event(Call("read", {"endpoint": 1}, b"\xe0\x01"), Answer())
    tape = _replay(right, right)
    for asked in (call, right.call):
        with pytest.raises(DivergedFault) as raised:
            tape.ask(asked, _never)
        assert raised.value.sentence.startswith("At event 1 of 2 the ")
        assert sentence in raised.value.sentence
        assert len(raised.value.sentence) < 400
    # what gives back works
    assert tape.ask(Call("close"), _never, always=True) == Answer()
    with pytest.raises(DivergedFault) as raised:
        tape.finish()
    assert sentence in raised.value.sentence


def test_what_is_not_asked_for_is_told() -> None:
    tape = _replay(*[Event(Call("read"), Answer())] * 3)
    tape.ask(Call("read"), _never)
    with pytest.raises(DivergedFault, match=r"ended after event 1 of 3, where the recording goes on with read\(\)\."):
        tape.finish()


def test_nothing_follows_the_last_event() -> None:
    tape = _replay(Event(Call("read"), Answer()))
    tape.ask(Call("read"), _never)
    with pytest.raises(DivergedFault, match=r"goes on with reset\(\) after the recording's last event"):
        tape.ask(Call("reset"), _never)


def test_paced_it_takes_the_time_that_it_took() -> None:
    tape = _replay(Event(Call("read"), Answer(1), spent_us=1), paced=True)
    assert tape.ask(Call("read"), _never) == Answer(1)


def test_times_and_bits_are_what_they_were() -> None:
    tape = _replay(Event(Call("clock"), Answer(5)), Event(Call("chance", {"bits": 32}), Answer(6)))
    assert TappedClock(tape, None).monotonic_ns() == 5
    assert TappedChance(tape, None)(32) == 6
    tape.finish()


def test_an_answer_that_its_seam_cannot_give_is_no_answer() -> None:
    tape = _replay(Event(Call("clock"), Answer("noon")))
    with pytest.raises(UnreadableFault, match="no number"):
        TappedClock(tape, None).monotonic_ns()
    with pytest.raises(UnreadableFault, match="no text"):
        Answer({"make": 3}).text("make")
    with pytest.raises(UnreadableFault, match="no text"):
        Answer(None).text()
