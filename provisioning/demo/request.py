"""What the command line asked for, checked before anything is started."""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from capture.missing import MissingReason
from capture.profile import FingerRule
from drivers.contract import Finger, UnreadableFault
from drivers.transport.recording import read_grey, read_rgb
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
    if not arguments.application.strip():
        raise InputRefused("application-empty", "The application's number is empty.")
    files = {finger: Path(value) for finger, value in _pairs(arguments.finger, "FILE")}
    missing = {finger: _reason(value) for finger, value in _pairs(arguments.missing, "REASON")}
    _asked_for(files, missing)
    fingers = {finger: _picture(path, name=f"the {finger.value}", read=read_grey) for finger, path in files.items()}
    return DemoRequest(
        photo=None if arguments.photo is None else _picture(arguments.photo, name="the photo", read=read_rgb),
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
            raise InputRefused("finger-twice", f"The {name} is named twice.")
        pairs.append((Finger(name), given))
    return pairs


def _reason(value: str) -> MissingReason:
    try:
        return MissingReason(value)
    except ValueError:
        known = ", ".join(reason.value for reason in MissingReason)
        raise InputRefused("reason-unknown", f"There is no such reason; there are: {known}.") from None


def _asked_for(fingers: Iterable[Finger], missing: Mapping[Finger, MissingReason]) -> None:
    """A print that no rule asks for would be left out in silence."""
    rule, given = FingerRule(), set(fingers)
    for finger in given:
        if finger in missing:
            raise InputRefused("finger-twice", f"The {finger.value} cannot be given and be missing at once.")
        order = [Finger(f"{finger.hand.value}-{digit.value}") for digit in rule.order]
        if finger not in order:
            raise InputRefused("finger-unused", f"The {finger.value} is never asked for.")
        first = next(other for other in order if other not in missing)
        if first not in given:
            raise InputRefused(
                "finger-unused",
                f"The {finger.value} is asked for after the {first.value}: give that one too, or as missing.",
            )


def _picture(path: Path, *, name: str, read: Callable[..., object]) -> Path:
    """The file, once it was read as the replay driver will read it: what is none is refused before anything starts."""
    try:
        read(path, name=name)
    except UnreadableFault as fault:
        raise InputRefused(fault.code, fault.sentence) from None
    return path.resolve()


def _folder(path: Path) -> Path:
    if path.exists() and not path.is_dir():
        raise InputRefused("out-unusable", "--out names a file; it must be a folder.")
    if path.is_dir() and any(path.iterdir()) and not (path / MARKER).is_file():
        raise InputRefused("out-unusable", "The --out folder has other things in it; name a new or empty one.")
    try:
        _try_to_write(path.resolve())
    except OSError as error:
        raise InputRefused(
            "out-unusable", f"The --out folder cannot be used: {os.strerror(error.errno or 0)}."
        ) from None
    return path.resolve()


def _try_to_write(folder: Path) -> None:
    """What is made for it is removed again: a refused demo leaves nothing."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    finally:
        for one in made:
            if one.exists():
                one.rmdir()
