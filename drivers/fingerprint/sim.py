"""A simulated fingerprint sensor: a live-scan plate of 320x480 at 500 ppi in the simulated world.

No hardware, no firmware, no protocol. What is modelled, and how a real sensor does it:

* Armed for a finger, it finds that finger of its person on the plate. Each arming is a new press, a little turned,
  shifted and stretched, from a sequence that the options fix for each finger; other fingers do not disturb it. Grabs
  within one arming show that press with a finger's tremor, after as many as `landing_grabs` in which it comes down.
* An empty plate: drivers of real sensors find out before they give a frame, in the device or, where it has no such
  call, from the picture's variance (facts/fingerprint-sensors.md, 4.4). So this one asks for a finger (a retake). With
  `presence_detected = false` it is the other kind, and gives the bare plate for somebody else to judge.
"""

import asyncio
from collections import Counter
from functools import partial
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
    in_thread,
    pretended,
)
from drivers.contract import Options as DriverOptions
from drivers.world.clock import MonotonicClock
from drivers.world.finger import WorldFinger, WorldHands
from drivers.world.press import Press

_PPI = 500.0

# The first word of every seed says what is drawn; 1 to 4 are the world's.
_SEQUENCE, _TREMOR = 5, 6

_TREMOR_RATIO = 0.05
"""How much a finger that lies still differs from frame to frame, as a share of what two presses differ by."""

_NOISE_LEVELS = 1.5

_LANDING_PX = 28.0
"""How far from its place the finger is for each grab before it has landed."""


class Options(DriverOptions):
    """Whose fingers these are, and how they are pressed."""

    person_seed: int = Field(default=1, ge=0, lt=2**32)
    """Which person of the simulated world sits before the station."""
    press: Press = Press()
    """How every finger is pressed, unless `presses` says otherwise; its seed starts the sequence of presses."""
    presses: dict[Finger, Annotated[tuple[Press, ...], Field(min_length=1)]] = Field(default={})
    """How single fingers are pressed when armed for first, second and so on; the last one is repeated."""
    mistakes: dict[Finger, tuple[Finger, ...]] = Field(default={})
    """Which other fingers are laid down first where this one is asked for; after them, the right one."""
    wander_ratio: float = Field(default=1.0, ge=0, le=4)
    """How much one press differs from the next in turn, place, pressure and moisture; 0 keeps the knobs exactly."""
    landing_grabs: int = Field(default=0, ge=0, le=100)
    """How many grabs pass before the finger lies still: the first shows nothing, the others lighter presses."""
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
        self._armings: Counter[Finger] = Counter()
        self._shown: WorldFinger | None = None
        self._laid = Press()
        self._grabs = 0

    @property
    def facts(self) -> Facts:
        """A simulated sensor: never certified."""
        return pretended(DeviceKind.FINGERPRINT, "simulated finger")

    async def _open(self) -> None:
        """Nothing is behind it."""

    async def _close(self) -> None:
        """Nothing was opened."""

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, FingerAim):
            raise OrderFault("A fingerprint sensor can only be armed for a finger.")
        self._shown = await in_thread(partial(self._hands.finger, self._given(aim.finger)))
        self._laid, self._grabs = self._next_press(aim.finger), 0

    async def _disarm(self) -> None:
        self._shown = None

    async def _grab(self) -> Frame | Retake:
        await asyncio.sleep(self._options.exposure_ms / 1000)
        number, self._grabs = self._grabs, self._grabs + 1
        there = self._options.finger_on_plate and (number > 0 or self._options.landing_grabs == 0)
        if not there and self._options.presence_detected:
            return Retake(Hint.NO_FINGER)
        pixels = await in_thread(partial(self._seen, self._armed_finger(), number=number, there=there))
        return Frame(pixels, taken_ns=self._clock.monotonic_ns(), ppi=_PPI)

    def _armed_finger(self) -> WorldFinger:
        assert self._shown is not None, "grab is only reached while armed"
        return self._shown

    def _seen(self, shown: WorldFinger, *, number: int, there: bool) -> GreyPixels:
        rng = np.random.default_rng([_TREMOR, self._options.person_seed, shown.finger.code, self._laid.seed, number])
        press = self._trembling(rng, number=number) if number else self._laid
        pixels = shown.press(press) if there else shown.stay_away(press)
        # the world draws its noise from the press, which is still the same one
        return (
            pixels
            if number == 0
            else np.clip(pixels + rng.normal(0, _NOISE_LEVELS, pixels.shape), 0, 255).astype(np.uint8)
        )

    def _given(self, asked: Finger) -> Finger:
        """What the person lays down for a finger that is asked for."""
        mistakes = self._options.mistakes.get(asked, ())[self._armings[asked] :]
        return mistakes[0] if mistakes else asked

    def _next_press(self, finger: Finger) -> Press:
        number = self._armings[finger]
        self._armings[finger] += 1
        knobs = self._options.presses.get(finger, (self._options.press,))
        press = knobs[min(number, len(knobs) - 1)]
        seed = [_SEQUENCE, self._options.person_seed, finger.code, press.seed, number]
        return press.again(rng=np.random.default_rng(seed), wander_ratio=self._options.wander_ratio)

    def _trembling(self, rng: np.random.Generator, *, number: int) -> Press:
        """The press of this arming as a later grab shows it; before it has landed, lighter and elsewhere."""
        moved = self._laid.again(rng=rng, wander_ratio=_TREMOR_RATIO * self._options.wander_ratio)
        press = moved.model_copy(update={"seed": self._laid.seed})
        left = max(0, self._options.landing_grabs - number)
        if not left:
            return press
        lighter = press.pressure_ratio * (1 - left / (self._options.landing_grabs + 1))
        shift_px = (press.shift_px[0], press.shift_px[1] + left * _LANDING_PX)
        return press.model_copy(update={"pressure_ratio": lighter, "shift_px": shift_px})
