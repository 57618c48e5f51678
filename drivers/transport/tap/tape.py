"""A call, its answer, and whoever is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from drivers.contract import Fault, UnreadableFault

BYTES_MAX: Final = 64 * 1024 * 1024
"""Of all payloads of a recording together."""
EVENTS_MAX: Final = 50_000
"""In a recording."""

Scalar = str | int | bool | None
Value = Scalar | dict[str, Scalar]
Data = bytes | bytearray | memoryview
Failure = Fault | OSError
"""What a seam may raise."""

_Real = TypeVar("_Real")


@dataclass(frozen=True, slots=True)
class Call:
    """What a driver asks."""

    verb: str
    """The seam's own."""
    arguments: Mapping[str, Scalar] = field(default_factory=dict)
    """By name."""
    data: Data = field(default=b"", repr=False)
    """What goes to the device."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a driver is told."""

    value: Value = None
    """What is no payload."""
    data: Data = field(default=b"", repr=False)
    """What came from the device; out of a replay, memory of the caller's own."""

    def number(self) -> int:
        """The value. :raises: UnreadableFault when it is none, which only a replay's can be."""
        if not isinstance(self.value, int):
            raise UnreadableFault("The recording has no number where its seam gives one.")
        return self.value

    def text(self, name: str | None = None) -> str:
        """The value, or the part of it that is called so. :raises: UnreadableFault, as `number`."""
        value = self.value.get(name) if isinstance(self.value, dict) and name is not None else self.value
        if not isinstance(value, str):
            raise UnreadableFault("The recording has no text where its seam gives one.")
        return value


@dataclass(frozen=True, slots=True)
class Event:
    """A call with what came of it."""

    call: Call
    """What was asked."""
    result: Answer | Failure
    """What was told or raised."""
    spent_us: int = 0
    """How long it took."""


class Tape(Protocol):
    """Is asked in a seam's place, by one thread at a time."""

    def ask(self, call: Call, real: Callable[[], Answer], *, always: bool = False) -> Answer:
        """What comes of the call.

        :param real: asks the seam itself; a replay does not use it.
        :param always: for what gives back: it is never refused, whatever went wrong before.
        :raises: what the seam raises; FullFault of a recorder, DivergedFault of a replay.
        """
        ...

    def met(self, device: str, *, serial: str) -> None:
        """Such a device has answered; its serial number is not to be kept."""
        ...


class Clock(Protocol):
    """Where times come from."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some start, never less than before."""
        ...


def needed(real: _Real | None) -> _Real:
    """The seam itself, which there is wherever it is asked."""
    assert real is not None, "only a recorder asks it, and it has one"
    return real


class TappedClock:
    """A driver's clock, on a tape."""

    def __init__(self, tape: Tape, real: Clock | None) -> None:
        """:param real: None for a replay."""
        self._tape, self._real = tape, real

    def monotonic_ns(self) -> int:
        """The time, as it was."""
        return self._tape.ask(Call("clock"), lambda: Answer(needed(self._real).monotonic_ns())).number()


class TappedChance:
    """A driver's random bits, on a tape."""

    def __init__(self, tape: Tape, real: Callable[[int], int] | None) -> None:
        """:param real: None for a replay."""
        self._tape, self._real = tape, real

    def __call__(self, bits: int) -> int:
        """So many, as they were."""
        return self._tape.ask(Call("chance", {"bits": bits}), lambda: Answer(needed(self._real)(bits))).number()
