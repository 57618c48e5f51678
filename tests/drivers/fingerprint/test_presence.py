import numpy as np
import pytest

from drivers.contract import GreyPixels
from drivers.fingerprint.presence import Polarity, Presence, polarity_of, squares
from tests.emulators.prints import pictures


def _picture(data: bytes) -> GreyPixels:
    return np.frombuffer(data, np.uint8).reshape(480, 320)


BARE, PRESSED = _picture(pictures().bare[0]), _picture(pictures().pressed[0])


def test_squares_have_the_mean_and_variance_that_numpy_says() -> None:
    rng = np.random.default_rng(8)
    pixels = rng.integers(0, 256, (20, 35), dtype=np.uint8)
    seen = squares(pixels)
    cut = pixels[:16, :32].astype(float).reshape(2, 8, 4, 8)
    np.testing.assert_allclose(seen.level, cut.mean(axis=(1, 3)), rtol=1e-5)
    np.testing.assert_allclose(seen.variance, cut.var(axis=(1, 3)), rtol=1e-3)


def test_the_emulated_plate_is_as_uneven_as_the_facts_say() -> None:
    assert squares(BARE).activity == pytest.approx(48, abs=8)
    assert 1_000 < squares(PRESSED).activity < 4_000


@pytest.mark.parametrize(
    ("activities", "there"),
    [
        ([2_100], [False]),
        ([2_100, 2_100], [False, True]),
        # lifted between the two that must agree
        ([2_100, 48, 2_100, 2_100], [False, False, False, True]),
        ([2_100, 250, 2_100], [False, False, False]),
        # between the two limits nothing changes
        ([250, 250, 250], [False, False, False]),
        ([400, 400, 250, 160, 149, 250], [False, True, True, True, False, False]),
        ([300, 301, 301], [False, False, True]),
    ],
)
def test_presence_needs_two_pictures_and_has_two_limits(activities: list[float], there: list[bool]) -> None:
    presence = Presence()
    assert [presence.look(activity) for activity in activities] == there


def test_dark_ridges_are_told_from_light_ones() -> None:
    seen, turned = squares(PRESSED), squares(255 - PRESSED)
    assert polarity_of(seen, bare_level=None) is Polarity.DARK_RIDGES
    assert polarity_of(turned, bare_level=None) is Polarity.LIGHT_RIDGES
    assert polarity_of(seen, bare_level=float(BARE.mean())) is Polarity.DARK_RIDGES
    assert polarity_of(turned, bare_level=float((255 - BARE).mean())) is Polarity.LIGHT_RIDGES


def test_without_bare_glass_or_without_ridges_it_does_not_show() -> None:
    middle = np.ascontiguousarray(PRESSED[200:280, 120:200])
    assert polarity_of(squares(middle), bare_level=None) is None
    assert polarity_of(squares(middle), bare_level=float(BARE.mean())) is Polarity.DARK_RIDGES
    assert polarity_of(squares(BARE), bare_level=None) is None
    # ridges as bright as the glass in the mean
    level = float(np.median(squares(PRESSED).level[squares(PRESSED).variance > 300]))
    assert polarity_of(squares(PRESSED), bare_level=level + 5) is None
