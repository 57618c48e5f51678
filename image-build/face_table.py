"""Writes docs/face-gates.md: degraded versions of one good portrait, and the gate that caught each.

    python image-build/face_table.py [--sheet FILE]

Ends with 1, and writes nothing, when one is not caught by the gate that it is for or the good one by any. The pictures
are made from the photograph in the demo extra and are not kept; `--sheet` writes them all on one sheet, to look at.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from capture.face.examine import Examination, FaceExaminer  # noqa: E402
from capture.face.models import load_models  # noqa: E402
from capture.profile import FaceRule  # noqa: E402
from capture.sample import Gate  # noqa: E402
from drivers.contract import Hint, RgbPixels  # noqa: E402
from tests.capture.face.degraded import ROWS  # noqa: E402
from tests.capture.face.sitting import HEIGHT_PX, WIDTH_PX, exposed, sat  # noqa: E402

TARGET = ROOT / "docs" / "face-gates.md"
GOOD = "the good one"
SHEET_COLUMNS, TILE_PX, LABEL_PX = 8, (240, 320), 38
HEAD_BOX = (540, 720, 1320, 1760)
"""Left, upper, right and lower side of the head and shoulders in a whole picture."""

HEAD = """# Face gates: what catches what

Written by `python image-build/face_table.py` out of the code; tests go through a part of it. For integrators and
auditors, as evidence for R-FACE-3: one good portrait, {count} ways in which it goes wrong, and the gate that catches
each. A gate is a requirement with a value and a limit; a *hint* means that no portrait is made at all.

One photograph in the public domain (NASA, from scikit-image) stands in for a sitting: its lips are drawn together, its
background is taken away by the person mask, and it is set before a plain wall on a sensor of {width} x {height} pixels,
with {inter_eye:.0f} of them between the eyes. It shows that each gate does its work and at which strength it was tried;
one face cannot show error rates, and none are claimed. Limits and where they come from: `capture/face/limits.py`.
"""
TAIL = """
*Also failed* are gates that rightly see the same fault from another side, or that read a face less well because of it.
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one picture."""

    what: str
    strength: str
    caught_by: str | None
    picture: RgbPixels
    examination: Examination

    @property
    def failed(self) -> dict[str, Gate]:
        """The gates that failed, by their ids."""
        return {gate.id: gate for gate in self.examination.failed}

    @property
    def right(self) -> bool:
        """Whether what should catch it does, or, for the good one, nothing."""
        if self.caught_by is None:
            return not self.failed and self.examination.hint is None
        return self.caught_by in self.failed or self.caught_by == self.examination.hint

    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        gate = self.failed.get(self.caught_by or "")
        hint = self.examination.hint
        if gate is not None:
            shown = (f"`{gate.id}`", f"{gate.value:g} {gate.unit}", gate.limit)
        elif hint is not None:
            shown = (f"hint `{hint.value}`", "-", _first_part(hint))
        else:
            shown = ("none", "-", "-")
        others = [f"`{name}`" for name in self.failed if name != self.caught_by]
        return (self.what, self.strength, *shown, ", ".join(others) or "-")


def _first_part(hint: Hint) -> str:
    return hint.sentence.split(":")[0].lower()


def outcomes() -> Iterator[Outcome]:
    """The good portrait and every degraded one, examined."""
    models, rule = load_models(), FaceRule()
    examiner, good, smiling = FaceExaminer(models), sat(models), sat(models, smiling=True)
    picture = exposed(good.picture)
    yield Outcome(GOOD, "-", None, picture, examiner.examine(picture, rule))
    for row in ROWS:
        picture = row.make(smiling if row.smiling else good)
        yield Outcome(row.what, row.strength, row.caught_by, picture, examiner.examine(picture, rule))


def render(all_of_them: Iterable[Outcome]) -> str:
    """The whole page."""
    rows = list(all_of_them)
    inter_eye = rows[0].examination.faces[0][[33, 133, 362, 263], :2]
    distance = float(abs((inter_eye[2] + inter_eye[3] - inter_eye[0] - inter_eye[1])[0]) / 2)
    head = HEAD.format(count=len(rows) - 1, width=WIDTH_PX, height=HEIGHT_PX, inter_eye=distance)
    titles = ("degradation", "strength", "caught by", "value", "limit", "also failed")
    table = [titles, tuple("---" for _ in titles), *(row.cells() for row in rows)]
    return head + "\n" + "\n".join("| " + " | ".join(line) + " |" for line in table) + "\n" + TAIL


def contact_sheet(rows: list[Outcome]) -> Image.Image:
    """All pictures, small, with what they are."""
    lines = -(-len(rows) // SHEET_COLUMNS)
    sheet = Image.new("RGB", (SHEET_COLUMNS * (TILE_PX[0] + 8), lines * (TILE_PX[1] + LABEL_PX)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, row in enumerate(rows):
        picture = Image.fromarray(row.picture)
        if picture.size == (WIDTH_PX, HEIGHT_PX) and _is_close(row):
            picture = picture.crop(HEAD_BOX)
        picture.thumbnail(TILE_PX, Image.Resampling.LANCZOS)
        left, top = (number % SHEET_COLUMNS) * (TILE_PX[0] + 8), (number // SHEET_COLUMNS) * (TILE_PX[1] + LABEL_PX)
        sheet.paste(picture, (left, top))
        draw.text((left + 3, top + TILE_PX[1] + 3), f"{row.what}\n{row.caught_by or ''}", fill=(22, 32, 43), font=font)
    return sheet


def _is_close(row: Outcome) -> bool:
    return row.caught_by not in {Hint.NO_FACE, Hint.SEVERAL_FACES, Hint.TOO_FEW_PIXELS}


def main() -> int:
    """Write the page; 1 when a picture was not caught as it should be."""
    parser = argparse.ArgumentParser(description="Write the table of degraded portraits.")
    parser.add_argument("--sheet", type=Path, help="write all pictures on one sheet, to look at")
    arguments = parser.parse_args()
    rows = list(outcomes())
    if arguments.sheet:
        contact_sheet(rows).save(arguments.sheet)
    wrong = [row for row in rows if not row.right]
    for row in wrong:
        print(f"{row.what}: wanted {row.caught_by}, got {row.examination.hint} {sorted(row.failed)}", file=sys.stderr)
    if not wrong:
        TARGET.write_text(render(rows))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
