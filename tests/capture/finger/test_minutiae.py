"""A known ending and a known fork are found where they are, with their kind and direction, however they are turned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.finger.minutiae import Kind, Minutiae, find_minutiae
from drivers.contract import GreyPixels
from tests.capture.finger.minutia import UNTIMED, off_rad, one_minutia, some_minutiae
from tests.capture.finger.pattern import NAMES, example, expected, finger, needs_examples, stripes


@UNTIMED
@given(kind=st.sampled_from(Kind), turn_deg=st.floats(0, 360), period_px=st.floats(7.5, 10.5))
def test_one_minutia_is_found_with_its_place_kind_and_direction(kind: Kind, turn_deg: float, period_px: float) -> None:
    found = find_minutiae(one_minutia(kind, turn_deg=turn_deg, period_px=period_px))
    assert len(found) == 1
    assert np.hypot(found.x_px[0] - 99.5, found.y_px[0] - 99.5) < 8
    assert off_rad(found.angle_rad[0], np.deg2rad(turn_deg)) < np.deg2rad(20)
    assert 0 <= found.angle_rad[0] < 2 * np.pi
    assert found.kind[0] == kind
    assert found.quality[0] > 60


@pytest.mark.parametrize("kind", Kind)
def test_in_the_negative_an_ending_is_a_fork_and_keeps_its_direction(kind: Kind) -> None:
    pixels = one_minutia(kind, turn_deg=40)
    other = find_minutiae(255 - pixels)
    assert other.kind.tolist() == [Kind.ENDING + Kind.BIFURCATION - kind]
    assert off_rad(other.angle_rad[0], find_minutiae(pixels).angle_rad[0]) < np.deg2rad(15)


@pytest.mark.parametrize("kind", Kind)
def test_in_the_mirror_it_keeps_its_kind_and_its_direction_is_mirrored(kind: Kind) -> None:
    found = find_minutiae(np.ascontiguousarray(one_minutia(kind, turn_deg=30)[:, ::-1]))
    assert found.kind.tolist() == [kind]
    assert off_rad(found.angle_rad[0], np.deg2rad(150)) < np.deg2rad(15)


@pytest.mark.parametrize("turn_deg", range(0, 180, 15))
def test_stripes_have_no_minutiae(turn_deg: int) -> None:
    assert len(find_minutiae(stripes(300, 240, period_px=9, turn_deg=turn_deg))) == 0


def test_the_rim_of_a_finger_has_none() -> None:
    found = find_minutiae(finger())  # its ridges are rings around a point above the middle, which is no whole ring
    away = ((found.x_px - 159.5) / 110) ** 2 + ((found.y_px - 239.5) / 170) ** 2
    assert (away < 0.95).all()


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (40, 20), (36, 36), (480, 320), (1000, 800)])
@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_picture_of_one_shade_has_none(shape: tuple[int, int], level: int) -> None:
    assert len(find_minutiae(np.full(shape, level, np.uint8))) == 0


@UNTIMED
@given(height=st.integers(1, 90), width=st.integers(1, 90), seed=st.integers(0, 99))
def test_any_small_picture_of_noise_is_taken(height: int, width: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    inside(find_minutiae(noise), noise)


@pytest.mark.parametrize("shape", [(480, 320), (481, 323), (560, 416), (1000, 800)])
def test_what_is_found_lies_in_the_picture(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    inside(find_minutiae(noise), noise)


def inside(found: Minutiae, pixels: GreyPixels) -> None:
    fields = (found.x_px, found.y_px, found.angle_rad, found.kind, found.quality)
    assert {field.shape for field in fields} == {(len(found),)}
    assert ((found.x_px >= 0) & (found.x_px < pixels.shape[1])).all()
    assert ((found.y_px >= 0) & (found.y_px < pixels.shape[0])).all()
    assert (found.quality <= 100).all()
    assert np.isin(found.kind, list(Kind)).all()


def test_the_picture_is_not_written_to_and_its_layout_changes_nothing() -> None:
    pixels = one_minutia(Kind.ENDING)
    before = pixels.copy()
    pixels.flags.writeable = False
    one, other = find_minutiae(pixels), find_minutiae(np.asfortranarray(pixels))
    assert np.array_equal(pixels, before)
    assert np.array_equal(one.x_px, other.x_px)
    assert np.array_equal(one.angle_rad, other.angle_rad)


def test_the_clearest_are_the_best_in_their_order() -> None:
    minutiae = some_minutiae(30)
    few = minutiae.clearest(10)
    assert len(few) == 10
    assert few.quality.min() >= np.sort(minutiae.quality)[-10]
    assert [x for x in minutiae.x_px if x in few.x_px] == few.x_px.tolist()
    assert np.array_equal(minutiae.clearest(99).x_px, minutiae.x_px)


def test_none_are_none() -> None:
    assert len(Minutiae.none()) == 0


@needs_examples
@pytest.mark.parametrize("name", NAMES)
def test_on_the_published_examples_nearly_as_many_are_found_as_there_fingerjetfx_finds(name: str) -> None:
    assert len(find_minutiae(example(name))) == pytest.approx(expected(name)["FingerJetFX_MinutiaeCount"], rel=0.1)
