"""`smilius quality finger`: the score of prints in files, what it rests on, and pictures that explain it."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from capture.finger.advice import hints_of
from capture.finger.errors import FingerError
from capture.finger.examine import Examination, examine
from capture.finger.measures import MEASURES_PPI
from capture.finger.nfiq2 import installed_scorer
from capture.finger.score import BUILT_IN, Scorer
from drivers.transport.recording import read_grey
from provisioning.errors import InputRefused
from provisioning.quality.explain import explain
from provisioning.quality.files import Finding, Telling, printable, tell_each
from provisioning.quality.reason import reasons

NOT_ASSESSABLE = "not assessable."


def rate(files: Iterable[Path], telling: Telling) -> bool:
    """Rate each file as it is: not cut, at 500 ppi. Return whether all could be read.

    :raises: InputRefused when what is installed for scoring does not work or a picture cannot be written.
    """
    scorer = _scorer()

    def find(file: Path) -> Finding:
        pixels = read_grey(file, name=printable(file.name))
        examination = examine(pixels, ppi=MEASURES_PPI, scorer=scorer)
        rating = _rating(examination)
        return Finding(rating, _line(rating), partial(explain, pixels, rating, minutiae=examination.minutiae))

    return tell_each(files, find, refused=Finding({"score": None}, NOT_ASSESSABLE), telling=telling)


def _scorer() -> Scorer:
    """NFIQ 2 where it is installed, else our own. :raises: InputRefused when what is installed does not work."""
    try:
        return installed_scorer() or BUILT_IN
    except FingerError as error:
        raise InputRefused(error.code, error.sentence) from None


def _rating(examination: Examination) -> dict[str, Any]:
    quality, values = examination.quality, examination.measures.values
    return {
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
        return f"{NOT_ASSESSABLE} {rating['failure']}"
    said = " ".join(rating["reasons"]) or "Nothing stands out."
    return f"{rating['score']} ({rating['algorithm']} {rating['version']}). {said}"
