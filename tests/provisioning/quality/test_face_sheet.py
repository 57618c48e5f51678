"""The pictures that explain: what is drawn on them is read back from their pixels."""

import numpy as np
import pytest

from capture.face.examine import Examination, FaceExaminer
from capture.profile import FaceRule
from capture.sample import Verdict
from drivers.contract import RgbPixels
from drivers.world.photograph import astronaut
from provisioning.quality.face_sheet import sheet
from tests.capture.face.pictures import enlarged

GREEN, RED, GREY = (27, 120, 55), (178, 24, 43), (150, 158, 166)
CHIPS_LEFT_PX, CHIPS_RIGHT_PX = 1032, 1047
"""Where the gates' chips stand on a sheet of three columns."""


@pytest.fixture(scope="module")
def picture() -> RgbPixels:
    return enlarged(astronaut(), 3.2)


@pytest.fixture(scope="module")
def examination(picture: RgbPixels) -> Examination:
    return FaceExaminer().examine(picture, FaceRule())


def _chips(page: RgbPixels) -> list[tuple[int, ...]]:
    """The colour of each chip from above, read at its upper edge."""
    column = page[:, CHIPS_LEFT_PX:CHIPS_RIGHT_PX]
    edges = [y for y in range(len(column)) if _chip_at(column, y) and not _chip_at(column, y - 1)]
    return [tuple(int(level) for level in column[y, 0]) for y in edges]


def _chip_at(column: RgbPixels, y: int) -> bool:
    return tuple(column[y, 0]) in {GREEN, RED, GREY} and bool((column[y, :2] == column[y, 0]).all())


def test_every_gate_has_its_colour(picture: RgbPixels, examination: Examination) -> None:
    colours = {Verdict.PASS: GREEN, Verdict.FAIL: RED, Verdict.NOT_ASSESSED: GREY}
    assert _chips(sheet(picture, examination)) == [colours[gate.verdict] for gate in examination.gates]


def test_the_portrait_keeps_its_pixels_where_nothing_is_drawn(picture: RgbPixels, examination: Examination) -> None:
    """At full size, so that what one sees is what the receiver gets."""
    assert examination.subject is not None
    assert examination.zones is not None
    panel = sheet(picture, examination)[58:698, 528:1008]
    untouched = ~examination.zones.background
    untouched[100:] = False
    same = (panel == examination.subject.portrait).all(axis=2)
    assert same[untouched].mean() > 0.97
    assert not same[~untouched][: 40 * 480].all()


def test_a_smaller_sheet_does_for_a_picture_without_faces(picture: RgbPixels) -> None:
    nothing = np.full((300, 400, 3), 90, np.uint8)
    page = sheet(nothing, FaceExaminer().examine(nothing, FaceRule()))
    assert page.shape[1] < 1000
    assert (page[58 : 58 + 360, 24 : 24 + 480] == 90).all()
