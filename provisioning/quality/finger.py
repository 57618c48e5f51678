"""`smilius quality finger`: the score of prints in files, what it rests on, and pictures that explain it."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from capture.finger.advice import hints_of
from capture.finger.errors import FingerError
from capture.finger.examine import Examination, examine
from capture.finger.measures import MEASURES_PPI
from capture.finger.nfiq2 import installed_scorer
from capture.finger.score import BUILT_IN, Scorer
from drivers.contract import GreyPixels, UnreadableFault
from drivers.transport.recording import read_grey
from provisioning.errors import InputRefused
from provisioning.quality.explain import explain
from provisioning.quality.reason import reasons


def rate(files: Iterable[Path], *, as_json: bool, explain_to: Path | None, say: Callable[[str], object]) -> bool:
    """Rate each file as it is: not cut, at 500 ppi; say a line about each. Return whether all could be read.

    :raises: InputRefused when the pictures cannot be written.
    """
    scorer, read = _scorer(), True
    for file in files:
        try:
            pixels = read_grey(file, name=file.name)
        except UnreadableFault as fault:
            read = False
            rating: dict[str, Any] = {"file": str(file), "score": None, "failure": fault.sentence}
        else:
            examination = examine(pixels, ppi=MEASURES_PPI, scorer=scorer)
            rating = _rating(file, examination)
            if explain_to is not None:
                _draw(pixels, examination, rating=rating, folder=explain_to)
        say(json.dumps(rating) if as_json else _line(rating))
    return read


def _scorer() -> Scorer:
    """NFIQ 2 where it is installed, else our own. :raises: InputRefused when what is installed does not work."""
    try:
        return installed_scorer() or BUILT_IN
    except FingerError as error:
        raise InputRefused(error.code, error.sentence) from None


def _rating(file: Path, examination: Examination) -> dict[str, Any]:
    quality, values = examination.quality, examination.measures.values
    return {
        "file": str(file),
        "score": quality.score,
        "failure": quality.failure,
        "algorithm": quality.algorithm,
        "version": quality.version,
        "measures": values,
        "actionable": {one.kind.value: {"value": one.value, "act": one.act} for one in examination.actionable},
        "hints": [hint.value for hint in hints_of(values)],
        "reasons": [reason.sentence for reason in reasons(values)],
    }


def _line(rating: dict[str, Any]) -> str:
    if rating["score"] is None:
        return f"{rating['file']}: not assessable. {rating['failure']}"
    said = " ".join(rating["reasons"]) or "Nothing stands out."
    return f"{rating['file']}: {rating['score']} ({rating['algorithm']} {rating['version']}). {said}"


def _draw(pixels: GreyPixels, examination: Examination, *, rating: dict[str, Any], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sheet = explain(pixels, rating, minutiae=examination.minutiae)
        Image.fromarray(sheet).save(folder / (Path(rating["file"]).stem + ".png"))
    except OSError:
        raise InputRefused("explain-unusable", "The pictures that explain cannot be written there.") from None
