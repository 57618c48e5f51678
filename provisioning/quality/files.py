"""What the verbs of `smilius quality` share: a line about each file, and a picture that explains it.

A file that cannot be looked at keeps no other back, nor does a picture that cannot be written.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from capture.errors import CaptureError
from drivers.contract import RgbPixels, UnreadableFault
from provisioning.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in one file."""

    told: Mapping[str, Any]
    """For machines, after the file's name."""
    text: str
    """For people, likewise; lines."""
    sheet: Callable[[], RgbPixels] | None = field(default=None, repr=False)
    """Draws the picture that explains it; None where there is none."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How and where it is said."""

    say: Callable[[str], object] = field(repr=False)
    """Takes what there is to say about one file."""
    as_json: bool = False
    """For machines, one line; else for people."""
    explain_to: Path | None = None
    """The folder for pictures that explain, made where it is missing; None for no pictures."""


def tell_each(files: Iterable[Path], find: Callable[[Path], Finding], *, refused: Finding, telling: Telling) -> bool:
    """Say what is found in each file. Return whether every one could be looked at.

    :param find: raises UnreadableFault and CaptureError for a file that it cannot say anything about.
    :param refused: what is said of such a file; its code and its sentence are added.
    :raises: InputRefused when a picture that explains cannot be written, after all files were looked at.
    """
    sheets = None if telling.explain_to is None else _Sheets(telling.explain_to)
    looked_at = True
    for file in files:
        try:
            finding = find(file)
        except (UnreadableFault, CaptureError) as refusal:
            looked_at = False
            told = {**refused.told, "code": refusal.code, "failure": refusal.sentence}
            finding = Finding(told, f"{refused.text} {refusal.sentence}")
        if telling.as_json:
            telling.say(json.dumps({"file": str(file), **finding.told}))
        else:
            telling.say(f"{file}: {finding.text}")
        if sheets is not None and finding.sheet is not None:
            sheets.write(file, finding.sheet)
    if sheets is not None and sheets.trouble:
        raise InputRefused("explain-unusable", sheets.trouble)
    return looked_at


class _Sheets:
    """Writes the pictures that explain, each under its file's name."""

    def __init__(self, folder: Path) -> None:
        self.trouble = ""
        """One sentence when a picture could not be written."""
        self._folder = folder

    def write(self, file: Path, sheet: Callable[[], RgbPixels]) -> None:
        """Draw and write, or remember why not."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(sheet()).save(self._folder / f"{file.stem}.png")
        except OSError:
            self.trouble = "The pictures that explain cannot be written there."
