"""Futronic FS80, FS81 and FS88: optical sensors of 320x480 pixels at 500 ppi, by USB.

Hardware: 1491:0020 is the FS81 module, and by the ids also FS80 and FS80H; 1491:0088 is FS88 and FS88H.
Firmware seen: none. **Nothing here was tried on metal**: it follows the facts page and is proven against our own
emulator only. A certificate that a sensor holds with its maker's software does not hold for this driver.

Source: facts/fingerprint-sensors.md section 4, which rests on one published trace of one FS81. FS80 and FS88 share its
size and its way of transport; their commands nobody has published. Both are asked for the frame's size first, and
refused when it is another. An FS88 is not touched unless the options say so.

Quirks
* The replies' queue, and how it gets out of step: `futronic_talk`.
* Rows come bottom first. Whether ridges are dark is not published; it is found out from a finger beside bare glass.
* No finger detection of its own: the squares' variance decides (`presence`). Two pictures must show the finger, and
  between two armings it must be seen lifted, so that no press is taken twice.
* A grab can be cancelled, and the cancellation is answered when the frame has ended: half a frame would leave the rest
  in the queue.
"""

import logging
from typing import Final

from pydantic import Field

from drivers.contract import (
    Aim,
    Facts,
    FingerAim,
    Frame,
    Hint,
    OrderFault,
    Retake,
    StagedDevice,
    StuckFault,
    in_thread,
)
from drivers.fingerprint import futronic_wire as wire
from drivers.fingerprint.futronic_talk import FutronicTalk
from drivers.fingerprint.plug import Plug, PlugOptions
from drivers.fingerprint.presence import CLEARED, PRESENT, Polarity, Presence, Squares, polarity_of, squares
from drivers.transport.usb import UsbBus, UsbId, UsbPipe
from drivers.world.clock import MonotonicClock

_log = logging.getLogger(__name__)

IDS: Final = (UsbId(0x1491, 0x0020),)
UNPROVEN_IDS: Final = (UsbId(0x1491, 0x0088),)

_UNLIT: Final = 5.0
"""Glass that is lit has a noise of about 48 by the same measure; below this there is no light."""
_UNLIT_FRAMES: Final = 3


class Options(PlugOptions):
    """Which sensor, and what is known of it."""

    unproven_models: bool = False
    """Whether to drive an FS88 (1491:0088) as well, whose commands nobody has published: expected to be the same."""
    polarity: Polarity | None = None
    """Which way round its greys are; left out, it is found out from the first finger beside bare glass."""
    lift_between: bool = True
    """Whether the finger must leave the plate between two armings, so that one press is not taken twice."""
    frame_limit_ms: int = Field(default=2_000, ge=200, le=10_000)
    """How long a frame may take before the sensor is thought to have failed."""


class FutronicFs80(StagedDevice):
    """Exposes, waits for a finger, and gives upright frames with dark ridges."""

    def __init__(self, options: Options, *, clock: MonotonicClock, bus: UsbBus | None = None) -> None:
        """:param clock: gives each frame its time, and tells how long the sensor was left alone.
        :param bus: where it is plugged in, instead of the system's USB.
        """
        super().__init__(lease=options.lease("futronic"))
        self._options, self._clock = options, clock
        self._plug = Plug(options, bus=bus, begin=self._begun)
        self._polarity = options.polarity
        self._bare_level: float | None = None
        self._presence = Presence()
        self._unlit = 0
        self._taken = False
        """Whether a press was given since the plate was last seen bare, in an arming before this one."""
        self._given = False

    @property
    def facts(self) -> Facts:
        """The model's own name and release number once it was opened."""
        return self._plug.facts(make="Futronic", model="FS80/FS81/FS88")

    async def _open(self) -> None:
        # it may be another unit in the same socket, and another person before it
        self._polarity, self._bare_level, self._given = self._options.polarity, None, False
        await self._plug.open(IDS + UNPROVEN_IDS if self._options.unproven_models else IDS)

    def _begun(self, pipe: UsbPipe) -> FutronicTalk:
        return FutronicTalk(pipe, clock=self._clock, frame_limit_ms=self._options.frame_limit_ms)

    async def _close(self) -> None:
        await self._plug.close()

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, FingerAim):
            raise OrderFault("A fingerprint sensor can only be armed for a finger.")
        self._presence, self._unlit = Presence(), 0
        self._taken = self._given and self._options.lift_between

    async def _disarm(self) -> None:
        await self._plug.rest()

    async def _grab(self) -> Frame | Retake:
        return await in_thread(self._look)

    def _look(self) -> Frame | Retake:
        data, seen = self._plug.talk.expose(_measured)
        frame = Frame(wire.upright(data), taken_ns=self._clock.monotonic_ns(), ppi=wire.PPI)
        data[:] = bytes(len(data))
        hint = self._judged(frame, seen)
        if hint is None:
            self._given = True
            return frame
        frame.zero()
        return Retake(hint)

    def _judged(self, frame: Frame, seen: Squares) -> Hint | None:
        """Why this frame is not given, or None, with its ridges made dark. :raises: StuckFault without light."""
        self._need_light(seen.activity)
        if seen.activity < CLEARED:
            self._bare_level = float(seen.level.mean())
            self._taken = self._given = False
        there = self._presence.look(seen.activity)
        if self._taken:
            return Hint.LIFT_FINGER if seen.activity > PRESENT else Hint.CLEAN_PLATE
        if not there:
            return Hint.NO_FINGER
        if self._polarity is None:
            self._polarity = polarity_of(seen, bare_level=self._bare_level)
            if self._polarity is None:
                # bare glass must be seen first
                return Hint.LIFT_FINGER
            _log.info("The fingerprint sensor gives %s.", self._polarity.value.replace("-", " "))
        if self._polarity is Polarity.LIGHT_RIDGES:
            frame.pixels[:] = 255 - frame.pixels
        return None

    def _need_light(self, activity: float) -> None:
        self._unlit = self._unlit + 1 if activity < _UNLIT else 0
        if self._unlit == _UNLIT_FRAMES:
            self._unlit = 0
            raise StuckFault("The fingerprint sensor's lamp does not light: unplug the sensor and plug it in again.")


def _measured(data: memoryview) -> Squares:
    """Of the picture upside down, which is the same to all that is asked of its squares."""
    return squares(wire.rows(data))
