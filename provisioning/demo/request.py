"""What the command line asked for, checked before anything is started."""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from capture.missing import MissingReason
from drivers.contract import Finger
from provisioning.errors import InputRefused

MARKER = "timeline.json"
"""A folder that has this is an earlier demo's and may be written over."""

OURS = ("timeline.json", "report.html", "migris", "station", "central")
"""What a demo writes into its folder, and therefore removes from an earlier one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest:
    """Everything that `smilius demo` takes."""

    photo: Path | None
    """The client's photograph, None for the simulated scene."""
    fingers: Mapping[Finger, Path]
    """Recorded prints."""
    missing: Mapping[Finger, MissingReason]
    """Fingers that cannot be given."""
    application: str
    """The application's number."""
    out: Path | None
    """Where the results go."""
    keep: bool
    """Whether the state folders go there too."""


def read_request(arguments: argparse.Namespace) -> DemoRequest:
    """The request. :raises: InputRefused with one sentence for the first thing that cannot be used."""
    if arguments.keep and arguments.out is None:
        raise InputRefused("keep-without-out", "--keep needs --out DIR to keep the state in.")
    fingers = {finger: _file(Path(value), name=finger.value) for finger, value in _pairs(arguments.finger, "FILE")}
    missing = {finger: _reason(value) for finger, value in _pairs(arguments.missing, "REASON")}
    both = sorted(finger.value for finger in fingers.keys() & missing.keys())
    if both:
        raise InputRefused("finger-twice", f"The {both[0]} cannot be given and be missing at once.")
    return DemoRequest(
        photo=None if arguments.photo is None else _file(arguments.photo, name="photo"),
        fingers=fingers,
        missing=missing,
        application=arguments.application,
        out=None if arguments.out is None else _folder(arguments.out),
        keep=arguments.keep,
    )


def _pairs(options: Iterable[str], value: str) -> list[tuple[Finger, str]]:
    pairs: list[tuple[Finger, str]] = []
    for option in options:
        name, found, given = option.partition("=")
        if not found or not given:
            raise InputRefused("option-unreadable", f"A finger is given as NAME={value}, such as right-index={value}.")
        if name not in {finger.value for finger in Finger}:
            known = ", ".join(finger.value for finger in Finger)
            raise InputRefused("finger-unknown", f"There is no finger of that name; there are: {known}.")
        if any(Finger(name) is finger for finger, _ in pairs):
            raise InputRefused("finger-twice", f"The {name} is given twice.")
        pairs.append((Finger(name), given))
    return pairs


def _reason(value: str) -> MissingReason:
    try:
        return MissingReason(value)
    except ValueError:
        known = ", ".join(reason.value for reason in MissingReason)
        raise InputRefused("reason-unknown", f"There is no such reason; there are: {known}.") from None


def _file(path: Path, *, name: str) -> Path:
    if not path.is_file():
        raise InputRefused("file-missing", f"There is no file for the {name}.")
    return path.resolve()


def _folder(path: Path) -> Path:
    if path.exists() and not path.is_dir():
        raise InputRefused("out-unusable", "--out names a file; it must be a folder.")
    if path.is_dir() and any(path.iterdir()) and not (path / MARKER).is_file():
        raise InputRefused("out-unusable", "The --out folder has other things in it; name a new or empty one.")
    return path.resolve()
