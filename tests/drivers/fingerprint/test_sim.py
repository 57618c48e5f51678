import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.contract import (
    BusyFault,
    Device,
    DeviceKind,
    Finger,
    FingerAim,
    Frame,
    Hint,
    OrderFault,
    PortraitAim,
    Retake,
)
from drivers.fingerprint.sim import Options, SimFingerprint
from drivers.world.press import Press
from tests.drivers.world.likeness import likeness, touched

INDEX = FingerAim(Finger.RIGHT_INDEX)


class Ticks:
    """A clock that counts how often it was read."""

    def __init__(self) -> None:
        self._now_ns = 0

    def monotonic_ns(self) -> int:
        self._now_ns += 1
        return self._now_ns


def _sensor(**options: object) -> SimFingerprint:
    return SimFingerprint(Options.model_validate({"exposure_ms": 0} | options), clock=Ticks())


@asynccontextmanager
async def _armed(sensor: SimFingerprint, aim: FingerAim = INDEX) -> AsyncIterator[SimFingerprint]:
    async with sensor.opened(), sensor.armed(aim):
        yield sensor


async def _frame(sensor: SimFingerprint) -> Frame:
    seen = await sensor.grab()
    assert isinstance(seen, Frame)
    return seen


async def _frames(sensor: SimFingerprint, count: int, aim: FingerAim = INDEX) -> list[Frame]:
    """Of one arming."""
    async with _armed(sensor, aim):
        return [await _frame(sensor) for _ in range(count)]


async def _presses(sensor: SimFingerprint, count: int) -> list[Frame]:
    """Of one arming each."""
    return [frame for _ in range(count) for frame in await _frames(sensor, 1)]


def _eight_by_eight_variance(frame: Frame) -> float:
    """The mean variance of 8x8 blocks. Source: facts/fingerprint-sensors.md, 4.4."""
    blocks = frame.pixels.astype(float).reshape(60, 8, 40, 8)
    return float(blocks.var(axis=(1, 3)).mean())


def test_it_says_that_it_is_simulated() -> None:
    sensor = _sensor()
    assert isinstance(sensor, Device)
    facts = sensor.facts
    assert (facts.kind, facts.make, facts.model) == (DeviceKind.FINGERPRINT, "smilius", "simulated finger")
    assert (facts.simulated, facts.certified) == (True, False)


async def test_a_grab_is_a_print_at_500_ppi_with_the_clocks_time() -> None:
    first, second = await _frames(_sensor(), 2)
    assert (first.height_px, first.width_px, first.ppi) == (480, 320, 500.0)
    assert (first.taken_ns, second.taken_ns) == (1, 2)


async def test_each_arming_is_a_new_press_of_the_same_finger() -> None:
    first, second = await _presses(_sensor(wander_ratio=0), 2)
    assert not np.array_equal(first.pixels, second.pixels)
    assert likeness(first.pixels, second.pixels) > 0.5


async def test_a_finger_trembles_from_grab_to_grab_less_than_it_differs_from_press_to_press() -> None:
    first, second = await _frames(_sensor(), 2)
    _, other = await _presses(_sensor(), 2)
    assert not np.array_equal(first.pixels, second.pixels)
    still, moved = (np.hypot(*(_middle(first) - _middle(frame))) for frame in (second, other))
    assert still < 4 < moved


async def test_a_finger_comes_down_before_it_lies_still() -> None:
    sensor = _sensor(landing_grabs=3, wander_ratio=0)
    async with _armed(sensor):
        assert await sensor.grab() == Retake(Hint.NO_FINGER)
        falling = [await _frame(sensor) for _ in range(4)]
    areas = [np.count_nonzero(touched(frame.pixels)) for frame in falling]
    assert areas[0] < areas[1] < 0.95 * areas[2]
    assert areas[3] == pytest.approx(areas[2], rel=0.05)
    seeing = _sensor(landing_grabs=3, presence_detected=False)
    (bare,) = await _frames(seeing, 1)
    assert not touched(bare.pixels).any()


async def test_the_sequence_is_the_options_own_and_other_fingers_do_not_disturb_it() -> None:
    alone = await _presses(_sensor(), 2)
    sensor = _sensor()
    before = await _presses(sensor, 1)
    await _frames(sensor, 1, FingerAim(Finger.LEFT_INDEX))
    after = await _presses(sensor, 1)
    assert np.array_equal(alone[0].pixels, before[0].pixels)
    assert np.array_equal(alone[1].pixels, after[0].pixels)


def _middle(frame: Frame) -> np.ndarray:
    return np.asarray(np.argwhere(touched(frame.pixels)).mean(axis=0))


async def test_other_people_have_other_fingers() -> None:
    (one,), (other,) = [await _frames(_sensor(person_seed=seed, wander_ratio=0), 1) for seed in (1, 2)]
    assert likeness(one.pixels, other.pixels) < 0.45


async def test_knobs_of_one_finger_come_in_turn_and_the_last_one_stays() -> None:
    turns = (Press(pressure_ratio=0.0), Press())
    sensor = _sensor(wander_ratio=0, presses={Finger.RIGHT_INDEX: turns})
    light, right, again = [np.count_nonzero(touched(frame.pixels)) for frame in await _presses(sensor, 3)]
    assert light < 0.85 * min(right, again)


async def test_a_mistaken_person_lays_down_another_finger_first() -> None:
    (thumb,) = await _frames(_sensor(wander_ratio=0), 1, FingerAim(Finger.LEFT_THUMB))
    sensor = _sensor(wander_ratio=0, mistakes={Finger.RIGHT_INDEX: (Finger.LEFT_THUMB,)})
    mistaken, right = await _presses(sensor, 2)
    assert likeness(mistaken.pixels, thumb.pixels) > 0.7
    assert likeness(right.pixels, thumb.pixels) < 0.45


async def test_an_empty_plate_asks_for_a_finger() -> None:
    async with _armed(_sensor(finger_on_plate=False)) as sensor:
        assert await sensor.grab() == Retake(Hint.NO_FINGER)


async def test_a_sensor_without_presence_detection_gives_the_bare_plate() -> None:
    (bare,) = await _frames(_sensor(finger_on_plate=False, presence_detected=False), 1)
    (pressed,) = await _frames(_sensor(), 1)
    assert _eight_by_eight_variance(bare) < 150
    assert _eight_by_eight_variance(pressed) > 300


async def test_the_verbs_keep_their_order() -> None:
    sensor = _sensor()
    with pytest.raises(OrderFault):
        await sensor.grab()
    async with sensor.opened():
        with pytest.raises(OrderFault):
            await sensor.grab()
        with pytest.raises(OrderFault, match="finger"):
            await sensor.armed(PortraitAim()).__aenter__()


async def test_two_cannot_hold_it() -> None:
    async with _sensor().opened():
        with pytest.raises(BusyFault):
            await _sensor().opened().__aenter__()


async def test_a_grab_can_be_cancelled_and_the_sensor_used_again() -> None:
    async with _armed(_sensor(exposure_ms=10_000)) as sensor:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sensor.grab(), timeout=0.01)
    async with sensor.opened():
        pass


@pytest.mark.parametrize(
    "wrong",
    [{"person_seed": -1}, {"person_sed": 1}, {"presses": {"right-index": []}}, {"presses": {"right-toe": [{}]}}],
)
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)
