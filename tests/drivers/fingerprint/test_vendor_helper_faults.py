"""A helper that fails in every way that it can, over real pipes: a fault or a right frame, and nothing left behind."""

import asyncio
from pathlib import Path

import pytest

from drivers.contract import Fault, Frame, GoneFault, ProtocolFault, TimedOutFault
from drivers.fingerprint.vendor_helper import VendorHelper
from tests.drivers.fingerprint.helpers import INDEX, HelperDesk
from tests.drivers.processes import open_files
from tests.emulators.vendor_helper import FAULTS, frame

LIVE = ("hello", "open", "arm", "grab")
"""Verbs whose failure is told; of the others the log tells, and the sensor is given back all the same."""
PARTING = ("disarm", "close", "bye")

ANYWHERE: dict[str, type[Fault]] = {
    "die": GoneFault,
    "hang": TimedOutFault,
    "stop": TimedOutFault,
    "complain-for-ever": TimedOutFault,
    "close-output": GoneFault,
    "leave-child-and-die": GoneFault,
    "garbage": ProtocolFault,
    "chatter": ProtocolFault,
    "long-line": ProtocolFault,
    "older": ProtocolFault,
    "other-kind": ProtocolFault,
}
AT_GRAB: dict[str, type[Fault]] = {
    "die-half-way": GoneFault,
    "hang-half-way": TimedOutFault,
    "too-short": TimedOutFault,
    "says-longer": ProtocolFault,
    "huge": ProtocolFault,
    "turned": ProtocolFault,
    "other-resolution": ProtocolFault,
    "damaged": ProtocolFault,
    "shifted": ProtocolFault,
    "unknown-key": ProtocolFault,
}
SILENT = {"hang", "hang-half-way", "stop", "stubborn", "complain-for-ever", "too-short"}
HARMLESS = ("slow", "complain", "close-errors", "leave-child")

CASES = [
    *((verb, what, fault) for what, fault in ANYWHERE.items() for verb in LIVE),
    *(("grab", what, fault) for what, fault in AT_GRAB.items()),
    ("hello", "newer-version", ProtocolFault),
    ("open", "unknown-key", ProtocolFault),
    # the frame was right, and what came behind it is not
    ("grab", "too-long", ProtocolFault),
    ("grab", "twice", ProtocolFault),
    ("arm", "twice", ProtocolFault),
    ("open", "twice", ProtocolFault),
    ("grab", "stubborn", TimedOutFault),
]
QUIET = [
    *((verb, what) for what in HARMLESS for verb in (*LIVE, *PARTING)),
    *((verb, what) for what in ANYWHERE for verb in PARTING),
    *((verb, "stubborn") for verb in PARTING),
    ("disarm", "twice"),
    ("bye", "twice"),
    ("hello", "more-said"),
]


def _sensor(desk: HelperDesk, verb: str, what: str) -> VendorHelper:
    # only what never answers is hurried: everything else takes what the machine needs
    named = {"bye": "close_ms"}.get(verb, f"{verb}_ms")
    limits = {named: 150} if what in SILENT else {}
    return desk.sensor("--fault", f"{verb}={what}", wait_ms=0, limits=limits)


async def _visit(sensor: VendorHelper, frames: list[Frame]) -> None:
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(2):
            seen = await sensor.grab()
            assert isinstance(seen, Frame)
            frames.append(seen)


async def _check_nothing_is_wrong_or_left(desk: HelperDesk, frames: list[Frame], *, files: int) -> None:
    assert [seen.pixels.tobytes() for seen in frames] == [frame(number + 1) for number in range(len(frames))]
    assert await asyncio.to_thread(desk.all_ended)
    assert open_files() == files
    # and the next opening has a helper of its own
    again: list[Frame] = []
    await _visit(desk.sensor(), again)
    assert len(again) == 2


async def _warm() -> int:
    """Open files, once the loop has its threads."""
    await asyncio.to_thread(open_files)
    return open_files()


def test_every_fault_of_the_emulator_is_tried() -> None:
    assert {what for _, what, _ in CASES} | {what for _, what in QUIET} == set(FAULTS)


@pytest.mark.parametrize(("verb", "what", "expected"), CASES)
async def test_a_failing_helper_is_a_fault(verb: str, what: str, expected: type[Fault], tmp_path: Path) -> None:
    desk, frames, files = HelperDesk(tmp_path), list[Frame](), await _warm()
    with pytest.raises(Fault) as caught:
        await _visit(_sensor(desk, verb, what), frames)
    assert type(caught.value) is expected
    await _check_nothing_is_wrong_or_left(desk, frames, files=files)


@pytest.mark.parametrize(("verb", "what"), QUIET)
async def test_what_does_no_harm_is_no_fault(verb: str, what: str, tmp_path: Path) -> None:
    desk, frames, files = HelperDesk(tmp_path), list[Frame](), await _warm()
    await _visit(_sensor(desk, verb, what), frames)
    assert len(frames) == 2
    await _check_nothing_is_wrong_or_left(desk, frames, files=files)
