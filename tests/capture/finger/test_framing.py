"""From any frame to the print that records carry, and what is no finger."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.finger.errors import PrintFrameUnusable, PrintInverted, PrintResolutionUnfit
from capture.finger.framing import BARE, FramedPrint, frame_print
from capture.finger.segment import look
from capture.profile import FingerRule
from drivers.contract import Frame, GreyPixels, Hint, Retake
from tests.capture.finger.pattern import NAMES, example, finger, frame, needs_examples, places, stripes
from tests.capture.finger.plates import on_large_plate, pressed, sunlit

RULE = FingerRule()


def framed(pixels: GreyPixels, *, ppi: float = 500.0) -> FramedPrint:
    found = frame_print(frame(pixels, ppi=ppi), rule=RULE)
    assert isinstance(found, FramedPrint)
    assert found.pixels.shape == (480, 320)
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags.c_contiguous
    return found


def middle(pixels: GreyPixels) -> tuple[float, float]:
    return look(pixels).middle_px


@needs_examples
@pytest.mark.parametrize("name", NAMES)
def test_a_published_print_is_cut_out_around_its_middle(name: str) -> None:
    print_ = example(name)
    left, top = (round(place - half) for place, half in zip(middle(print_), (160, 240), strict=True))
    assert np.array_equal(framed(print_).pixels, print_[top : top + 480, left : left + 320])
    inked = np.flatnonzero(print_.mean(axis=1) < 240)
    assert (left, top) == pytest.approx((48, (inked[0] + inked[-1]) / 2 - 240), abs=12)


@pytest.mark.parametrize("middle_px", [(0.0, 0.0), (-90.0, 60.0), (110.0, -70.0)])
def test_a_finger_on_a_large_sensor_comes_to_the_middle(middle_px: tuple[float, float]) -> None:
    pixels = finger(700, 700, middle_px=middle_px)
    assert middle(framed(pixels).pixels) == pytest.approx((160, 240), abs=8)


def test_a_frame_of_the_right_size_is_taken_as_it_is() -> None:
    pixels = finger(middle_px=(60.0, 50.0))
    assert np.array_equal(framed(pixels).pixels, pixels)


def test_a_small_frame_gets_bare_plate_around() -> None:
    pixels = finger(300, 256, half_axes_px=(110.0, 140.0))
    print_ = framed(pixels).pixels
    rows, columns = np.flatnonzero((print_ < BARE - 25).any(axis=1)), np.flatnonzero((print_ < BARE - 25).any(axis=0))
    assert (print_ == BARE).mean() == pytest.approx(1 - 300 * 256 / (480 * 320), abs=0.01)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(160, abs=10)
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(240, abs=10)


def test_the_print_has_memory_of_its_own() -> None:
    given_ = frame(finger())
    found = frame_print(given_, rule=RULE)
    assert isinstance(found, FramedPrint)
    before = found.pixels.copy()
    given_.zero()
    assert np.array_equal(found.pixels, before)


def test_area_is_in_square_millimetres() -> None:
    area_mm2 = np.pi * 110 * 170 * (25.4 / 500) ** 2
    assert framed(finger()).area_mm2 == pytest.approx(area_mm2, rel=0.15)
    twice = cv2.resize(finger(), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    assert framed(np.asarray(twice, dtype=np.uint8), ppi=1000).area_mm2 == pytest.approx(area_mm2, rel=0.15)


@pytest.mark.parametrize("ppi", [495.0, 500.0, 505.0])
def test_a_resolution_within_a_hundredth_is_taken_as_it_is(ppi: float) -> None:
    assert np.array_equal(framed(finger(), ppi=ppi).pixels, finger())


@pytest.mark.parametrize("ppi", [512.0, 1000.0])
def test_a_finer_sensor_is_brought_to_the_profiles_resolution(ppi: float) -> None:
    scale = ppi / 500
    half_axes_px = (110 * scale, 170 * scale)
    pixels = finger(round(480 * scale), round(320 * scale), half_axes_px=half_axes_px, period_px=9 * scale)
    inside = framed(pixels, ppi=ppi).pixels < 200
    assert np.ptp(np.flatnonzero(inside.any(axis=0))) == pytest.approx(220, abs=8)
    assert np.ptp(np.flatnonzero(inside.any(axis=1))) == pytest.approx(340, abs=8)


def no_finger() -> dict[str, GreyPixels]:
    rng = np.random.default_rng(11)
    x, y = places(480, 320)
    text = np.full((480, 320), 250, np.uint8)
    for row in range(10, 480, 30):
        cv2.putText(text, "Quick brown fox jumps", (2, row), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20,), 2, cv2.LINE_AA)
    dirt = np.full((480, 320), 250, np.uint8)
    for _ in range(100):
        spot = (int(rng.integers(320)), int(rng.integers(480)))
        cv2.circle(dirt, spot, int(rng.integers(1, 6)), (int(rng.integers(150)),), -1, cv2.LINE_AA)
    pale = finger(depth=0.2, half_axes_px=(150.0, 230.0))
    return {
        "white": np.full((480, 320), 255, np.uint8),
        "grey": np.full((480, 320), 128, np.uint8),
        "black": np.zeros((480, 320), np.uint8),
        "noise": np.clip(rng.normal(240, 6, (480, 320)), 0, 255).astype(np.uint8),
        "strong noise": rng.integers(0, 256, (480, 320), dtype=np.uint8),
        "text": text,
        "dirt": dirt,
        "latent print": np.where(np.sin(x / 25) + np.sin(y / 40) > 0, pale, 250).astype(np.uint8),
        "sunlight": np.clip(60 + 0.6 * x + 0.2 * y + rng.normal(0, 2, x.shape), 0, 255).astype(np.uint8),
        "sunbeam": np.where(x + y / 3 > 0, 240, 60).astype(np.uint8),
        "window": np.clip(255 - 200 * np.exp(-(x**2 + y**2) / 16_000), 0, 255).astype(np.uint8),
        "wide stripes": stripes(480, 320, period_px=40),
        "large and bare": np.full((1600, 1500), 250, np.uint8),
    }


HINTS = {
    **dict.fromkeys(("white", "grey", "black", "large and bare"), Hint.NO_FINGER),
    **dict.fromkeys(("noise", "strong noise", "dirt", "latent print", "wide stripes"), Hint.CLEAN_PLATE),
    **dict.fromkeys(("text", "sunlight", "sunbeam", "window"), Hint.SHADE_PLATE),
}


@pytest.mark.parametrize(("name", "pixels"), no_finger().items(), ids=no_finger().keys())
def test_what_is_no_finger_is_none_and_the_hint_says_what_it_is(name: str, pixels: GreyPixels) -> None:
    assert frame_print(frame(pixels), rule=RULE) == Retake(HINTS[name])


def test_an_inverted_picture_is_the_machines_failure() -> None:
    for pixels in (finger(), pressed(), pressed(moisture_ratio=0.0)):
        with pytest.raises(PrintInverted) as caught:
            frame_print(frame(255 - pixels), rule=RULE)
        assert caught.value.code == "print-inverted"
    assert isinstance(frame_print(frame(sunlit(pressed(), levels=150)), rule=RULE), FramedPrint)


@pytest.mark.parametrize("ppi", [500.0, 512.0, 600.0, 1000.0])
@pytest.mark.parametrize("corner_px", [(0, 0), (300, 200), (130, 60)])
def test_the_finger_of_any_sensor_is_centred_and_where_it_lies_is_noted(ppi: float, corner_px: tuple[int, int]) -> None:
    plate = on_large_plate(pressed(), size_px=(800, 700), corner_px=corner_px)
    scale = ppi / 500
    sides = (round(700 * scale), round(800 * scale))
    larger = np.asarray(cv2.resize(plate, sides, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    found = framed(larger, ppi=ppi)
    area = found.area
    assert area.sensor_ppi == ppi
    assert area.scale_ratio == pytest.approx(500 / ppi)
    inked = found.pixels[area.y_px : area.y_px + area.height_px, area.x_px : area.x_px + area.width_px] < 200
    assert inked.sum() > 0.97 * (found.pixels < 200).sum()
    assert area.area_mm2 == pytest.approx(206, rel=0.05)
    if corner_px != (0, 0):
        assert (area.x_px + area.width_px / 2, area.y_px + area.height_px / 2) == pytest.approx((160, 240), abs=5)


def test_a_second_copy_of_the_picture_is_overwritten() -> None:
    """What a finer sensor's picture was brought to lives no longer than the cutting."""
    twice = np.asarray(cv2.resize(finger(), None, fx=2, fy=2), dtype=np.uint8)
    found = framed(twice, ppi=1000)
    assert found.pixels.base is None
    assert twice.any()
    found.zero()
    assert not found.pixels.any()


@pytest.mark.parametrize("half_axes_px", [(60.0, 70.0), (30.0, 90.0)])
def test_too_little_of_a_finger_is_to_be_centred(half_axes_px: tuple[float, float]) -> None:
    assert frame_print(frame(finger(half_axes_px=half_axes_px)), rule=RULE) == Retake(Hint.CENTRE_FINGER)


def test_a_finger_mostly_off_the_plate_is_to_be_centred() -> None:
    assert frame_print(frame(finger(middle_px=(170.0, 180.0))), rule=RULE) == Retake(Hint.CENTRE_FINGER)


def test_a_faint_print_asks_for_more_pressure() -> None:
    assert frame_print(frame(finger(depth=0.2)), rule=RULE) == Retake(Hint.PRESS_HARDER)


def test_a_black_smear_asks_for_less() -> None:
    x, y = places(480, 320)
    smear = np.where(np.hypot(x / 110, y / 170) < 1, 30, 250).astype(np.uint8)
    smear = np.asarray(cv2.GaussianBlur(smear, (0, 0), 3), dtype=np.uint8)
    assert frame_print(frame(smear), rule=RULE) == Retake(Hint.PRESS_LIGHTER)


@pytest.mark.parametrize("ppi", [None, 0.0, -500.0, float("nan"), float("inf"), 250.0, 494.0])
def test_an_unfit_resolution_is_the_machines_failure(ppi: float | None) -> None:
    with pytest.raises(PrintResolutionUnfit) as caught:
        frame_print(frame(finger(), ppi=ppi), rule=RULE)
    assert caught.value.code == "print-resolution-unfit"


def test_a_profile_of_another_resolution_is_refused() -> None:
    with pytest.raises(PrintResolutionUnfit):
        frame_print(frame(finger(), ppi=1000.0), rule=FingerRule(ppi=1000))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1), np.uint8),
        np.zeros((0, 0), np.uint8),
        np.zeros((4000, 4000), np.uint8),
        np.zeros((480, 320, 3), np.uint8),
        np.zeros((480, 320), np.uint16),
        np.full((480, 320), np.nan, np.float32),
        np.zeros((480 * 320,), np.uint8),
    ],
)
def test_an_unusable_frame_is_the_machines_failure(pixels: np.ndarray) -> None:
    with pytest.raises(PrintFrameUnusable) as caught:
        frame_print(frame(pixels), rule=RULE)
    assert caught.value.code == "print-frame-unusable"
    assert caught.value.sentence.endswith(".")


def test_a_frame_that_its_resolution_leaves_nothing_of_is_unusable() -> None:
    with pytest.raises(PrintFrameUnusable):
        frame_print(frame(finger(), ppi=1e9), rule=RULE)


@settings(max_examples=40, deadline=None)
@given(
    height_px=st.integers(128, 700),
    width_px=st.integers(128, 700),
    ppi=st.sampled_from([500.0, 508.0, 1000.0]),
    seed=st.integers(0, 99),
)
def test_any_usable_frame_gives_a_print_or_a_hint(height_px: int, width_px: int, ppi: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height_px // 5 + 1, width_px // 5 + 1), dtype=np.uint8)
    pixels = finger(height_px, width_px, half_axes_px=(width_px / 2.2, height_px / 2.2))
    if seed % 2:
        pixels = np.asarray(cv2.resize(coarse, (width_px, height_px)), dtype=np.uint8)
    found = frame_print(Frame(np.asfortranarray(pixels)[::-1], taken_ns=0, ppi=ppi), rule=RULE)
    assert isinstance(found, Retake) or found.pixels.shape == (480, 320)
