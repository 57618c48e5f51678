from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.contract import Finger, FingerAim, Frame, Hint, Retake, UnreadableFault
from drivers.fingerprint.replay import Options, ReplayFingerprint
from drivers.world.finger import WorldHands
from drivers.world.press import Press
from tests.drivers.pictures import greys, write
from tests.drivers.ticks import Ticks

INDEX, THUMB = Finger.RIGHT_INDEX, Finger.LEFT_THUMB


def _sensor(**options: object) -> ReplayFingerprint:
    return ReplayFingerprint(Options.model_validate(options), clock=Ticks())


async def _seen(sensor: ReplayFingerprint, finger: Finger) -> Frame | Retake:
    async with sensor.opened(), sensor.armed(FingerAim(finger)):
        return await sensor.grab()


async def _frame(sensor: ReplayFingerprint, finger: Finger) -> Frame:
    seen = await _seen(sensor, finger)
    assert isinstance(seen, Frame)
    return seen


async def test_each_finger_has_its_own_recording_at_its_resolution(tmp_path: Path) -> None:
    files = {INDEX: write(tmp_path / "a.png", greys()), THUMB: write(tmp_path / "b.png", 255 - greys())}
    sensor = _sensor(files=files, ppi=512)
    index, thumb = await _frame(sensor, INDEX), await _frame(sensor, THUMB)
    assert np.array_equal(index.pixels, greys())
    assert np.array_equal(thumb.pixels, 255 - greys())
    assert (index.ppi, index.height_px, index.width_px) == (512.0, 48, 32)


async def test_a_finger_without_a_recording_is_not_laid_on_the_plate(tmp_path: Path) -> None:
    sensor = _sensor(files={INDEX: write(tmp_path / "a.png", greys())})
    assert await _seen(sensor, THUMB) == Retake(Hint.NO_FINGER)


async def test_or_comes_from_the_simulated_person() -> None:
    seen = await _frame(_sensor(others="world", person_seed=3, ppi=400), THUMB)
    assert np.array_equal(seen.pixels, WorldHands(3).finger(THUMB).press(Press()))
    assert seen.ppi == 500.0


async def test_the_recordings_are_overwritten_when_it_is_closed(tmp_path: Path) -> None:
    sensor = _sensor(files={INDEX: write(tmp_path / "a.png", greys())})
    async with sensor.opened():
        held = sensor._recorded[INDEX]
        assert held.any()
    assert not held.any()
    assert sensor._recorded == {}


async def test_one_recording_that_cannot_be_read_names_its_finger_and_the_others_are_overwritten(
    tmp_path: Path,
) -> None:
    sensor = _sensor(files={INDEX: write(tmp_path / "a.png", greys()), THUMB: tmp_path / "gone.png"})
    with pytest.raises(UnreadableFault, match="the left-thumb") as caught:
        await sensor.opened().__aenter__()
    assert "gone" not in caught.value.sentence
    assert sensor._recorded == {}


@pytest.mark.parametrize("wrong", [{"files": {"right-toe": "x"}}, {"ppi": 0}, {"others": "somebody"}, {"seed": 1}])
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)
