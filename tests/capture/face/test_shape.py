"""The average face: symmetric, straight, and of human proportions."""

import numpy as np
import pytest

from capture.face.points import CHIN, COUNT, EYE_LEFT_OUTER, EYE_RIGHT_OUTER, LIP_UPPER
from capture.face.shape import mirrored, shape

NOSE_TIP, EARS, ORBITS = 1, [234, 454], [119, 348]


def test_every_point_has_its_counterpart() -> None:
    assert (mirrored()[mirrored()] == np.arange(COUNT)).all()
    assert shape()[mirrored()] * (-1, 1, 1) == pytest.approx(shape(), abs=1e-9)
    assert mirrored()[EYE_LEFT_OUTER] == EYE_RIGHT_OUTER


def test_points_on_the_midline_are_their_own_counterparts() -> None:
    own = [CHIN, LIP_UPPER, NOSE_TIP]
    assert (mirrored()[own] == own).all()


def test_ears_and_orbits_are_level() -> None:
    assert shape()[EARS, 1].mean() == pytest.approx(shape()[ORBITS, 1].mean(), abs=0.002)


def test_it_has_the_proportions_of_a_head() -> None:
    """Facts, face-cctv-console section 3: the chin is 1.7 to 1.8 eye distances below the eyes (T 0.37 H at 134 px)."""
    assert shape()[CHIN, 1] == pytest.approx(1.75, abs=0.1)
    assert np.ptp(shape()[:, 0]) == pytest.approx(2.2, abs=0.2)
    assert shape()[NOSE_TIP, 2] < min(shape()[[*EARS, *ORBITS, CHIN], 2]) - 0.4


def test_it_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        shape()[0] = 0
