"""The official score from an installed `nfiq2` command: a child process for each print, on a picture in memory only.

The command is asked for its version once, and that version is stamped on every score. The picture is a PNG in an
anonymous file (memfd): it has no name, is never on a disk, and is gone with this process; it is mapped while it lives,
so that a process whose memory is locked keeps it out of the swap too. What the child does with its own memory is not in
our hands: the appliance has no swap. Each run loads the random forest anew, so this is for kept prints, not for live
feedback.

Source: the command's manual for version 2.3 (options -a and -v, output as CSV) and its published source (the version in
its usage text; without -F it refuses what is not 500 ppi, and nothing is resampled).
"""

import csv
import io
import mmap
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from PIL import Image

from capture.finger.child import ChildFailed, run_bounded
from capture.finger.errors import OfficialScorerUnfit
from capture.finger.measures import MEASURES_PPI, Measures
from capture.records.transaction import NFIQ_2
from capture.sample import Quality
from drivers.contract import GreyPixels

COMMAND: Final = "nfiq2"
TIME_LIMIT_MS: Final = 20_000
OUTPUT_MAX_BYTES: Final = 65_536

_VERSION = re.compile(r"\bNFIQ 2: v?(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)\b")
_CAUSE_MAX = 200


@dataclass(frozen=True, slots=True)
class OfficialScorer:
    """NFIQ 2 as it is installed."""

    command: Path
    """The program."""
    version: str
    """What it says its version is."""
    model: Path | None = None
    """The model information file that it is to use, None for its own."""
    time_limit_ms: int = TIME_LIMIT_MS
    """How long one print may take."""

    @classmethod
    def open(cls, command: Path, *, model: Path | None = None, time_limit_ms: int = TIME_LIMIT_MS) -> Self:
        """Ask the command for its version. :raises: OfficialScorerUnfit when it does not run or does not say it."""
        if model is not None and not model.is_file():
            raise OfficialScorerUnfit("The model of NFIQ 2 that is configured is not there.")
        try:
            # An option that it does not know makes every release print its usage, with the version at the end.
            said = run_bounded([str(command), "-?"], limit_ms=time_limit_ms, output_max_bytes=OUTPUT_MAX_BYTES)
        except ChildFailed as error:
            raise OfficialScorerUnfit(f"The nfiq2 command that is configured does not run: {error.cause}.") from error
        found = _VERSION.search(said.decode(errors="replace"))
        if found is None:
            raise OfficialScorerUnfit("The nfiq2 command that is configured does not say its version.")
        return cls(command=command, version=found[1], model=model, time_limit_ms=time_limit_ms)

    def score(self, pixels: GreyPixels, *, measures: Measures) -> Quality:  # noqa: ARG002 (the interface's)
        """NFIQ 2's score, or why it has none; it makes its own measures."""
        try:
            score = self._score(pixels)
        except ChildFailed as error:
            return self._not_assessable(f"NFIQ 2 gave no score: {error.cause}.")
        if isinstance(score, str):
            return self._not_assessable(score)
        return Quality(score=score, algorithm=NFIQ_2, version=self.version)

    def _score(self, pixels: GreyPixels) -> int | str:
        picture = _png(pixels)
        model = [] if self.model is None else ["-m", str(self.model)]
        file = os.memfd_create("print", os.MFD_CLOEXEC)
        try:
            os.ftruncate(file, len(picture))
            with mmap.mmap(file, len(picture)) as held:
                held[:] = picture
                printed = run_bounded(
                    [str(self.command), "-a", "-v", *model, "-i", f"/proc/self/fd/{file}"],
                    limit_ms=self.time_limit_ms,
                    output_max_bytes=OUTPUT_MAX_BYTES,
                    keep_open=(file,),
                )
                held[:] = bytes(len(picture))
        finally:
            os.close(file)
        return read_output(printed)

    def _not_assessable(self, failure: str) -> Quality:
        return Quality(score=None, algorithm=NFIQ_2, version=self.version, failure=failure)


def installed_scorer(command: str = COMMAND, *, model: Path | None = None) -> OfficialScorer | None:
    """The official scorer if the command is there, None if it is not. :raises: OfficialScorerUnfit.

    :param command: a name to be found on the PATH, or a path.
    :param model: the model information file that it is to use, None for its own.
    """
    found = shutil.which(command)
    return None if found is None else OfficialScorer.open(Path(found), model=model)


def read_output(printed: bytes) -> int | str:
    """The score out of the command's CSV, or a sentence that says why there is none."""
    rows = list(csv.DictReader(io.StringIO(printed.decode(errors="replace")), strict=False))
    if len(rows) != 1:
        return "NFIQ 2 gave no score: its output is not one line."
    row = {name: text for name, text in rows[0].items() if isinstance(name, str) and isinstance(text, str)}
    score = row.get("QualityScore", "").strip()
    if row.get("Quantized", "0").strip() != "0" or row.get("Resampled", "0").strip() != "0":
        return "NFIQ 2 gave no score: it changed the picture first."
    if re.fullmatch(r"\d{1,3}", score, re.ASCII) and int(score) <= 100:
        return int(score)
    cause = "".join(letter for letter in row.get("OptionalError", "") if letter.isprintable())[:_CAUSE_MAX].strip()
    return f"NFIQ 2 gave no score: {cause.rstrip('.') or 'it does not say why'}."


def _png(pixels: GreyPixels) -> bytes:
    """The print as a PNG that says 500 ppi, without which the command would ask."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG", dpi=(MEASURES_PPI, MEASURES_PPI), compress_level=1)
    return written.getvalue()
