"""DigitalPersona U.are.U 4000, 4000B and 4500, and Microsoft's readers of the same make: 384 x 290 pixels, by USB.

Hardware: 05ba:0007 is the 4000, 05ba:000a the 4000B and 4500; 045e:00bd and 045e:00ca are Microsoft's two readers.
Keyboards with such a reader in them are left alone. Firmware seen: none. **Nothing here was tried on metal**: it reads
per facts page and is proven against our own emulator only. No such sensor is certified for capture.

Source: facts/fingerprint-sensors.md section 5, which rests on libfprint and on two public captures.

Quirks
* Its pixels are not square and nobody has published what they measure, so no print is taken without a calibration
  file of this very unit (`calibration`). With one, a picture is made smaller along the direction with more pixels; a
  sensor that then has less than 500 ppi says so, and capture refuses it.
* A finger's coming and going are told by the sensor, and it gives one picture a touch. After a picture nothing is
  said for two seconds, so that whoever waits for another one knows that it is the only one.
* Whether a sensor that was at rest tells of a finger that was lifted meanwhile, nobody has published: if one does not,
  `lift_between` is to be switched off.
* Ridges come bright and are made dark; pictures of 05ba:000a come upside down.
* A grab can be cancelled, and the cancellation is answered when the sensor's next word has come or a quarter of a
  second is over.
"""

import secrets
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import Field

from drivers.contract import (
    Aim,
    Facts,
    FingerAim,
    Frame,
    GreyPixels,
    Hint,
    OrderFault,
    Retake,
    StagedDevice,
    StuckFault,
    UncalibratedFault,
    in_thread,
)
from drivers.fingerprint.calibration import Calibration
from drivers.fingerprint.plug import Plug, PlugOptions
from drivers.fingerprint.uareu_talk import Chance, UareuTalk
from drivers.fingerprint.uareu_wire import Event, Mode
from drivers.transport.usb import UsbBus, UsbId, UsbPipe
from drivers.world.clock import MonotonicClock

IDS: Final = (UsbId(0x05BA, 0x0007), UsbId(0x05BA, 0x000A), UsbId(0x045E, 0x00BD), UsbId(0x045E, 0x00CA))
_UPSIDE_DOWN: Final = {UsbId(0x05BA, 0x000A)}
_CHALLENGED: Final = {UsbId(0x045E, 0x00CA)}

_LOOK_MS: Final = 250
_QUIET_LOOKS: Final = 8
"""After a picture: two seconds, where capture takes the only one of a touch after one."""
_RESTART_LOOKS: Final = 20
"""A finger that was not seen lifted for so long may be an event that was lost."""
_HELD_LOOKS_MAX: Final = 240
"""And one that was not for a minute is not believed."""


class Options(PlugOptions):
    """Which sensor, and what its pixels measure."""

    calibration: Path | None = None
    """The file with this unit's calibration; without it no print is taken."""
    for_calibration: bool = False
    """Whether to give the sensor's own pixels without a resolution, to calibrate it with: no print is made of them."""
    lift_between: bool = True
    """Whether the finger must leave the plate between two armings, so that one press is not taken twice."""
    frame_limit_ms: int = Field(default=1_000, ge=200, le=10_000)
    """How long a picture may take before the sensor is thought to have failed."""


class UareU4000(StagedDevice):
    """Waits for a finger, and gives one upright frame a touch, with dark ridges and square pixels."""

    def __init__(
        self,
        options: Options,
        *,
        clock: MonotonicClock,
        bus: UsbBus | None = None,
        chance: Chance = secrets.randbits,
    ) -> None:
        """:param clock: gives each frame its time.
        :param bus: where it is plugged in, instead of the system's USB.
        :param chance: gives so many random bits; a recording needs the same ones again.
        """
        super().__init__(lease=options.lease("uareu"))
        self._options, self._clock = options, clock
        self._plug = Plug(options, bus=bus, begin=self._begun)
        self._chance = chance
        self._calibration: Calibration | None = None
        self._given = False
        """Whether a touch was given and not seen to end."""
        self._held_looks = 0
        self._quiet_looks = 0

    @property
    def facts(self) -> Facts:
        """The model's own name, serial and release number once it was opened."""
        return self._plug.facts(make="DigitalPersona", model="U.are.U 4000/4500", names_its_make=True)

    async def _open(self) -> None:
        # it may be another unit in the same socket, and another person before it
        self._given = False
        await self._plug.open(IDS)

    def _begun(self, pipe: UsbPipe) -> UareuTalk:
        limit_ms = self._options.frame_limit_ms
        challenged = pipe.found.id in _CHALLENGED
        return UareuTalk(pipe, challenged=challenged, frame_limit_ms=limit_ms, chance=self._chance)

    async def _close(self) -> None:
        await self._plug.close()

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, FingerAim):
            raise OrderFault("A fingerprint sensor can only be armed for a finger.")
        if not self._options.for_calibration:
            self._calibration = await in_thread(self._calibrated)
        self._given = self._given and self._options.lift_between
        self._held_looks = self._quiet_looks = 0

    def _calibrated(self) -> Calibration:
        if self._options.calibration is None:
            raise UncalibratedFault(
                "The fingerprint sensor's resolution is not known: calibrate it, and name the file in its options."
            )
        found = Calibration.load(self._options.calibration)
        found.need_for(self.facts)
        return found

    async def _disarm(self) -> None:
        self._calibration = None
        await self._plug.rest()

    async def _grab(self) -> Frame | Retake:
        while not isinstance(seen := await in_thread(self._look), Frame) and self._quiet_looks > 0:
            self._quiet_looks -= 1
        if isinstance(seen, Frame):
            self._quiet_looks = _QUIET_LOOKS
            return seen
        return Retake(seen)

    def _look(self) -> Frame | Hint:
        """What comes of a quarter of a second."""
        talk = self._plug.talk
        if self._given:
            return self._lifted(talk)
        if talk.heard(Mode.AWAIT_FINGER, limit_ms=_LOOK_MS) is not Event.FINGER_ON:
            return Hint.NO_FINGER
        sensed = talk.picture()
        taken_ns = self._clock.monotonic_ns()
        self._given = True
        return self._frame(sensed, taken_ns=taken_ns)

    def _lifted(self, talk: UareuTalk) -> Hint:
        if talk.heard(Mode.AWAIT_NO_FINGER, limit_ms=_LOOK_MS) is Event.FINGER_OFF:
            self._given, self._held_looks = False, 0
            return Hint.NO_FINGER
        self._held_looks += 1
        if self._held_looks == _HELD_LOOKS_MAX:
            self._held_looks = 0
            raise StuckFault(
                "The fingerprint sensor has not seen the finger lifted for a minute: unplug it and plug it in again."
            )
        if self._held_looks % _RESTART_LOOKS == 0:
            talk.restart()
        return Hint.LIFT_FINGER

    def _frame(self, sensed: GreyPixels, *, taken_ns: int) -> Frame:
        np.subtract(255, sensed, out=sensed)
        if self._plug.id in _UPSIDE_DOWN:
            # numpy sees that they overlap
            sensed[:] = sensed[::-1, ::-1]
        calibration = self._calibration
        if calibration is None:
            return Frame(sensed, taken_ns=taken_ns)
        frame = Frame(calibration.squared(sensed), taken_ns=taken_ns, ppi=calibration.ppi)
        sensed.fill(0)
        return frame
