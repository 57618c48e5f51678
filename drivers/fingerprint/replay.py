"""A fingerprint sensor that shows recorded prints, one a finger, as often as it is asked.

For the demo's `--finger` and for tests. A finger without a recording is not laid on the plate, or, where
`others = "world"`, comes from the simulated person.
"""

import asyncio
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from drivers.contract import (
    Aim,
    DeviceKind,
    Facts,
    Finger,
    FingerAim,
    Frame,
    GreyPixels,
    Hint,
    OrderFault,
    Retake,
    StagedDevice,
    in_thread,
    pretended,
)
from drivers.contract import Options as DriverOptions
from drivers.transport.recording import read_grey
from drivers.world.clock import MonotonicClock
from drivers.world.finger import WorldHands
from drivers.world.press import Press


class Options(DriverOptions):
    """Which recordings, and what to do for the other fingers."""

    files: dict[Finger, Path] = Field(default={})
    """A picture file for each recorded finger: grey, ridges dark, tip up."""
    ppi: float = Field(default=500.0, gt=0)
    """Resolution of the recordings."""
    others: Literal["absent", "world"] = "absent"
    """What happens when a finger without a recording is asked for."""
    person_seed: int = Field(default=1, ge=0, lt=2**32)
    """Which person of the simulated world lends the other fingers."""


class ReplayFingerprint(StagedDevice):
    """Reads the recordings when opened, and gives a copy at each grab."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each frame its time."""
        super().__init__(lease="replay-fingerprint")
        self._options, self._clock = options, clock
        self._recorded: dict[Finger, GreyPixels] = {}
        self._hands = WorldHands(options.person_seed)
        self._asked: Finger | None = None

    @property
    def facts(self) -> Facts:
        """A replayed sensor: never certified."""
        return pretended(DeviceKind.FINGERPRINT, "replayed prints")

    async def _open(self) -> None:
        for finger, path in self._options.files.items():
            self._recorded[finger] = await in_thread(partial(read_grey, path, name=f"the {finger.value}"))

    async def _close(self) -> None:
        for pixels in self._recorded.values():
            pixels.setflags(write=True)
            pixels.fill(0)
        self._recorded.clear()

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, FingerAim):
            raise OrderFault("A fingerprint sensor can only be armed for a finger.")
        self._asked = aim.finger

    async def _disarm(self) -> None:
        self._asked = None

    async def _grab(self) -> Frame | Retake:
        assert self._asked is not None, "grab is only reached while armed"
        await asyncio.sleep(0)
        pixels = self._recorded.get(self._asked)
        if pixels is not None:
            return Frame(pixels.copy(), taken_ns=self._clock.monotonic_ns(), ppi=self._options.ppi)
        if self._options.others == "absent":
            return Retake(Hint.NO_FINGER)
        pressed = await in_thread(partial(self._press, self._asked))
        return Frame(pressed, taken_ns=self._clock.monotonic_ns(), ppi=500.0)

    def _press(self, finger: Finger) -> GreyPixels:
        return self._hands.finger(finger).press(Press())
