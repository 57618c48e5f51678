"""The page about face gates lists every degradation, and a part of it is made again.

All of it takes a minute (`image-build/face_table.py`), so the pictures that are made here are those of one gate
each from pose, expression, light, background, framing and encoding.
"""

import pytest

from capture.face.examine import Examination, FaceExaminer
from capture.face.models import load_models
from capture.profile import FaceRule
from capture.sample import Verdict
from tests.capture.face.degraded import ROWS, Degraded
from tests.capture.face.sitting import Sitting, exposed, sat
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "face-gates.md"
TRIED = (
    "tilted",
    "eyes closed",
    "looking to one side",
    "a lamp on the forehead",
    "out of focus",
    "bright",
    "busy background",
    "own shadow above the head",
    "far away",
    "JPEG artefacts",
    "no face",
)


@pytest.fixture(scope="module")
def examiner() -> FaceExaminer:
    return FaceExaminer()


@pytest.fixture(scope="module")
def sitting() -> Sitting:
    return sat(load_models())


def _failed(examination: Examination) -> set[str]:
    hint = set() if examination.hint is None else {examination.hint.value}
    return hint | {gate.id for gate in examination.gates if gate.verdict is Verdict.FAIL}


def test_the_page_has_a_row_for_each() -> None:
    lines = PAGE.read_text().splitlines()
    assert len(ROWS) == 37
    assert f"{len(ROWS)} ways" in PAGE.read_text()
    for row in ROWS:
        (line,) = (line for line in lines if line.startswith(f"| {row.what} | {row.strength} |"))
        assert f"`{row.caught_by}`" in line.split("|")[3], "run: .venv/bin/python image-build/face_table.py"
    assert "| the good one | - | none | - | - | - |" in lines


def test_the_good_portrait_is_caught_by_nothing(examiner: FaceExaminer, sitting: Sitting) -> None:
    examination = examiner.examine(exposed(sitting.picture), FaceRule())
    assert _failed(examination) == set()
    assert examination.hint is None


@pytest.mark.parametrize("row", [row for row in ROWS if row.what in TRIED], ids=lambda row: row.what)
def test_a_degraded_portrait_is_caught_by_its_gate(examiner: FaceExaminer, sitting: Sitting, row: Degraded) -> None:
    assert row.caught_by in _failed(examiner.examine(row.make(sitting), FaceRule()))


def test_the_ones_that_are_tried_are_there() -> None:
    assert {row.what for row in ROWS} >= set(TRIED)
