"""A pin factory for gpiozero over the kernel's GPIO character devices: any chip of any machine, lines by name.

gpiozero's own factory over lgpio starts on a Raspberry Pi only (`PinUnknownPi`); this one asks for nothing but
`/dev/gpiochip*`. Times are the kernel's own of each edge, on the monotonic clock, in nanoseconds. A line that is set
up as an output has its level in the same call, so it never shows another one first. A chip without pull resistors of
its own takes a pull as asked for and does nothing: the kernel does not say so.

Source: facts/image-and-hil.md 3(a); gpiozero's documentation of `Factory` and `Pin`. Proven against an emulated chip at
the border to `gpiod`, and in a virtual machine on the kernel's own gpio-sim (6.1); not on metal.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import MethodType
from typing import Final
from weakref import WeakMethod, ref

import gpiod
from gpiod.line import Bias, Clock, Direction, Edge, Value
from gpiozero.exc import PinInvalidBounce, PinInvalidEdges, PinInvalidFunction, PinInvalidPull, PinSetInput
from gpiozero.pins import Factory, Pin, PinInfo

from drivers.transport.edge_reader import EdgeReader
from drivers.transport.gpio_chip import Chip, Chips, LineRequest, Place, chip_paths, open_chip

CONSUMER: Final = "smilius"
"""Who holds a line, as `gpioinfo` shows it."""

_BIAS = {"floating": Bias.DISABLED, "up": Bias.PULL_UP, "down": Bias.PULL_DOWN}
_EDGES = {"none": Edge.NONE, "rising": Edge.RISING, "falling": Edge.FALLING, "both": Edge.BOTH}

Handler = Callable[[int, int], None]
"""Takes the kernel's time of an edge in nanoseconds, and the level after it."""


class GpiodFactory(Factory):  # type: ignore[misc]  # gpiozero has no types
    """Makes pins from lines."""

    def __init__(
        self,
        chip: str = "",
        *,
        paths: Callable[[], list[str]] = chip_paths,
        opener: Callable[[str], Chip] = open_chip,
    ) -> None:
        """:param chip: the chip that is meant where a line names none: its file, path or label; empty for any.

        :param paths: lists the files of the chips. :param opener: opens one of them.
        """
        super().__init__()
        self._chips = Chips(paths, opener, usual=chip)
        self._infos: dict[str, tuple[Place, PinInfo]] = {}
        self._pins: dict[Place, GpiodPin] = {}
        self.edges = EdgeReader()

    def close(self) -> None:
        """Release every line."""
        for pin in list(self._pins.values()):
            pin.close()
        self.edges.close()

    def pin(self, name: str) -> "GpiodPin":
        """The line of that name, always the same pin until it is closed. :raises: PinInvalidPin, OSError."""
        place, info = self._info(name)
        if place not in self._pins:
            self._pins[place] = GpiodPin(self, info, request=self._request(place), place=place)
        return self._pins[place]

    def forget(self, place: Place) -> None:
        """A pin was closed."""
        self._pins.pop(place, None)

    def find_pin(self, name: str) -> Iterator[tuple[None, PinInfo]]:
        """What gpiozero asks a board for when a device reserves its pins. :raises: PinInvalidPin, OSError."""
        yield None, self._info(name)[1]

    @staticmethod
    def ticks() -> int:
        """The clock that edges have their times from, in nanoseconds."""
        return time.monotonic_ns()

    @staticmethod
    def ticks_diff(later: int, earlier: int) -> float:
        """Seconds between two."""
        return (later - earlier) / 1e9

    def _get_board_info(self) -> "GpiodFactory":
        # any machine: there is no board to describe, but its pins can be found
        return self

    def _info(self, name: str) -> tuple[Place, PinInfo]:
        if name not in self._infos:
            place = self._chips.find(name)
            full = f"{place.path}/{place.offset}"
            info = PinInfo(place.offset, full, frozenset({full}), "", row=0, col=0, interfaces=frozenset({"gpio"}))
            self._infos[name] = self._infos[full] = place, info
        return self._infos[name]

    def _request(self, place: Place) -> LineRequest:
        chip = self._chips.open(place.path)
        try:
            # as it is: what it is for is said by the device
            return chip.request_lines({place.offset: None}, consumer=CONSUMER)
        finally:
            chip.close()


class GpiodPin(Pin):  # type: ignore[misc]  # gpiozero has no types
    """One line, held alone until it is closed."""

    def __init__(self, factory: GpiodFactory, info: PinInfo, *, request: LineRequest, place: Place) -> None:
        """:param request: holds the line."""
        super().__init__()
        self._factory, self._held_info = factory, info
        self._request, self._place = request, place
        self._lock = threading.RLock()
        self._is_open = True
        self._settings = gpiod.LineSettings(event_clock=Clock.MONOTONIC)
        self._function, self._wanted_edges = "input", Edge.BOTH
        self._handler: ref[Handler] | None = None

    def __repr__(self) -> str:
        return str(self._held_info.name)

    @property
    def factory(self) -> GpiodFactory:
        """What made it."""
        return self._factory

    def close(self) -> None:
        """Give the line back to the kernel; from then on its level is not ours."""
        with self._lock:
            if self._is_open:
                self._is_open, self._handler = False, None
                self._factory.edges.unwatch(self._request.fd)
                self._request.release()
                self._factory.forget(self._place)

    def output_with_state(self, state: bool) -> None:
        """Drive that level from the first moment."""
        value = Value.ACTIVE if state else Value.INACTIVE
        self._set_up(direction=Direction.OUTPUT, output_value=value, bias=Bias.AS_IS, edge_detection=Edge.NONE)
        self._function = "output"

    def input_with_pull(self, pull: str) -> None:
        """Read it, with that pull from the first moment."""
        if pull not in _BIAS:
            raise PinInvalidPull(f"invalid pull {pull!r} for pin {self!r}")
        self._set_up(direction=Direction.INPUT, bias=_BIAS[pull])
        self._function = "input"

    def _set_up(self, **changes: object) -> None:
        with self._lock:
            for name, value in changes.items():
                setattr(self._settings, name, value)
            self._request.reconfigure_lines({self._place.offset: self._settings})

    def _get_info(self) -> PinInfo:
        return self._held_info

    def _get_function(self) -> str:
        return self._function

    def _set_function(self, value: str) -> None:
        if value == "input":
            self.input_with_pull(self._get_pull())
        elif value == "output":
            self.output_with_state(bool(self._get_state()))
        else:
            raise PinInvalidFunction(f"invalid function {value!r} for pin {self!r}")

    def _get_state(self) -> int:
        with self._lock:
            return int(bool(self._request.get_value(self._place.offset)))

    def _set_state(self, value: float) -> None:
        if self._function != "output":
            raise PinSetInput(f"cannot set the state of pin {self!r}")
        level = Value.ACTIVE if value else Value.INACTIVE
        with self._lock:
            # the settings too: a later change of anything else must not bring an old level back
            self._settings.output_value = level
            self._request.set_value(self._place.offset, level)

    def _get_pull(self) -> str:
        return next((name for name, bias in _BIAS.items() if bias is self._settings.bias), "floating")

    def _set_pull(self, value: str) -> None:
        self.input_with_pull(value)

    def _get_bounce(self) -> float | None:
        return self._settings.debounce_period.total_seconds() or None

    def _set_bounce(self, value: float | None) -> None:
        if value is not None and value < 0:
            raise PinInvalidBounce("bounce must be 0 or greater")
        self._set_up(debounce_period=timedelta(seconds=value or 0))

    def _get_edges(self) -> str:
        return next(name for name, edge in _EDGES.items() if edge is self._wanted_edges)

    def _set_edges(self, value: str) -> None:
        if value not in _EDGES:
            raise PinInvalidEdges(f"invalid edges {value!r} for pin {self!r}")
        self._wanted_edges = _EDGES[value]
        if self._handler is not None:
            self._set_up(edge_detection=self._wanted_edges)

    def _get_when_changed(self) -> Handler | None:
        return None if self._handler is None else self._handler()

    def _set_when_changed(self, value: Handler | None) -> None:
        """As gpiozero has it, the handler is held weakly."""
        with self._lock:
            enabled = self._handler is not None
            if value is None:
                self._handler = None
            else:
                self._handler = WeakMethod(value) if isinstance(value, MethodType) else ref(value)
        if value is None and enabled:
            self._factory.edges.unwatch(self._request.fd)
            self._set_up(edge_detection=Edge.NONE)
        elif value is not None and not enabled:
            self._set_up(edge_detection=self._wanted_edges)
            self._factory.edges.watch(self._request.fd, self._read_edges)

    def _read_edges(self) -> bool:
        """Called by the reader. False when nothing will come any more: closed, or the chip is gone."""
        try:
            with self._lock:
                if not self._is_open:
                    return False
                events = self._request.read_edge_events() if self._request.wait_edge_events(0) else []
        except OSError:
            return False
        for event in events:
            handler = self._get_when_changed()
            if handler is not None:
                handler(event.timestamp_ns, int(event.event_type is gpiod.EdgeEvent.Type.RISING_EDGE))
        return True
