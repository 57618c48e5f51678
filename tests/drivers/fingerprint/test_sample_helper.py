"""The sample that integrators copy: alone, and behind the driver. Its conformance is with every driver's."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from capture.finger.examine import examine
from drivers.contract import Finger, FingerAim, Frame, GoneFault, Hint, Retake, UnreadableFault
from drivers.fingerprint import sample_helper
from drivers.fingerprint.vendor_helper import Options, VendorHelper
from drivers.world.finger import WorldHands
from drivers.world.press import Press
from tests.drivers.fingerprint.helpers import INDEX, SAMPLE, recorded
from tests.drivers.ticks import Ticks


def _sensor(*arguments: str) -> VendorHelper:
    return VendorHelper(Options(command=(*SAMPLE, *arguments)), clock=Ticks())


async def _seen(sensor: VendorHelper, finger: Finger = Finger.RIGHT_INDEX) -> Frame | Retake:
    async with sensor.opened(), sensor.armed(FingerAim(finger)):
        return await sensor.grab()


def _talked(*lines: str) -> list[object]:
    """What it answers to these lines, each on its own."""
    said = "".join(line + "\n" for line in lines)
    ended = subprocess.run(SAMPLE, input=said, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ended.stdout.splitlines()]


async def test_its_simulated_prints_can_be_measured_and_differ() -> None:
    index, thumb = await _seen(_sensor()), await _seen(_sensor(), Finger.LEFT_THUMB)
    assert isinstance(index, Frame)
    assert isinstance(thumb, Frame)
    scores = [examine(seen.pixels, ppi=500).quality.score for seen in (index, thumb)]
    # good enough for a visit, whichever finger it is taken for
    assert all(score is not None and score > 60 for score in scores)
    assert not np.array_equal(index.pixels, thumb.pixels)


async def test_it_never_passes_for_a_sensor() -> None:
    sensor = _sensor()
    await _seen(sensor)
    assert (sensor.facts.simulated, sensor.facts.certified) == (True, False)


async def test_recordings_are_shown_as_they_are(tmp_path: Path) -> None:
    prints = WorldHands(4).finger(Finger.RIGHT_INDEX).press(Press())
    # the first pixels look like blanks of the head
    prints[0, :4] = (32, 10, 13, 9)
    folder = recorded(tmp_path, right_index=prints)
    seen = await _seen(_sensor("--folder", str(folder)))
    assert isinstance(seen, Frame)
    assert np.array_equal(seen.pixels, prints)
    assert await _seen(_sensor("--folder", str(folder)), Finger.LEFT_INDEX) == Retake(Hint.NO_FINGER)


async def test_recordings_that_cannot_be_read_are_named_so(tmp_path: Path) -> None:
    small, large = np.zeros((64, 80), np.uint8), np.zeros((64, 81), np.uint8)
    folder = recorded(tmp_path, left_index=small, right_index=large)
    with pytest.raises(UnreadableFault):
        await _seen(_sensor("--folder", str(folder)))
    (folder / "left-index.pgm").write_bytes(b"P5\n80 64\n255\nshort")
    with pytest.raises(UnreadableFault):
        await _seen(_sensor("--folder", str(folder)), Finger.LEFT_INDEX)
    (tmp_path / "empty").mkdir()
    with pytest.raises(GoneFault):
        await _seen(_sensor("--folder", str(tmp_path / "empty")))


def test_it_refuses_what_is_out_of_order_or_unknown_and_goes_on() -> None:
    answers = _talked(
        '{"id":1,"do":"hello","speaks":["smilius-helper/9"]}',
        '{"id":2,"do":"grab","wait_ms":0}',
        '{"id":3,"do":"arm","hand":"right","digit":"index","position":2}',
        '{"id":4,"do":"calibrate"}',
        '{"id":5,"do":"open","now":true}',
        '{"id":6,"do":"close"}',
        '{"id":7,"do":"bye"}',
        '{"id":8,"do":"hello","speaks":[]}',
    )
    assert answers == [
        {"id": 1, "kind": "hello", "speaks": "smilius-helper/1", "program": "smilius sample helper 1"},
        {"id": 2, "kind": "fault", "code": "device-order"},
        {"id": 3, "kind": "fault", "code": "device-order"},
        {"id": 4, "kind": "fault", "code": "device-protocol"},
        {"id": 5, "kind": "fault", "code": "device-protocol"},
        {"id": 6, "kind": "done"},
        {"id": 7, "kind": "done"},
    ]


def test_the_end_of_its_input_ends_it() -> None:
    assert _talked() == []


def test_it_stands_alone() -> None:
    tree = ast.parse(Path(sample_helper.__file__).read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


async def test_it_forgets_what_it_showed_and_can_be_armed_again() -> None:
    sensor = _sensor()
    async with sensor.opened():
        for _ in range(2):
            async with sensor.armed(INDEX):
                assert isinstance(await sensor.grab(), Frame)
