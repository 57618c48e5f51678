from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from drivers.contract import DeviceKind, Facts, UncalibratedFault
from drivers.fingerprint.calibration import Calibration, calibrate
from drivers.fingerprint.ruling import Ruling, measure
from tests.drivers.fingerprint.rulings import rulings
from tests.drivers.fingerprint.uareus import calibration

FACTS = Facts(DeviceKind.FINGERPRINT, "a make", "a model", "{42}", "1.03", certified=False, simulated=False)
RULING = Ruling(period_mm=1.0, uncertainty_ratio=0.001)


def _measured() -> Calibration:
    return calibrate(rulings(ppi=(668.0, 407.0)), ruling=RULING, facts=FACTS, taken_on=date(2026, 1, 15))


def test_a_calibration_names_the_sensor_the_day_and_the_method_and_survives_its_file(tmp_path: Path) -> None:
    found = _measured()
    assert (found.model, found.serial, found.taken_on, found.pictures) == ("a model", "{42}", date(2026, 1, 15), 10)
    assert "ruling" in found.method
    found.need_for(FACTS)
    path = tmp_path / "one.json"
    for _ in range(2):
        found.store(path)
    assert Calibration.load(path) == found


def test_square_pixels_have_the_coarser_resolution_in_both_directions() -> None:
    found = _measured()
    assert found.ppi == found.ppi_y
    smaller = [found.squared(picture) for picture in rulings(ppi=(668.0, 407.0))]
    assert {picture.shape for picture in smaller} == {(290, round(384 * found.ppi_y / found.ppi_x))}
    again = measure(smaller, ruling=RULING)
    assert [again.ppi_x, again.ppi_y] == pytest.approx([found.ppi, found.ppi], rel=1e-3)


def test_square_pixels_stay_as_they_are() -> None:
    picture = np.arange(384 * 290, dtype=np.uint32).astype(np.uint8).reshape(290, 384)
    squared = calibration(ppi_x=500.0, ppi_y=500.0).squared(picture)
    assert np.array_equal(squared, picture)
    assert squared is not picture


@pytest.mark.parametrize("facts", [replace(FACTS, serial="{43}"), replace(FACTS, model="another")])
def test_it_is_of_one_unit(facts: Facts) -> None:
    with pytest.raises(UncalibratedFault, match="of another"):
        _measured().need_for(facts)


@pytest.mark.parametrize(("uncertainty", "unevenness"), [(0.0101, 0.0), (0.002, 0.0081)])
def test_one_that_may_be_wrong_by_more_than_a_hundredth_labels_nothing(uncertainty: float, unevenness: float) -> None:
    poor = calibration(model="a model", serial="{42}", uncertainty_ratio=uncertainty, unevenness_ratio=unevenness)
    with pytest.raises(UncalibratedFault, match=r"wrong by 1\.0 %"):
        poor.need_for(FACTS)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '{"ppi_x": 500}', calibration().model_dump_json().replace("668.0", "NaN"), "x" * 20_000],
    ids=range(6),
)
def test_a_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(text)
    with pytest.raises(UncalibratedFault, match="cannot be read"):
        Calibration.load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UncalibratedFault, match="cannot be read"):
        Calibration.load(tmp_path / "gone.json")


def test_pictures_of_two_sizes_are_of_two_sensors() -> None:
    pictures = rulings(ppi=(500.0, 500.0))
    for wrong in ([], [*pictures, pictures[0][:-1]]):
        with pytest.raises(UncalibratedFault, match="one size"):
            calibrate(wrong, ruling=RULING, facts=FACTS, taken_on=date(2026, 1, 15))
