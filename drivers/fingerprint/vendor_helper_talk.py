"""The conversation with a vendor's helper: one request, its answer, and an end for a helper that fails.

Nothing is mended in the middle. A helper that dies, is late, or says what it may not, is ended at once with all of its
group; the fault says which it was, and from then on the sensor is gone until it is opened anew, with a fresh helper. So
no answer can be taken for another one's: pipes, numbers and process begin together.

A fault that the helper itself reports is its sensor's, and the helper lives on.

Source: docs/vendor-helper.md.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from pydantic import Field

from drivers.contract import Fault, Finger, GoneFault, Hint, OptionsFault, ProtocolFault, TimedOutFault
from drivers.contract import Options as DriverOptions
from drivers.fingerprint import vendor_helper_wire as wire
from drivers.fingerprint.vendor_helper_wire import Verb
from drivers.transport.helper import HelperPlan, HelperProcess
from drivers.transport.helper_start import NOT_RUN

_log = logging.getLogger(__name__)

_DYING_MS: Final = 500

_Kind = TypeVar("_Kind", bound=wire.Answer)


class Limits(DriverOptions):
    """How long the helper may take for each verb, in milliseconds."""

    hello_ms: int = Field(default=10_000, ge=50, le=60_000)
    """To start, and to load its maker's software."""
    open_ms: int = Field(default=10_000, ge=50, le=60_000)
    """To find and open the sensor."""
    arm_ms: int = Field(default=5_000, ge=50, le=60_000)
    """To light it."""
    grab_ms: int = Field(default=3_000, ge=50, le=60_000)
    """To give a frame or a hint, beyond the time for which it may wait for a finger."""
    disarm_ms: int = Field(default=2_000, ge=50, le=60_000)
    """To darken it."""
    close_ms: int = Field(default=2_000, ge=50, le=60_000)
    """To give the sensor back, and as long again to end."""


class HelperTalk:
    """Blocks, so it is called from a thread, by one caller at a time."""

    def __init__(self, plan: HelperPlan, *, limits: Limits, wait_ms: int) -> None:
        """Start the helper. :raises: OptionsFault, DeniedFault.

        :param wait_ms: how long the helper may wait for a finger in one grab.
        """
        self._process = HelperProcess(plan)
        self._limits, self._wait_ms = limits, wait_ms
        self._number = 0
        self._opened: wire.Opened | None = None
        self._armed = self._ended = False
        self.failed = False
        """Whether the helper itself failed, and was ended for it."""

    def greet(self) -> wire.Hello:
        """Agree on a version. :raises: OptionsFault when its program cannot be run, else as every verb."""
        try:
            hello = self._ask(Verb.HELLO, wire.Hello, limit_ms=self._limits.hello_ms, speaks=[wire.VERSION])
        except GoneFault:
            if self._process.exit_code == NOT_RUN:
                raise OptionsFault("The program that is named for the sensor's helper cannot be run.") from None
            raise
        if hello.speaks != wire.VERSION:
            self._end(failed=True)
            raise ProtocolFault(f"The sensor's helper speaks another version of its protocol than {wire.VERSION}.")
        return hello

    def open(self) -> wire.Opened:
        """Hold the sensor; which one it is."""
        self._opened = self._ask(Verb.OPEN, wire.Opened, limit_ms=self._limits.open_ms)
        return self._opened

    def arm(self, finger: Finger) -> None:
        """Make it ready for this finger."""
        # what fails half-way is undone like what succeeded
        self._armed = True
        self._ask(Verb.ARM, wire.Done, limit_ms=self._limits.arm_ms, **wire.aimed(finger))

    def grab(self) -> bytearray | Hint:
        """One frame's bytes, checked and in memory of their own, or what the person can do."""
        limit_ms = self._wait_ms + self._limits.grab_ms
        answer = self._ask(Verb.GRAB, wire.Grabbed, limit_ms=limit_ms, wait_ms=self._wait_ms)
        if isinstance(answer, wire.Hinted):
            return answer.hint
        assert isinstance(answer, wire.FrameHead), "there is no third answer"
        return self._pixels(answer)

    def disarm(self) -> None:
        """Darken it, if it was to be armed; what cannot be said any more is in the log only."""
        if self._armed:
            self._armed = False
            self._part(Verb.DISARM, limit_ms=self._limits.disarm_ms)

    def close(self) -> None:
        """Give the sensor back, and end the helper whatever it says; works on one that is dead, and a second time."""
        limit_ms = self._limits.close_ms
        if self._opened is not None:
            self._part(Verb.CLOSE, limit_ms=limit_ms)
        self._part(Verb.BYE, limit_ms=limit_ms)
        self._end(failed=False, within_ms=limit_ms)

    def _part(self, verb: Verb, *, limit_ms: int) -> None:
        if self._ended:
            return
        try:
            self._ask(verb, wire.Done, limit_ms=limit_ms)
        except Fault as fault:
            _log.warning("The sensor's helper failed to %s (%s).", verb.value, fault.sentence)

    def _ask(self, verb: Verb, expected: type[_Kind], *, limit_ms: int, **more: object) -> _Kind:
        """:raises: GoneFault, TimedOutFault, ProtocolFault when the helper failed; what it reports of its sensor."""
        if self._ended:
            raise GoneFault("The sensor's helper has ended.")
        self._number += 1
        with self._ending():
            self._process.say(wire.request(self._number, verb, **more), limit_ms=limit_ms)
            answer = wire.read_answer(self._process.hear(wire.LINE_BYTES_MAX))
            if answer.id != self._number:
                raise ProtocolFault("The sensor's helper answered another request than the one that it was asked.")
            if not isinstance(answer, wire.Failed | expected):
                raise ProtocolFault("The sensor's helper gave an answer that does not fit what it was asked.")
        if isinstance(answer, wire.Failed):
            kind, sentence = wire.FAULTS[answer.code]
            raise kind(sentence)
        return answer

    def _pixels(self, head: wire.FrameHead) -> bytearray:
        assert self._opened is not None, "nothing is grabbed of a sensor that was not opened"
        with self._ending():
            wire.check_head(head, opened=self._opened)
            pixels = self._process.take(head.bytes)
            wire.check_pixels(head, pixels)
        return pixels

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Whatever goes wrong between us ends the helper."""
        try:
            yield
        except GoneFault:
            # its output has ended, and in a moment it has: so that its exit code can be told
            self._end(failed=True, within_ms=_DYING_MS)
            raise
        except (ProtocolFault, TimedOutFault):
            self._end(failed=True)
            raise

    def _end(self, *, failed: bool, within_ms: int = 0) -> None:
        if self._ended:
            return
        self._ended, self.failed = True, failed
        self._process.end(within_ms=within_ms)
        code, complaint_bytes = self._process.exit_code, self._process.complaint_bytes
        if failed or code or complaint_bytes:
            _log.warning(
                "The sensor's helper has ended (exit code %s, %d bytes on its error output).", code, complaint_bytes
            )
