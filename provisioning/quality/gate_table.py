"""The words beside a picture that explains: what to do, then each gate with its value, its limit and its colour."""

from collections.abc import Sequence
from typing import Final

from PIL import ImageDraw, ImageFont

from capture.face.examine import Examination
from capture.sample import Gate, Verdict
from provisioning.quality.explain import fitted

TITLE_PX, LINE_PX, ROW_PX, TEXT_PX = 34, 20, 25, 15
CHIP_PX: Final = 14
UNITS: Final = {"px", "deg", "levels"}
"""What is worth saying beside a value; a ratio is one without the word."""
COLUMNS_PX: Final = (24, 176, 282)
"""Where a gate's name, value and limit begin, from its chip's left side."""
TABLE_PX: Final = 410

_INK, _SOFT, _PAPER, _RULE = (22, 32, 43), (91, 104, 118), (255, 255, 255), (226, 231, 236)
_VERDICT: Final = {Verdict.PASS: (27, 120, 55), Verdict.FAIL: (178, 24, 43), Verdict.NOT_ASSESSED: (150, 158, 166)}
_SIGN: Final[dict[Verdict, list[list[tuple[int, int]]]]] = {
    Verdict.PASS: [[(3, 7), (6, 11), (11, 3)]],
    Verdict.FAIL: [[(3, 3), (11, 11)], [(3, 11), (11, 3)]],
    Verdict.NOT_ASSESSED: [[(3, 7), (11, 7)]],
}
"""Strokes in a chip, as (x, y)."""

Colour = tuple[int, int, int]
Place = tuple[int, int]
"""A pixel of the sheet as (x, y)."""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class GateTable:
    """What is said beside the pictures: first what to do, then each gate in a row."""

    def __init__(self, examination: Examination) -> None:
        """:param examination: what the table tells of."""
        self.font = ImageFont.load_default(TEXT_PX)
        self._title = ImageFont.load_default(TEXT_PX + 5)
        self._gates: Sequence[Gate] = examination.gates
        self._verdict, self._colour = _outcome(examination.retake is not None, examination.failed)
        self._lines = [line for reason in examination.reasons for line in fitted(reason, self.font, width_px=TABLE_PX)]

    @property
    def height_px(self) -> int:
        """How much room the words need."""
        return TITLE_PX + len(self._lines) * LINE_PX + (len(self._gates) + 1) * ROW_PX

    def write(self, draw: ImageDraw.ImageDraw, place: Place) -> None:
        """Write everything, beginning at this place (x, y)."""
        left, top = place
        draw.text((left, top - 3), self._verdict, fill=self._colour, font=self._title)
        top += TITLE_PX
        for line in self._lines:
            draw.text((left, top), line, fill=_INK, font=self.font)
            top += LINE_PX
        top += LINE_PX // 2
        for gate in self._gates:
            self._row(draw, (left, top), gate=gate)
            top += ROW_PX

    def _row(self, draw: ImageDraw.ImageDraw, place: Place, *, gate: Gate) -> None:
        left, top = place
        colour = _VERDICT[gate.verdict]
        draw.line((left, top - 4, left + TABLE_PX, top - 4), fill=_RULE)
        _chip(draw, (left, top + 1), verdict=gate.verdict)
        value = "-" if gate.value is None else f"{gate.value:g} {gate.unit if gate.unit in UNITS else ''}"
        for column, text in zip(COLUMNS_PX, (gate.id.replace("_", " "), value, gate.limit), strict=True):
            ink = colour if column == COLUMNS_PX[1] else _INK if column == COLUMNS_PX[0] else _SOFT
            draw.text((left + column, top - 1), text, fill=ink, font=self.font)


def _chip(draw: ImageDraw.ImageDraw, place: Place, *, verdict: Verdict) -> None:
    """A square in the verdict's colour with its sign, for eyes that do not tell red from green."""
    left, top = place
    draw.rectangle((left, top, left + CHIP_PX, top + CHIP_PX), fill=_VERDICT[verdict])
    for stroke in _SIGN[verdict]:
        draw.line([(left + x, top + y) for x, y in stroke], fill=_PAPER, width=2)


def _outcome(prevented: bool, failed: Sequence[Gate]) -> tuple[str, Colour]:
    if prevented:
        return "No portrait", _VERDICT[Verdict.FAIL]
    if failed:
        return f"{len(failed)} gate{'s' if len(failed) > 1 else ''} failed", _VERDICT[Verdict.FAIL]
    return "Nothing failed", _VERDICT[Verdict.PASS]
