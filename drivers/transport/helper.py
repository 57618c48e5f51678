"""A helper program beside us: lines and bytes through its pipes, by a deadline, and an end that is certain.

The helper is a process of its own in a session of its own. It gets the environment that it is told and nothing else of
ours: no file but its three pipes, no privilege, no core dump (`helper_start`). It dies with the process that started
it. All calls block; a driver makes them in `in_thread`, one at a time, and starts a helper in a thread that lives as
long as the helper may: the kernel takes the starting thread's end for the parent's.

What it writes on its error output may hold anything: it is read so that the helper does not have to wait, counted, and
overwritten. Frames land in memory that can be overwritten, and what passed through ours is.

Quirk: a program that the helper starts and that leaves its session is not found again; the service's control group is
what ends that one.

Source: pidfd_open(2), pipe(7), kill(2), prctl(2).
"""

import fcntl
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from drivers.contract import DeniedFault, Fault, GoneFault, OptionsFault, ProtocolFault, TimedOutFault
from drivers.transport import helper_start

ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
"""What every helper has, unless its plan says another value."""

_CHUNK_BYTES: Final = 65_536
_PIPE_BYTES: Final = 1 << 20
"""So that a whole frame fits into the pipe, and its sender does not have to wait for us in between."""
_REAP_LIMIT_MS: Final = 2_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HelperPlan:
    """What to start, and with what."""

    command: tuple[str, ...]
    """Program and arguments; the program by its absolute path. No shell reads them."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Beside `ENVIRONMENT`; may hold a licence key."""
    may_write_files: bool = False
    """Whether it may write files at all; pipes and devices are none."""


class HelperProcess:
    """One running helper. Any fault leaves it unusable: whoever sees one ends it."""

    def __init__(self, plan: HelperPlan) -> None:
        """Start it. :raises: OptionsFault, DeniedFault when there is no such program or it may not be run."""
        _need_program(plan.command[0])
        try:
            self._child = _started(plan)
            self._life = os.pidfd_open(self._child.pid)
        except OSError:
            # no process, no file or no memory more; what was started sees its input closed, and ends
            raise DeniedFault("The system does not let the station start the sensor's helper.") from None
        self._in, self._out, self._err = (stream.fileno() for stream in self._streams())
        self._ready = select.poll()
        for number in (self._out, self._err, self._life):
            self._ready.register(number, select.POLLIN)
        for number in (self._in, self._out, self._err):
            os.set_blocking(number, False)
        _widen(self._out)
        self._inbox = bytearray(_CHUNK_BYTES)
        self._begin = self._end = 0
        self._until_s = 0.0
        self._ended, self._complains = False, True
        self.complaint_bytes = 0
        """How much it has written on its error output."""

    @property
    def pid(self) -> int:
        """Its process id, and that of its session and group."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, minus the signal's number where that was it; None while it runs."""
        return self._child.returncode

    def say(self, line: bytes, *, limit_ms: int) -> None:
        """Send a line. The time limit is for this and for all that is heard and taken until the next one.

        :raises: ProtocolFault when it has said something unasked, GoneFault, TimedOutFault.
        """
        self._until_s = time.monotonic() + limit_ms / 1000
        self._need_silence()
        writable = select.poll()
        writable.register(self._in, select.POLLOUT)
        while line:
            if not writable.poll(self._left_ms()):
                raise _late()
            try:
                line = line[os.write(self._in, line) :]
            except BrokenPipeError:
                raise _gone() from None

    def hear(self, bytes_max: int) -> bytes:
        """The next line, without its newline. :raises: ProtocolFault when it is longer, GoneFault, TimedOutFault."""
        assert bytes_max <= _CHUNK_BYTES, "a line fits into what is read at once"
        while (at := self._inbox.find(b"\n", self._begin, self._end)) < 0:
            if self._end - self._begin >= bytes_max:
                break
            self._receive()
        if at < 0 or at - self._begin >= bytes_max:
            raise ProtocolFault("The sensor's helper gave a line that is too long.")
        line = bytes(self._inbox[self._begin : at])
        self._forget(at + 1)
        return line

    def take(self, size_bytes: int) -> bytearray:
        """Exactly so many bytes, in memory of their own. :raises: GoneFault, TimedOutFault."""
        taken = bytearray(size_bytes)
        there = min(size_bytes, self._end - self._begin)
        taken[:there] = self._inbox[self._begin : self._begin + there]
        self._forget(self._begin + there)
        rest = memoryview(taken)[there:]
        try:
            while rest:
                self._await_output()
                rest = rest[self._read(rest) :]
        except Fault:
            taken[:] = bytes(size_bytes)
            raise
        return taken

    def end(self, *, within_ms: int = 0) -> None:
        """Close its input, let it end by itself for so long, then kill it and all of its group; works a second time."""
        if self._ended:
            return
        self._ended = True
        sink, *sources = self._streams()
        sink.close()
        self._ready.unregister(self._out)
        alone = self._ends_within(within_ms)
        # its number is its own until it is waited for; who is left of its group is killed even after a good end
        os.killpg(self._child.pid, signal.SIGKILL)
        if alone or self._ends_within(_REAP_LIMIT_MS):
            self._child.wait()
        else:
            _log.error("The sensor's helper cannot be killed: a driver in the kernel holds it.")
        self._drain_complaint()
        for source in sources:
            source.close()
        os.close(self._life)
        self._forget(self._end)

    def _streams(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        child = self._child
        assert child.stdin is not None, "all three are pipes"
        assert child.stdout is not None
        assert child.stderr is not None
        return child.stdin, child.stdout, child.stderr

    def _need_silence(self) -> None:
        heard = self._end > self._begin
        quiet = select.poll()
        quiet.register(self._out, select.POLLIN)
        if not heard and quiet.poll(0):
            self._receive()
            heard = self._end > self._begin
        if heard:
            raise ProtocolFault("The sensor's helper said more than it was asked for.")

    def _receive(self) -> None:
        """Some more into the inbox. :raises: GoneFault at the end of its output, TimedOutFault."""
        self._await_output()
        if self._begin:
            waiting = self._end - self._begin
            self._inbox[:waiting] = self._inbox[self._begin : self._end]
            self._inbox[waiting : self._end] = bytes(self._end - waiting)
            self._begin, self._end = 0, waiting
        self._end += self._read(memoryview(self._inbox)[self._end :])

    def _read(self, into: memoryview) -> int:
        try:
            count = os.readv(self._out, [into])
        except BlockingIOError:
            return 0
        if count == 0:
            raise _gone()
        return count

    def _forget(self, until: int) -> None:
        self._inbox[self._begin : until] = bytes(until - self._begin)
        self._begin = until
        if self._begin == self._end:
            self._begin = self._end = 0

    def _await_output(self) -> None:
        """Until its output has something, or has ended. :raises: GoneFault when it has died, TimedOutFault."""
        while True:
            ready = self._polled()
            if self._out in ready:
                return
            if self._life in ready:
                # a child of its own may still hold the pipe, and there is nothing in it
                raise _gone()

    def _ends_within(self, limit_ms: int) -> bool:
        """Whether it ends by then; its output is not watched any more."""
        self._until_s = time.monotonic() + limit_ms / 1000
        try:
            while self._life not in self._polled():
                pass
        except TimedOutFault:
            return False
        return True

    def _polled(self) -> set[int]:
        """What is ready; what it complains is read on the way. :raises: TimedOutFault at the deadline."""
        ready = {number for number, _ in self._ready.poll(self._left_ms())}
        if self._err in ready:
            self._drain_complaint(chunks=1)
            ready.discard(self._err)
        if not ready and self._left_ms() == 0:
            raise _late()
        return ready

    def _drain_complaint(self, *, chunks: int = 64) -> None:
        sink = bytearray(_CHUNK_BYTES)
        for _ in range(chunks if self._complains else 0):
            try:
                count = os.readv(self._err, [sink])
            except BlockingIOError:
                return
            if count == 0:
                # at its end it would be ready for ever
                self._ready.unregister(self._err)
                self._complains = False
                return
            self.complaint_bytes += count

    def _left_ms(self) -> float:
        return max(0.0, self._until_s - time.monotonic()) * 1000


def _started(plan: HelperPlan) -> subprocess.Popen[bytes]:
    files = "write" if plan.may_write_files else "read-only"
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(helper_start.__file__)), str(os.getpid()), files, *plan.command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**ENVIRONMENT, **plan.environment},
        cwd="/",
        start_new_session=True,
    )


def _need_program(program: str) -> None:
    if not Path(program).is_file():
        raise OptionsFault("The program that is named for the sensor's helper is not there.")
    if not os.access(program, os.X_OK):
        raise DeniedFault("The station's user may not run the program that is named for the sensor's helper.")


def _widen(pipe: int) -> None:
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        # the user's pipes have all the memory that they may have; a narrow one works too
        return


def _gone() -> GoneFault:
    return GoneFault("The sensor's helper has ended.")


def _late() -> TimedOutFault:
    return TimedOutFault("The sensor's helper did not answer in time.")
