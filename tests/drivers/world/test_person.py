"""The one photograph, warped: what moves, what does not, and which way. What a judge reads of it: tests/capture."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.contract import RgbPixels
from drivers.world.person import AT_REST, Pose, posed
from drivers.world.photograph import astronaut

EYES = slice(85, 112), slice(190, 260)
MOUTH = slice(132, 165), slice(200, 247)
HEAD = slice(15, 235), slice(120, 330)
NOSE = slice(108, 156), slice(200, 248)


def _changed(pose: Pose) -> NDArray[np.bool_]:
    return np.asarray((posed(pose) != astronaut()).any(axis=2))


def test_at_rest_she_is_the_photograph_to_the_byte_and_whoever_has_it_may_write_on_it() -> None:
    first = posed(AT_REST)
    first[:] = 0
    assert np.array_equal(posed(AT_REST), astronaut())


@pytest.mark.parametrize(
    ("pose", "place"),
    [
        (Pose(eyes_open_ratio=0), EYES),
        (Pose(eyes_open_ratio=0.6), EYES),
        (Pose(mouth_open_ratio=0), MOUTH),
        (Pose(mouth_open_ratio=2), MOUTH),
        (Pose(yaw_deg=20, pitch_deg=-20, eyes_open_ratio=0), HEAD),
    ],
)
def test_only_what_is_asked_for_moves(pose: Pose, place: tuple[slice, slice]) -> None:
    changed = _changed(pose)
    assert changed[place].mean() > 0.1
    changed[place] = False
    assert not changed.any()


def test_a_lid_covers_the_pupil_and_a_lip_the_teeth() -> None:
    # the pixels of the open eye and of the open mouth, by their colours
    dark = (astronaut()[EYES].max(axis=2) < 40).sum()
    assert (posed(Pose(eyes_open_ratio=0))[EYES].max(axis=2) < 40).sum() < 0.5 * dark
    shown = [_teeth(posed(Pose(mouth_open_ratio=ratio))) for ratio in (0, 1, 2)]
    assert shown[0] < 0.3 * shown[1]
    assert shown[2] > 1.3 * shown[1]


def _teeth(picture: RgbPixels) -> int:
    """Bright pixels that have less colour than skin and lips."""
    mouth = picture[MOUTH]
    return int(((mouth.min(axis=2) > 170) & (np.ptp(mouth, axis=2) < 30)).sum())


@pytest.mark.parametrize(
    ("pose", "direction"),
    [
        (Pose(yaw_deg=10), (1, 0)),
        (Pose(yaw_deg=-10), (-1, 0)),
        (Pose(pitch_deg=10), (0, 1)),
        (Pose(pitch_deg=-10), (0, -1)),
    ],
)
def test_the_nose_goes_where_the_head_turns(pose: Pose, direction: tuple[int, int]) -> None:
    before, after = (_grey(picture)[NOSE] for picture in (astronaut(), posed(pose)))
    went, _ = cv2.phaseCorrelate(before, after, cv2.createHanningWindow((48, 48), cv2.CV_64F))
    assert went == pytest.approx([12 * one for one in direction], abs=2)


def _grey(picture: RgbPixels) -> NDArray[np.float64]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float64)
