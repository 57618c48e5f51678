"""What the verbs of `smilius quality` share: a line about each file, and a picture that explains it.

A file that cannot be looked at keeps no other back, nor does a picture that cannot be written.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
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
    given = tuple(files)
    sheets = None if telling.explain_to is None else _Sheets(telling.explain_to, given)
    looked_at = True
    for file in given:
        try:
            finding = find(file)
        except (UnreadableFault, CaptureError) as refusal:
            looked_at = False
            told = {**refused.told, "code": refusal.code, "failure": refusal.sentence}
            finding = Finding(told, f"{refused.text} {refusal.sentence}")
        if telling.as_json:
            telling.say(json.dumps({"file": str(file), **finding.told}))
        else:
            telling.say(f"{printable(str(file))}: {finding.text}")
        if sheets is not None and finding.sheet is not None:
            sheets.write(file, finding.sheet)
    if sheets is not None and sheets.trouble:
        raise InputRefused("explain-unusable", sheets.trouble)
    return looked_at


def printable(name: str) -> str:
    """A file's name as it is shown to people: on one line, and nothing in it moves the cursor."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name)


class _Sheets:
    """Writes the pictures that explain, each under its file's name."""

    def __init__(self, folder: Path, files: tuple[Path, ...]) -> None:
        self.trouble = ""
        """One sentence when a picture could not be written."""
        self._folder, self._files = folder, files
        self._written: dict[Path, Path] = {}

    def write(self, file: Path, sheet: Callable[[], RgbPixels]) -> None:
        """Draw and write, or remember why not."""
        target = self._target(file)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if target.exists() and any(one.exists() and target.samefile(one) for one in self._files):
                self.trouble = "A picture that explains would replace an examined one there: name another folder."
                return
            Image.fromarray(sheet()).save(target)
        except OSError:
            self.trouble = "The pictures that explain cannot be written there."

    def _target(self, file: Path) -> Path:
        """Of files that differ in their folder or ending alone, the later ones get a number."""
        names = (file.stem if number == 1 else f"{file.stem}-{number}" for number in count(1))
        targets = (self._folder / f"{name}.png" for name in names)
        return next(target for target in targets if self._written.setdefault(target, file) == file)
