"""A kernel's GPIO chip with wires on its lines, as the `gpiod` package shows it: a device model, and no driver's code.

What is modelled, after docs.kernel.org/userspace-api/gpio/chardev.html and the behaviour of gpio-sim: a line is held by
one request (EBUSY), has a direction, a bias that decides where nothing is attached, and edges with the time of the
monotonic clock; an input that is driven from outside has that level whatever its bias. A request outlives its chip's
file. When a chip is unplugged, its requests end with ENODEV and their files hang up. When a process dies, its requests
are released; a released output stays as it is, or becomes an input, as the chip likes (`keeps_outputs`).
"""

import errno
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import gpiod
from gpiod.line import Bias, Direction, Edge, Value

_EVENTS = gpiod.EdgeEvent.Type


@dataclass
class Line:
    """One line with what is attached to it."""

    name: str
    attached: int | None = None
    """The level that the world drives, or None where nothing is attached."""
    direction: Direction = Direction.INPUT
    bias: Bias = Bias.DISABLED
    edges: Edge = Edge.NONE
    output: int = 0
    holder: "Request | None" = None
    shown: list[int] = field(default_factory=list)
    """Every level that it drove, as a lamp on it would have shown."""

    @property
    def level(self) -> int:
        if self.direction is Direction.OUTPUT:
            return self.output
        if self.attached is not None:
            return self.attached
        return int(self.bias is Bias.PULL_UP)


class EmulatedChip:
    """A chip; `paths` and `opener` are what a pin factory is given."""

    def __init__(
        self,
        *names: str,
        now_ns: Callable[[], int],
        path: str = "/dev/gpiochip0",
        label: str = "emulated",
        keeps_outputs: bool = False,
    ) -> None:
        self.lines = [Line(name) for name in names]
        self.path, self.label, self.now_ns = path, label, now_ns
        self.keeps_outputs, self.plugged = keeps_outputs, True
        self.requests: list[Request] = []
        self.open_files = 0

    def line(self, name: str) -> Line:
        return next(line for line in self.lines if line.name == name)

    def attach(self, name: str, level: int | None) -> int:
        """Drive the line from outside, or let it go. The time at which it was done."""
        line, now_ns = self.line(name), self.now_ns()
        before, line.attached = line.level, level
        self.changed(line, before, at_ns=now_ns)
        return now_ns

    def changed(self, line: Line, before: int, *, at_ns: int) -> None:
        if line.level == before or line.holder is None or line.direction is Direction.OUTPUT:
            return
        rising = line.level == 1
        if line.edges is Edge.BOTH or line.edges is (Edge.RISING if rising else Edge.FALLING):
            line.holder.push(_EVENTS.RISING_EDGE if rising else _EVENTS.FALLING_EDGE, at_ns=at_ns)

    def unplug(self) -> None:
        self.plugged = False
        for request in self.requests:
            request.hang_up()

    def replug(self) -> None:
        """In again: requests of before stay dead, and its lines are as nobody ever held them."""
        self.plugged = True
        for line in self.lines:
            line.holder, line.direction, line.bias, line.edges = None, Direction.INPUT, Bias.DISABLED, Edge.NONE

    def kill_holders(self) -> None:
        """The process that holds lines dies: the kernel closes its files."""
        for request in list(self.requests):
            request.release()

    def open(self) -> "OpenChip":
        self.check()
        self.open_files += 1
        return OpenChip(self)

    def check(self) -> None:
        if not self.plugged:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


class OpenChip:
    """An open file of a chip, as `gpiod.Chip`."""

    def __init__(self, chip: EmulatedChip) -> None:
        self._chip = chip

    def get_info(self) -> gpiod.ChipInfo:
        self._chip.check()
        return gpiod.ChipInfo(os.path.basename(self._chip.path), self._chip.label, len(self._chip.lines))

    def get_line_info(self, line: int) -> gpiod.LineInfo:
        self._chip.check()
        found = self._chip.lines[line]
        used = found.holder is not None
        return gpiod.LineInfo(
            line,
            found.name,
            used,
            "smilius" if used else "",
            found.direction.value,
            False,
            found.bias.value,
            gpiod.line.Drive.PUSH_PULL.value,
            found.edges.value,
            gpiod.line.Clock.MONOTONIC.value,
            False,
            0,
        )

    def request_lines(self, config: dict[int, gpiod.LineSettings | None], consumer: str) -> "Request":
        self._chip.check()
        ((offset, settings),) = config.items()
        line = self._chip.lines[offset]
        if line.holder is not None:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        request = Request(self._chip, line, offset)
        if settings is not None:
            request.reconfigure_lines({offset: settings})
        return request

    def close(self) -> None:
        self._chip.open_files -= 1


class Request:
    """A held line, as `gpiod.LineRequest`."""

    def __init__(self, chip: EmulatedChip, line: Line, offset: int) -> None:
        self._chip, self._line, self._offset = chip, line, offset
        self._events: deque[gpiod.EdgeEvent] = deque()
        self._read_fd, self._write_fd = os.pipe()
        self._hung_up = False
        line.holder = self
        chip.requests.append(self)

    @property
    def fd(self) -> int:
        return self._read_fd

    def push(self, kind: gpiod.EdgeEvent.Type, *, at_ns: int) -> None:
        self._events.append(gpiod.EdgeEvent(kind.value, at_ns, self._offset, 1, 1))
        os.write(self._write_fd, b"e")

    def hang_up(self) -> None:
        self._hung_up = True
        os.close(self._write_fd)

    def _check(self) -> None:
        if self._line.holder is not self:
            raise gpiod.RequestReleasedError
        self._chip.check()

    def get_value(self, line: int) -> Value:
        self._check()
        assert line == self._offset
        return Value.ACTIVE if self._line.level else Value.INACTIVE

    def set_value(self, line: int, value: Value) -> None:
        self._check()
        assert line == self._offset
        if self._line.direction is not Direction.OUTPUT:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        self._drive(int(bool(value)))

    def reconfigure_lines(self, config: dict[int, gpiod.LineSettings | None]) -> None:
        self._check()
        settings = config[self._offset]
        assert settings is not None
        line, before = self._line, self._line.level
        if settings.edge_detection is not Edge.NONE and settings.direction is not Direction.INPUT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if settings.direction is not Direction.AS_IS:
            line.direction = settings.direction
        if settings.bias is not Bias.AS_IS:
            line.bias = settings.bias
        if line.direction is Direction.OUTPUT:
            self._drive(int(bool(settings.output_value)))
        self._chip.changed(line, before, at_ns=self._chip.now_ns())
        line.edges = settings.edge_detection

    def _drive(self, level: int) -> None:
        self._line.output = level
        self._line.shown.append(level)

    def wait_edge_events(self, timeout: float) -> bool:
        assert timeout == 0
        return bool(self._events)

    def read_edge_events(self) -> list[gpiod.EdgeEvent]:
        self._check()
        assert self._events, "the kernel would wait for an edge here"
        events = list(self._events)
        self._events.clear()
        os.read(self._read_fd, 4096)
        return events

    def release(self) -> None:
        if self._line.holder is not self:
            return
        self._line.holder, self._line.edges = None, Edge.NONE
        if not self._chip.keeps_outputs:
            self._line.direction = Direction.INPUT
        self._chip.requests.remove(self)
        os.close(self._read_fd)
        if not self._hung_up:
            os.close(self._write_fd)


class Machine:
    """Several chips: what `/dev` and `gpiod.Chip` are to a pin factory."""

    def __init__(self, *chips: EmulatedChip) -> None:
        self._chips = chips

    def paths(self) -> list[str]:
        return [chip.path for chip in self._chips if chip.plugged]

    def opener(self, path: str) -> OpenChip:
        for chip in self._chips:
            if chip.path == path:
                return chip.open()
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
