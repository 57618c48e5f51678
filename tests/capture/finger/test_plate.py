"""What a plate is called, on simulated plates: fingers, parts of fingers, latents, dirt, sunlight, nothing."""

import numpy as np
import pytest

from capture.finger.plate import LIMITS, Found, name_plate, square_mm
from capture.finger.segment import look
from drivers.contract import Finger, GreyPixels, Hint
from tests.capture.finger.plates import (
    PEOPLE,
    latent,
    left_behind,
    on_large_plate,
    pressed,
    sunlit,
    two_fingertips,
)

everybody = pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who[1].value)
Who = tuple[int, Finger]


def found(pixels: GreyPixels) -> Found:
    height_px, width_px = pixels.shape
    return name_plate(look(pixels), shape_px=(height_px, width_px), ppi=500)


@everybody
@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"moisture_ratio": 0.0},
        {"moisture_ratio": 1.0},
        {"pressure_ratio": 0.05},
        {"pressure_ratio": 1.0},
        {"dirt_ratio": 0.8},
        {"injury_ratio": 1.0},
        {"rotation_deg": 40},
        {"shift_px": (50, 60)},
    ],
    ids=str,
)
def test_a_finger_is_one_however_it_is_pressed(who: Who, knobs: dict[str, object]) -> None:
    assert found(pressed(who, **knobs)) is Found.FINGER


@everybody
@pytest.mark.parametrize("levels", [40.0, 120.0])
@pytest.mark.parametrize("turn_deg", [0.0, 90.0, 225.0])
def test_a_finger_in_the_sun_is_still_one(who: Who, levels: float, turn_deg: float) -> None:
    assert found(sunlit(pressed(who), levels=levels, turn_deg=turn_deg)) is Found.FINGER


@everybody
def test_a_clean_plate_is_bare(who: Who) -> None:
    assert found(left_behind(who, dirt_ratio=0)) is Found.BARE


@everybody
@pytest.mark.parametrize("dirt_ratio", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_dirt_is_none(who: Who, dirt_ratio: float, seed: int) -> None:
    assert found(left_behind(who, dirt_ratio=dirt_ratio, seed=seed)) is Found.SOILED


@everybody
@pytest.mark.parametrize("levels", [24.0, 30.0, 60.0])
def test_what_the_finger_before_has_left_is_none(who: Who, levels: float) -> None:
    assert found(latent(who, levels=levels)) is Found.SOILED


@everybody
def test_a_latent_that_is_hardly_there_is_none_either(who: Who) -> None:
    assert found(latent(who, levels=12.0)) in {Found.BARE, Found.SOILED}


@everybody
@pytest.mark.parametrize("levels", [70.0, 150.0, 240.0])
@pytest.mark.parametrize("turn_deg", [0.0, 60.0, 180.0])
def test_sunlight_is_none(who: Who, levels: float, turn_deg: float) -> None:
    assert found(sunlit(left_behind(who, dirt_ratio=0.2), levels=levels, turn_deg=turn_deg)) is Found.LIT


@everybody
@pytest.mark.parametrize("shift_px", [(170.0, 0.0), (-170.0, 0.0), (0.0, -290.0)])
def test_half_a_finger_beside_the_plate_is_a_part(who: Who, shift_px: tuple[float, float]) -> None:
    assert found(pressed(who, shift_px=shift_px)) is Found.PART


@everybody
def test_half_a_finger_lifted_is_a_part(who: Who) -> None:
    assert found(pressed(who, missing_ratio=0.65)) is Found.PART


@everybody
@pytest.mark.parametrize("gap_px", [28, 48])
def test_two_fingertips_are_two(who: Who, gap_px: int) -> None:
    assert found(two_fingertips(who, gap_px=gap_px)) is Found.SEVERAL


@everybody
def test_two_whole_fingers_on_a_large_plate_are_two(who: Who) -> None:
    plate = on_large_plate(pressed(who), size_px=(600, 760), corner_px=(20, 60))
    plate[60:540, 420:740] = pressed(who, seed=9)
    assert found(plate) is Found.SEVERAL


def test_a_split_pad_is_one_finger() -> None:
    """A deep cut across leaves two parts, one below the other."""
    pixels = pressed().copy()
    pixels[225:265] = left_behind(dirt_ratio=0)[225:265]
    assert found(pixels) is Found.FINGER


def test_a_plate_that_is_dark_all_over_has_nothing_on_it() -> None:
    assert found(np.zeros((480, 320), np.uint8)) is Found.BARE


def test_every_word_has_a_limit_and_every_word_but_the_finger_a_hint() -> None:
    assert {limit.found for limit in LIMITS} == set(Found)
    assert [word for word in Found if word.hint is None] == [Found.FINGER]
    assert len({word.hint for word in Found}) == len(Found)
    assert Found.LIT.hint is Hint.SHADE_PLATE


def test_pixels_become_square_millimetres() -> None:
    assert square_mm(50_000, ppi=500) == pytest.approx(129.03, abs=0.01)
    assert square_mm(200_000, ppi=1000) == square_mm(50_000, ppi=500)
