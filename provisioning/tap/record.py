"""`smilius tap record`: a driver of this station, recorded before a declared phantom."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from agent.clock import Clock
from capture.errors import CaptureError
from capture.face.fallback import FaceFallback
from capture.face.pyramid import Pyramid
from capture.face.reader import FaceReader
from capture.face.readers import load_reader
from drivers.contract import DeviceKind, Facts, Fault, Finger, Frame, PhantomFault
from drivers.transport.tap.phantom import Phantom, PhantomKind, PhantomRegister
from drivers.transport.tap.recorder import Recorder
from drivers.transport.tap.recording import Sitting
from drivers.transport.tap.tape import BYTES_MAX
from provisioning.errors import InputRefused
from provisioning.tap.sitting import FAULT, FRAME, PORTRAIT, Watcher, aim_of, sit
from provisioning.tap.taps import TAPS, Below, kind_of, system, tapped_device

GRABS_MAX: Final = 300
"""With a phantom that should give frames and gives none, it ends here."""

UNLOCKED: Final = "Memory cannot be locked here: until it is written, the recording may be swapped to the disk."
_AIMS: Final = {DeviceKind.CAMERA: PORTRAIT, DeviceKind.FINGERPRINT: Finger.RIGHT_INDEX.value}
"""What a device is armed for; a sensor cannot tell fingers apart."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Wanted:
    """What is to be recorded."""

    driver: str
    """A driver's name."""
    phantom_id: str
    """What is before the device."""
    out: Path
    """The file; there must be none yet."""
    frames: int = 1
    """How many; of a phantom that shows nothing, how many looks."""
    options: dict[str, JsonValue] = field(default_factory=dict)
    """The driver's own."""
    phantoms: Path | None = None
    """A register beside the product's."""
    bytes_max: int = BYTES_MAX
    """How much is kept in memory."""


class PhantomWatcher(Watcher):
    """Says what may be before the device, and refuses what contradicts the declaration."""

    def __init__(self, phantom: Phantom, *, kind: DeviceKind, say: Say) -> None:
        """:raises: PhantomFault when this machine cannot look for faces, and should."""
        self.phantom, self._kind, self.say = phantom, kind, say
        self.fault: Fault | None = None
        """What the device failed with."""
        self._reader = _reader() if kind is DeviceKind.CAMERA and phantom.kind in _FACELESS else None

    def opened(self, facts: Facts) -> None:
        """Said before the device is armed. :raises: PhantomFault for hardware that is declared to be an emulator."""
        if self.phantom.kind is PhantomKind.EMULATOR and not facts.simulated:
            raise PhantomFault("This is hardware, and no emulator: declare what is before it.")
        self.say(f"Recording {facts.make} {facts.model}".rstrip() + f" before {self.phantom.id!r}.")
        self.say(f"Nothing but this may be before it until it has ended: {self.phantom.description}.")
        self.say("A person's face or finger must never be recorded: stop with Ctrl-C, and nothing is kept.")

    def seen(self, frame: Frame) -> None:
        """:raises: PhantomFault for a finger or a face where there should be none."""
        if self._kind is DeviceKind.FINGERPRINT and self.phantom.kind.empty:
            raise PhantomFault("Something was on the plate that was declared to be empty: nothing was kept.")
        if self._reader is not None and self._reader.faces(Pyramid(frame.pixels)):
            raise PhantomFault("A face was seen where none was declared: nothing was kept.")

    def failed(self, fault: Fault) -> None:
        """Kept, to be said in the end."""
        self.fault = fault


_FACELESS = {PhantomKind.TEST_CARD, PhantomKind.EMPTY_SCENE}


def _reader() -> FaceReader:
    try:
        return load_reader(FaceFallback.HAAR)
    except CaptureError as error:
        raise PhantomFault(f"No face could be noticed by mistake: {error.sentence}") from None


def record(wanted: Wanted, *, below: Below | None, clock: Clock, say: Say) -> bool:
    """Record, and write the file; whether the device did what it should. What it failed at is recorded, too.

    :param below: what the recorder asks; None for this machine's own transport. :param clock: tells when it was.
    :raises: InputRefused before anything is opened, or when nothing was written.
    """
    try:
        kind = kind_of(wanted.driver)
        register = PhantomRegister.load(wanted.phantoms)
        phantom = register.declared(wanted.phantom_id, kind=kind)
        if wanted.out.exists():
            raise InputRefused("recording-exists", "There is a file of that name already: nothing is overwritten.")
        watcher = PhantomWatcher(phantom, kind=kind, say=say)
        below = below or system(kind, wanted.driver)
        recorder = Recorder(clock=below.clock, bytes_max=wanted.bytes_max)
        if not recorder.locked:
            say(UNLOCKED)
        try:
            outcome = _sat(wanted, watcher, recorder=recorder, below=below)
            if watcher.fault is not None and not recorder.devices:
                # nothing has answered, so there is nothing to keep
                raise watcher.fault
            sitting = _described(wanted, kind, outcome=outcome, recorded=clock.now())
            recorder.save(wanted.out, sitting=sitting, phantom_id=phantom.id, register=register)
        finally:
            recorder.forget()
    except Fault as fault:
        raise InputRefused(fault.code, fault.sentence) from None
    except OSError:
        raise InputRefused("recording-unwritable", "The recording cannot be written to that file.") from None
    return _report(outcome, wanted, watcher=watcher)


def _sat(wanted: Wanted, watcher: PhantomWatcher, *, recorder: Recorder, below: Below) -> tuple[str, ...]:
    device = tapped_device(wanted.driver, options=wanted.options, tape=recorder, below=below)

    def ends(outcome: Sequence[str]) -> bool:
        enough = _enough(outcome, frames=wanted.frames, empty=watcher.phantom.kind.empty)
        return enough or len(outcome) == GRABS_MAX

    return asyncio.run(sit(device, aim_of(_AIMS[kind_of(wanted.driver)]), enough=ends, watcher=watcher))


def _described(wanted: Wanted, kind: DeviceKind, *, outcome: tuple[str, ...], recorded: datetime) -> Sitting:
    return Sitting(
        seam=TAPS[kind, wanted.driver].seam,
        kind=kind,
        driver=wanted.driver,
        options=wanted.options,
        aim=_AIMS[kind],
        recorded=recorded,
        software=f"smilius {version('smilius')}",
        outcome=outcome,
    )


def _enough(outcome: Sequence[str], *, frames: int, empty: bool) -> bool:
    looked_for = "" if empty else FRAME
    return sum(not line.startswith(FAULT) and line.startswith(looked_for) for line in outcome) >= frames


def _report(outcome: Sequence[str], wanted: Wanted, *, watcher: PhantomWatcher) -> bool:
    enough = _enough(outcome, frames=wanted.frames, empty=watcher.phantom.kind.empty)
    if watcher.fault is not None:
        watcher.say(f"The device failed, and that is recorded, too: {watcher.fault.sentence}")
    elif not enough:
        watcher.say("The phantom gave fewer frames than were asked for.")
    frames = sum(line.startswith(FRAME) for line in outcome)
    watcher.say(f"{wanted.out.name}: {len(outcome)} looks, {frames} frames.")
    return enough
