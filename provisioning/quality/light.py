"""`smilius quality light`: what pictures of a card or of the empty chair say of the light, and what to do about it."""

from collections.abc import Iterable
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from capture.face.light import Light, Reading, Shown, light_of
from drivers.transport.recording import read_rgb
from provisioning.quality.files import Finding, Telling, printable, tell_each


def check_files(files: Iterable[Path], telling: Telling, *, of_card: bool) -> bool:
    """Check the light in each picture as it is, upright. Return whether all could be read.

    :param of_card: the pictures show a card, else the empty chair.
    """
    shown = Shown.CARD if of_card else Shown.CHAIR

    def find(file: Path) -> Finding:
        light = light_of(read_rgb(file, name=printable(file.name)), shown)
        return Finding(_told(light), _text(light))

    return tell_each(files, find, refused=Finding({}, "not checked."), telling=telling)


def _told(light: Light) -> dict[str, Any]:
    return {
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


def _text(light: Light) -> str:
    """A picture as lines: what it comes to, what to do, then each figure."""
    things = {0: "nothing to do", 1: "one thing to do"}.get(len(light.advice), f"{len(light.advice)} things to do")
    head = f"{things}, measured on {light.area_ratio:.0%} of the picture."
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
