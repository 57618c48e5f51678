"""`smilius quality light`: what pictures of a card or of the empty chair say of the light, and what to do about it."""

import json
from collections.abc import Callable, Iterable
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from capture.errors import CaptureError
from capture.face.light import Light, Reading, Shown, light_of
from drivers.contract import UnreadableFault
from drivers.transport.recording import read_rgb


def check_files(files: Iterable[Path], *, as_json: bool, of_card: bool, say: Callable[[str], object]) -> bool:
    """Check the light in each picture as it is, upright; say a line about each. Return whether all could be read.

    :param of_card: the pictures show a card, else the empty chair.
    """
    shown, read = Shown.CARD if of_card else Shown.CHAIR, True
    for file in files:
        try:
            light = light_of(read_rgb(file, name=file.name), shown)
        except (UnreadableFault, CaptureError) as refusal:
            read = False
            told: dict[str, Any] = {"file": str(file), "code": refusal.code, "failure": refusal.sentence}
            say(json.dumps(told) if as_json else f"{file}: not checked. {refusal.sentence}")
        else:
            say(json.dumps(_told(file, light)) if as_json else _text(file, light))
    return read


def _told(file: Path, light: Light) -> dict[str, Any]:
    return {
        "file": str(file),
        "code": None,
        "failure": None,
        "shown": light.shown.value,
        "area_ratio": round(light.area_ratio, 3),
        "zones": [[None if isnan(zone) else round(zone, 4) for zone in row] for row in light.zones.tolist()],
        "readings": {reading.name: _figures(reading) for reading in light.readings},
        "hints": [advice.value for advice in light.advice],
        "reasons": [advice.sentence for advice in light.advice],
    }


def _figures(reading: Reading) -> dict[str, Any]:
    low, high = (bound if isfinite(bound) else None for bound in (reading.low, reading.high))
    hint = None if reading.advice is None else reading.advice.value
    return {"value": round(reading.value, 4), "unit": reading.unit, "low": low, "high": high, "hint": hint}


def _text(file: Path, light: Light) -> str:
    """A picture as lines: what it comes to, what to do, then each figure."""
    things = {0: "nothing to do", 1: "one thing to do"}.get(len(light.advice), f"{len(light.advice)} things to do")
    head = f"{file}: {things}, measured on {light.area_ratio:.0%} of the picture."
    return "\n".join(
        [head, *(f"  {advice.sentence}" for advice in light.advice), *(_row(reading) for reading in light.readings)]
    )


def _row(reading: Reading) -> str:
    bounded = isfinite(reading.low) or isfinite(reading.high)
    verdict = ("pass" if reading.advice is None else "fail") if bounded else "-"
    return f"  {verdict:5} {reading.name:13} {reading.value:>8.2f} {reading.unit:7} {_bounds(reading)}".rstrip()


def _bounds(reading: Reading) -> str:
    match isfinite(reading.low), isfinite(reading.high):
        case True, True:
            return f"{reading.low:g} .. {reading.high:g}"
        case True, False:
            return f">= {reading.low:g}"
        case False, True:
            return f"<= {reading.high:g}"
        case _:
            return ""
