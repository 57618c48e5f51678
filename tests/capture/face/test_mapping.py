"""The mapping: OFIQ's own expected results, and what they do not reach."""

import csv
from pathlib import Path

import pytest

from capture.face.mapping import ComponentName, mapped

TABLE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ofiq" / "expected_results.csv"

needs_table = pytest.mark.skipif(not TABLE.is_file(), reason="OFIQ's expected results are not beside the repository")


def _rows() -> list[dict[str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table, delimiter=";"))


@needs_table
@pytest.mark.parametrize("name", ComponentName)
def test_every_expected_value_comes_out_exactly(name: ComponentName) -> None:
    rows = _rows()
    assert len(rows) == 28
    expected = [int(row[f"{name}.scalar"]) for row in rows]
    assert [mapped(name, float(row[name])) for row in rows] == expected


@needs_table
def test_the_names_are_the_tables_in_its_order() -> None:
    columns = [column for column in _rows()[0] if column not in {"", "Filename"} and not column.endswith(".scalar")]
    assert columns == list(ComponentName)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (ComponentName.UNIFIED_QUALITY_SCORE, 0x41),
        (ComponentName.SHARPNESS, 0x49),
        (ComponentName.COMPRESSION_ARTIFACTS, 0x4A),
        (ComponentName.EYES_VISIBLE, 0x4F),
        (ComponentName.MOUTH_OCCLUSION_PREVENTION, 0x50),
        (ComponentName.HEAD_POSE_ROLL, 0x5A),
        (ComponentName.NO_HEAD_COVERINGS, 0x5C),
    ],
)
def test_the_codes_are_the_standards(name: ComponentName, code: int) -> None:
    assert name.code == code


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        (ComponentName.INTER_EYE_DISTANCE, 40, 18),
        (ComponentName.INTER_EYE_DISTANCE, 90, 73),
        (ComponentName.INTER_EYE_DISTANCE, 160, 99),
        (ComponentName.HEAD_POSE_YAW, -15, 93),
        (ComponentName.HEAD_POSE_YAW, 30, 75),
        (ComponentName.HEAD_POSE_PITCH, 120, 0),
        (ComponentName.HEAD_SIZE, 0.45, 100),
        (ComponentName.HEAD_SIZE, 0.40, 54),
        (ComponentName.HEAD_SIZE, 0.50, 54),
        (ComponentName.HEAD_SIZE, 0.30, 9),
        (ComponentName.BACKGROUND_UNIFORMITY, 0, 100),
        (ComponentName.BACKGROUND_UNIFORMITY, 50, 76),
        (ComponentName.BACKGROUND_UNIFORMITY, 150, 38),
        (ComponentName.DYNAMIC_RANGE, 5, 63),
        (ComponentName.DYNAMIC_RANGE, 7, 88),
        (ComponentName.SHARPNESS, -20, 44),
        (ComponentName.SHARPNESS, 0, 77),
        (ComponentName.SHARPNESS, 20, 94),
        (ComponentName.UNIFIED_QUALITY_SCORE, 18, 13),
        (ComponentName.UNIFIED_QUALITY_SCORE, 24, 59),
        (ComponentName.OVER_EXPOSURE_PREVENTION, 0.04, 20),
        (ComponentName.OVER_EXPOSURE_PREVENTION, 1, 1),
        (ComponentName.UNDER_EXPOSURE_PREVENTION, 0.92, 40),
        (ComponentName.UNDER_EXPOSURE_PREVENTION, 1, 0),
        (ComponentName.NO_HEAD_COVERINGS, 0.95, 0),
        (ComponentName.EXPRESSION_NEUTRALITY, -1e9, 0),
    ],
)
def test_values_that_the_facts_name_or_that_lie_beyond_the_table(name: ComponentName, raw: float, value: int) -> None:
    assert mapped(name, raw) == value
