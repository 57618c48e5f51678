"""The light at the seat: each fault has its advice, and light that is good has none."""

from collections.abc import Callable

import numpy as np
import pytest

from capture.errors import FrameUnusable
from capture.face.light import Light, LightAdvice, Shown, light_of
from drivers.contract import RgbPixels
from drivers.world.exposure import Automatics
from drivers.world.scene import Scene
from tests.capture.face.pictures import noise, plain
from tests.capture.face.seat import Plane, Seat

CARD = Seat(chair=None)


def _values(light: Light) -> dict[str, float]:
    return {reading.name: reading.value for reading in light.readings}


@pytest.mark.parametrize(
    "chair", [(60, 45, 40), (170, 120, 70), (215, 215, 215), (20, 20, 20)], ids=["brown", "wood", "white", "black"]
)
@pytest.mark.parametrize("shape", [(972, 1296), (1296, 972)], ids=["lying", "standing"])
def test_of_an_empty_chair_the_wall_is_measured(chair: tuple[int, int, int], shape: tuple[int, int]) -> None:
    light = light_of(Seat(chair=chair, shape=shape).lit(), Shown.CHAIR)
    assert light.advice == ()
    assert light.area_ratio == pytest.approx(1 - 0.34 * 0.45, abs=0.06)
    assert np.isnan(light.zones[-1, light.zones.shape[1] // 2])
    assert _values(light)["wall"] == pytest.approx(177, abs=1)


@pytest.mark.parametrize(
    ("falling", "advice"),
    [
        (lambda x, _: 0.7 + 0.5 * x, {LightAdvice.LAMP_LEFT}),
        (lambda x, _: 1.2 - 0.5 * x, {LightAdvice.LAMP_RIGHT}),
        (lambda _, y: 1.2 - 0.5 * y, {LightAdvice.LAMPS_LOWER}),
        (lambda _, y: 0.7 + 0.5 * y, {LightAdvice.LAMPS_HIGHER}),
        (lambda x, _: 0.5 + 0.9 * x, {LightAdvice.LAMP_LEFT, LightAdvice.LIGHT_EVENLY}),
        (lambda x, y: 0.9 + 0.5 * _bump(x - 0.3, y - 0.3), {LightAdvice.LAMP_FARTHER}),
        (lambda x, y: 1.1 - 0.45 * _bump(x - 0.8, y - 0.3), {LightAdvice.CLEAR_SHADOW}),
    ],
    ids=["left", "right", "above", "below", "far left", "near", "shadow"],
)
def test_light_that_falls_unevenly(falling: Callable[[Plane, Plane], Plane], advice: set[LightAdvice]) -> None:
    assert set(light_of(Seat().lit(falling), Shown.CHAIR).advice) == advice


def _bump(x: Plane, y: Plane) -> Plane:
    return np.asarray(np.exp(-(x**2 + y**2) / 0.02))


def test_a_lens_that_darkens_its_corners_is_no_fault() -> None:
    light = light_of(Seat().lit(lambda x, y: 1 - 0.35 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)), Shown.CHAIR)
    assert light.advice == ()


def test_the_fall_of_light_is_told_in_stops() -> None:
    values = _values(light_of(CARD.lit(lambda x, y: 2.0 ** (0.5 * x - 0.25 * y)), Shown.CARD))
    assert values["across"] == pytest.approx(0.5, abs=0.02)
    assert values["down"] == pytest.approx(-0.25, abs=0.02)
    assert values["evenness"] == pytest.approx(2.0 ** -(0.5 * 11 / 12 + 0.25 * 8 / 9), abs=0.02)


@pytest.mark.parametrize(
    ("seat", "advice"),
    [
        (Seat(wall=1.1), {LightAdvice.LESS_EXPOSURE, LightAdvice.WALL_TOO_BRIGHT}),
        (Seat(wall=0.85), {LightAdvice.WALL_TOO_BRIGHT}),
        (Seat(wall=0.3), {LightAdvice.WALL_TOO_DARK}),
        (Seat(wall=0.08), {LightAdvice.MORE_EXPOSURE, LightAdvice.WALL_TOO_DARK}),
        (Seat(noise_levels=20), {LightAdvice.MORE_LIGHT}),
        (Seat(channels=(1.15, 1.0, 0.8)), {LightAdvice.CHECK_COLOUR_WITH_CARD}),
    ],
    ids=["burnt", "bright", "grey", "dark", "noisy", "warm"],
)
def test_exposure_and_colour_of_the_wall(seat: Seat, advice: set[LightAdvice]) -> None:
    assert set(light_of(seat.lit(), Shown.CHAIR).advice) == advice


@pytest.mark.parametrize("light_ratio", [0.18, 0.88], ids=["grey", "white"])
def test_a_card_of_either_kind_is_good_and_tells_the_room_before_white(light_ratio: float) -> None:
    light = light_of(Seat(wall=light_ratio, chair=None).lit(), Shown.CARD)
    assert light.advice == ()
    assert _values(light)["head_room"] == pytest.approx(-np.log2(light_ratio), abs=0.05)
    assert "wall" not in _values(light)


def test_a_card_before_something_else_is_measured_alone() -> None:
    picture = np.full((972, 1296, 3), (90, 60, 40), np.uint8)
    picture[200:772, 200:1096] = CARD.lit()[200:772, 200:1096]
    light = light_of(picture, Shown.CARD)
    assert light.advice == ()
    assert light.area_ratio == pytest.approx(0.36, abs=0.1)
    assert _values(light)["head_room"] == pytest.approx(1.15, abs=0.05)


def test_a_card_tells_a_wrong_white_balance_for_sure() -> None:
    light = light_of(Seat(chair=None, channels=(0.8, 1.0, 1.3)).lit(), Shown.CARD)
    assert light.advice == (LightAdvice.SET_WHITE_BALANCE,)
    assert _values(light)["cast_b"] < -10


def test_the_automatics_of_the_simulated_room_are_told_until_they_have_settled() -> None:
    automatics, advice = Automatics(light_ratio=1.0), []
    for _ in range(5):
        advice.append(set(light_of(Seat(channels=automatics.channel_ratios).lit(), Shown.CHAIR).advice))
        automatics.follow()
    assert advice[0] == {LightAdvice.CHECK_COLOUR_WITH_CARD, LightAdvice.WALL_TOO_DARK}
    assert advice[-1] == set()


def test_somebody_who_sits_there_is_no_empty_chair() -> None:
    sitting = Scene(width_px=972, height_px=1296, enlargement=1.9, noise_levels=1.5).frame(0)
    light = light_of(sitting, Shown.CHAIR)
    assert (light.advice, light.readings) == ((LightAdvice.SHOW_PLAIN_AREA,), ())


@pytest.mark.parametrize("shown", list(Shown))
def test_where_nothing_is_plain_nothing_is_said_about_light(shown: Shown) -> None:
    assert light_of(noise(600, 800), shown).advice == (LightAdvice.SHOW_PLAIN_AREA,)


@pytest.mark.parametrize("level", [0, 255])
def test_a_picture_all_black_or_white_is_told(level: int) -> None:
    advice = light_of(plain(600, 800, level), Shown.CARD).advice
    assert advice == (LightAdvice.LESS_EXPOSURE if level else LightAdvice.MORE_EXPOSURE,)


@pytest.mark.parametrize("picture", [plain(100, 100), plain(2000, 10), plain(1, 1)], ids=["small", "narrow", "pixel"])
def test_a_picture_with_too_few_pixels_is_refused(picture: RgbPixels) -> None:
    with pytest.raises(FrameUnusable):
        light_of(picture, Shown.CARD)


def test_each_advice_has_a_sentence_of_its_own() -> None:
    sentences = {advice.sentence for advice in LightAdvice}
    assert len(sentences) == len(LightAdvice)
    assert all(sentence.endswith(".") for sentence in sentences)
