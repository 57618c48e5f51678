"""`smilius quality finger`: the score of prints in files, what it rests on, and pictures that explain it."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from capture.finger.measures import measure
from capture.finger.score import assess
from drivers.contract import GreyPixels, UnreadableFault
from drivers.transport.recording import read_grey
from provisioning.errors import InputRefused
from provisioning.quality.explain import explain
from provisioning.quality.reason import reasons


def rate(files: Iterable[Path], *, as_json: bool, explain_to: Path | None, say: Callable[[str], object]) -> bool:
    """Rate each file as it is: not cut, at 500 ppi; say a line about each. Return whether all could be read.

    :raises: InputRefused when the pictures cannot be written.
    """
    read = True
    for file in files:
        try:
            pixels = read_grey(file, name=file.name)
        except UnreadableFault as fault:
            read = False
            rating: dict[str, Any] = {"file": str(file), "score": None, "failure": fault.sentence}
        else:
            rating = _rating(file, pixels)
            if explain_to is not None:
                _draw(pixels, rating, folder=explain_to)
        say(json.dumps(rating) if as_json else _line(rating))
    return read


def _rating(file: Path, pixels: GreyPixels) -> dict[str, Any]:
    measures = measure(pixels)
    quality = assess(measures)
    return {
        "file": str(file),
        "score": quality.score,
        "failure": quality.failure,
        "algorithm": quality.algorithm,
        "version": quality.version,
        "measures": measures.values,
        "hints": [reason.sentence for reason in reasons(measures.values)],
    }


def _line(rating: dict[str, Any]) -> str:
    if rating["score"] is None:
        return f"{rating['file']}: not assessable. {rating['failure']}"
    said = " ".join(rating["hints"]) or "Nothing stands out."
    return f"{rating['file']}: {rating['score']} ({rating['algorithm']} {rating['version']}). {said}"


def _draw(pixels: GreyPixels, rating: dict[str, Any], *, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(explain(pixels, rating)).save(folder / (Path(rating["file"]).stem + ".png"))
    except OSError:
        raise InputRefused("explain-unusable", "The pictures that explain cannot be written there.") from None
