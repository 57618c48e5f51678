"""A fingerprint sensor behind a vendor's helper: a program that has the maker's software, and speaks our protocol.

Hardware: whatever the helper drives. Firmware seen: none. **Nothing here was tried on metal**: it is proven with the
sample helper beside this file and with one that fails on purpose.

This is the door to certified capture: a certificate is given to a sensor *with* its maker's software, so our own
drivers never have one. Still a helper's word is not enough. It is a program that anybody may have written, and it says
`certified` for whatever it was built with; that this unit, this version and this installation are what the certificate
was given to, only who installed it can know. So it is claimed when both say so, by the certificate's name: the helper
in its answer, the configuration in `accept_certified`, beside make and model. Where they differ, the sensor is not
opened: prints that were thought to be certified and are not would be worse than none.

Source: docs/vendor-helper.md; facts/fingerprint-sensors.md sections 1 and 17.

Quirks
* One helper for one opening: it is started by it and ended by the closing, so opening anew is our re-plug.
* Three helpers that failed within a minute are enough: then opening is *stuck* until the first of them is a minute ago.
* A grab can be cancelled, and the cancellation is answered when the helper has answered or its time is over.
* Whether a finger is there, and whether it was lifted between two armings, is for the helper to see.
"""

import re
from collections import deque
from pathlib import PurePosixPath
from typing import Annotated, Final, Self

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from drivers.contract import (
    Aim,
    DeviceKind,
    Facts,
    FingerAim,
    Frame,
    GoneFault,
    OptionsFault,
    OrderFault,
    Retake,
    StagedDevice,
    StuckFault,
    in_thread,
)
from drivers.contract import Options as DriverOptions
from drivers.fingerprint.vendor_helper_talk import HelperTalk, Limits
from drivers.fingerprint.vendor_helper_wire import Opened
from drivers.transport.helper import HelperPlan
from drivers.world.clock import MonotonicClock

FAILURES_MAX: Final = 3
FAILURES_NS: Final = 60 * 10**9


def _runnable(command: tuple[str, ...]) -> tuple[str, ...]:
    if not PurePosixPath(command[0]).is_absolute() or any("\0" in word for word in command):
        raise ValueError("an absolute path, and arguments without NUL")
    return command


def _settable(environment: dict[str, str]) -> dict[str, str]:
    if not all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in environment):
        raise ValueError("names of letters, digits and underscores")
    if any("\0" in value for value in environment.values()):
        raise ValueError("values without NUL")
    return environment


class Options(DriverOptions):
    """Which helper, and which sensor is expected behind it."""

    command: Annotated[tuple[str, ...], Field(min_length=1, max_length=64), AfterValidator(_runnable)]
    """The helper's program, by its absolute path, and its arguments; no shell reads them."""
    environment: Annotated[dict[str, str], AfterValidator(_settable)] = Field(default={}, repr=False)
    """What it finds in its environment beside `PATH` and `LC_ALL`; nothing of the station's own goes there."""
    make: str | None = None
    """The manufacturer that the helper must name; left out, any."""
    model: str | None = None
    """The model that it must name; left out, any."""
    serial: str | None = None
    """The serial number that it must name; left out, any."""
    accept_certified: str | None = Field(default=None, min_length=1)
    """The certificate, by the name that the helper gives it, that whoever installed both vouches for; with `make` and
    `model`. Left out, nothing is called certified, whatever the helper says."""
    may_write_files: bool = False
    """Whether the helper may write files; it sees prints, so not unless its maker's software cannot do without."""
    wait_ms: int = Field(default=250, ge=0, le=2_000)
    """How long it may wait for a finger before it says that there is none."""
    limits: Limits = Limits()
    """How long it may take for each verb before it is ended."""

    @model_validator(mode="after")
    def _vouched_for(self) -> Self:
        if self.accept_certified is not None and None in {self.make, self.model}:
            raise ValueError("accept_certified needs make and model")
        return self


class VendorHelper(StagedDevice):
    """Starts the helper, and gives the frames that it gives."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each frame its time, and each failure."""
        super().__init__(lease="helper-" + "\0".join(options.command))
        self._options, self._clock = options, clock
        self._talk: HelperTalk | None = None
        self._opened: Opened | None = None
        self._failures_ns: deque[int] = deque(maxlen=FAILURES_MAX)

    @property
    def facts(self) -> Facts:
        """What the helper told of its sensor once it was opened; before, what the options expect."""
        options, opened = self._options, self._opened
        return Facts(
            kind=DeviceKind.FINGERPRINT,
            make=opened.make if opened else options.make or "",
            model=opened.model if opened else options.model or "behind a vendor's helper",
            serial=opened.serial if opened else options.serial or "",
            firmware=opened.firmware if opened else "",
            # `_expect` has seen that it is the one that the helper names
            certified=opened is not None and options.accept_certified is not None,
            simulated=opened is not None and opened.simulated,
        )

    async def _open(self) -> None:
        # it may be another unit than the last time
        self._opened = None
        self._need_patience()
        await in_thread(self._start)

    def _need_patience(self) -> None:
        failures = self._failures_ns
        if len(failures) == FAILURES_MAX and self._clock.monotonic_ns() - failures[0] < FAILURES_NS:
            raise StuckFault(
                "The sensor's helper failed three times within a minute: plug the sensor in again, and wait a minute."
            )

    def _start(self) -> None:
        options = self._options
        plan = HelperPlan(options.command, options.environment, may_write_files=options.may_write_files)
        # kept before anything is said, so that closing finds it when the opening is cancelled or fails
        self._talk = HelperTalk(plan, limits=options.limits, wait_ms=options.wait_ms)
        self._talk.greet()
        opened = self._talk.open()
        self._expect(opened)
        self._opened = opened

    def _expect(self, opened: Opened) -> None:
        """:raises: GoneFault for another sensor than the configured one, OptionsFault for another certificate."""
        options = self._options
        wanted = {"make": options.make, "model": options.model, "serial": options.serial}
        others = [name for name, value in wanted.items() if value not in {None, getattr(opened, name)}]
        if others:
            raise GoneFault(f"Another fingerprint sensor is plugged in than the configured one ({', '.join(others)}).")
        if options.accept_certified not in {None, opened.certificate}:
            raise OptionsFault("The sensor's helper does not have the certificate that the configuration accepts.")

    async def _close(self) -> None:
        talk, self._talk = self._talk, None
        if talk is None:
            return
        await in_thread(talk.close)
        if talk.failed:
            self._failures_ns.append(self._clock.monotonic_ns())

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, FingerAim):
            raise OrderFault("A fingerprint sensor can only be armed for a finger.")
        talk = self._held()
        await in_thread(lambda: talk.arm(aim.finger))

    async def _disarm(self) -> None:
        await in_thread(self._held().disarm)

    async def _grab(self) -> Frame | Retake:
        talk = self._held()
        return await in_thread(lambda: self._look(talk))

    def _look(self, talk: HelperTalk) -> Frame | Retake:
        seen = talk.grab()
        if not isinstance(seen, bytearray):
            return Retake(seen)
        taken_ns, opened = self._clock.monotonic_ns(), self._opened
        assert opened is not None, "it was opened"
        pixels = np.frombuffer(seen, np.uint8).reshape(opened.height_px, opened.width_px)
        return Frame(pixels, taken_ns=taken_ns, ppi=float(opened.ppi))

    def _held(self) -> HelperTalk:
        assert self._talk is not None, "the verbs are kept in order"
        return self._talk
