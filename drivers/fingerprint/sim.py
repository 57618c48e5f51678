"""A simulated fingerprint sensor: a live-scan plate of 320x480 at 500 ppi in the simulated world.

No hardware, no firmware, no protocol. What is modelled, and how a real sensor does it:

* Armed for a finger, it finds that finger of its person on the plate. Each grab is a new press, a little turned,
  shifted and stretched, from a sequence that the options fix for each finger; other fingers do not disturb it.
* An empty plate: drivers of real sensors find out before they give a frame, in the device or, where it has no such
  call, from the picture's variance (facts/fingerprint-sensors.md, 4.4). So this one asks for a finger (a retake). With
  `presence_detected = false` it is the other kind, and gives the bare plate for somebody else to judge.
"""

import asyncio
from collections import Counter
from typing import Annotated

import numpy as np
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
)
from drivers.contract import Options as DriverOptions
from drivers.world.clock import MonotonicClock
from drivers.world.finger import WorldFinger, WorldHands
from drivers.world.press import Press

_PPI = 500.0

# The first word of every seed says what is drawn; 1 to 4 are the world's.
_SEQUENCE = 5


class Options(DriverOptions):
    """Whose fingers these are, and how they are pressed."""

    person_seed: int = Field(default=1, ge=0, lt=2**32)
    """Which person of the simulated world sits before the station."""
    press: Press = Press()
    """How every finger is pressed, unless `presses` says otherwise; its seed starts the sequence of presses."""
    presses: dict[Finger, Annotated[tuple[Press, ...], Field(min_length=1)]] = Field(default={})
    """How single fingers are pressed at their first grab, second grab and so on; the last one is repeated."""
    wander_ratio: float = Field(default=1.0, ge=0, le=4)
    """How much one press differs from the next in turn, place, pressure and moisture; 0 keeps the knobs exactly."""
    finger_on_plate: bool = True
    """Whether anybody lays a finger on the plate at all."""
    presence_detected: bool = True
    """Whether the sensor notices an empty plate (a retake) or gives it as a frame."""
    exposure_ms: int = Field(default=40, ge=0, le=10_000)
    """How long a grab takes at least, so that waiting for a finger costs no more than with a real sensor."""


class SimFingerprint(StagedDevice):
    """Presses the world's fingers onto a simulated plate."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each frame its time."""
        super().__init__(lease="sim-fingerprint")
        self._options, self._clock = options, clock
        self._hands = WorldHands(options.person_seed)
        self._grabs: Counter[Finger] = Counter()
        self._shown: WorldFinger | None = None

    @property
    def facts(self) -> Facts:
        """A simulated sensor: never certified."""
        return Facts(
            kind=DeviceKind.FINGERPRINT,
            make="smilius",
            model="simulated finger",
            serial="",
            firmware="",
            certified=False,
            simulated=True,
        )

    async def _open(self) -> None:
        """Nothing is behind it."""

    async def _close(self) -> None:
        """Nothing was opened."""

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, FingerAim):
            raise OrderFault("A fingerprint sensor can only be armed for a finger.")
        self._shown = await asyncio.to_thread(self._hands.finger, aim.finger)

    async def _disarm(self) -> None:
        self._shown = None

    async def _grab(self) -> Frame | Retake:
        await asyncio.sleep(self._options.exposure_ms / 1000)
        if not self._options.finger_on_plate and self._options.presence_detected:
            return Retake(Hint.NO_FINGER)
        pixels = await asyncio.to_thread(self._seen, self._armed_finger())
        return Frame(pixels, taken_ns=self._clock.monotonic_ns(), ppi=_PPI)

    def _armed_finger(self) -> WorldFinger:
        assert self._shown is not None, "grab is only reached while armed"
        return self._shown

    def _seen(self, shown: WorldFinger) -> GreyPixels:
        press = self._next_press(shown.finger)
        return shown.press(press) if self._options.finger_on_plate else shown.stay_away(press)

    def _next_press(self, finger: Finger) -> Press:
        number = self._grabs[finger]
        self._grabs[finger] += 1
        knobs = self._options.presses.get(finger, (self._options.press,))
        press = knobs[min(number, len(knobs) - 1)]
        seed = [_SEQUENCE, self._options.person_seed, finger.code, press.seed, number]
        return press.again(rng=np.random.default_rng(seed), wander_ratio=self._options.wander_ratio)
