import numpy as np
import pytest

from drivers.contract import UncalibratedFault
from drivers.fingerprint.ruling import Ruling, measure
from tests.drivers.fingerprint.rulings import HEIGHT_PX, WIDTH_PX, ruled, rulings

RULING = Ruling(period_mm=1.0, uncertainty_ratio=0.001)


@pytest.mark.parametrize("ppi", [(500.0, 500.0), (668.0, 407.0), (560.0, 470.0)])
def test_both_resolutions_are_found_however_the_ruling_lies(ppi: tuple[float, float]) -> None:
    scale = measure(rulings(ppi=ppi), ruling=RULING)
    assert scale.ppi_x == pytest.approx(ppi[0], rel=1e-3)
    assert scale.ppi_y == pytest.approx(ppi[1], rel=1e-3)
    assert 0.001 <= scale.uncertainty_ratio < 0.0015
    assert scale.unevenness_ratio < 0.003
    for found, true in zip((scale.ppi_x, scale.ppi_y), ppi, strict=True):
        assert abs(found / true - 1) < scale.uncertainty_ratio


@pytest.mark.parametrize("trapezium", [0.02, 0.06])
def test_a_trapezium_shows_as_unevenness(trapezium: float) -> None:
    scale = measure(rulings(ppi=(600.0, 450.0), trapezium=trapezium), ruling=RULING)
    # a third of the plate lies between a zone's middle and the plate's; the edges are not measured
    assert scale.unevenness_ratio == pytest.approx(trapezium * 0.27, rel=0.25)
    assert scale.ppi_x == pytest.approx(600, rel=0.01)


def test_pictures_that_differ_make_it_uncertain() -> None:
    pictures = [
        ruled(angle, ppi=(500.0 * (1 + number * 0.004), 500.0), seed=number)
        for angle in (0.0, 90.0)
        for number in range(5)
    ]
    scale = measure(pictures, ruling=RULING)
    expected = 2 * np.std([number * 0.004 for number in range(5)], ddof=1) / np.sqrt(5)
    assert scale.uncertainty_ratio == pytest.approx(np.hypot(expected, 0.001), rel=0.05)


def test_five_of_each_direction_are_needed_and_none_aslant() -> None:
    whole = rulings(ppi=(500.0, 500.0))
    for pictures in (whole[1:], whole[:-1], [*whole, ruled(45.0, ppi=(500.0, 500.0))]):
        with pytest.raises(UncalibratedFault, match="5 times upright"):
            measure(pictures, ruling=RULING)


def test_a_ruling_that_does_not_cover_the_plate_is_refused() -> None:
    pictures = rulings(ppi=(500.0, 500.0))
    pictures[3][:, : WIDTH_PX // 3] = 130
    with pytest.raises(UncalibratedFault, match="all over"):
        measure(pictures, ruling=RULING)


def test_a_bare_plate_is_no_ruling() -> None:
    rng = np.random.default_rng(1)
    bare = [rng.integers(120, 140, (HEIGHT_PX, WIDTH_PX)).astype(np.uint8) for _ in range(10)]
    with pytest.raises(UncalibratedFault, match="all over"):
        measure(bare, ruling=RULING)
