"""A recording that answers in its seam's place, to the same calls in the same order and to no other."""

import threading
from collections.abc import Callable

from drivers.contract import DivergedFault
from drivers.transport.tap.recording import Recording
from drivers.transport.tap.tape import Answer, Call, Event

_SHOWN_LETTERS = 160


class Replay:
    """A tape that has happened already. The first difference is told at every later call, and in the end."""

    def __init__(self, recording: Recording, *, paced: bool = False) -> None:
        """:param paced: whether each answer takes the time that it took."""
        self._events, self._at, self._lock = recording.events, 0, threading.Lock()
        self._never = threading.Event() if paced else None
        self._difference = ""

    def ask(self, call: Call, real: Callable[[], Answer], *, always: bool = False) -> Answer:  # noqa: ARG002 (not asked)
        """What came of this call. :raises: what was raised then; DivergedFault when it is another call."""
        with self._lock:
            event = None if self._difference else self._next(call)
        if event is None:
            if always:
                return Answer()
            raise DivergedFault(self._difference)
        if self._never is not None:
            self._never.wait(event.spent_us / 1e6)
        if isinstance(event.result, Answer):
            # memory of the caller's own, as the device's is
            return Answer(event.result.value, bytearray(event.result.data))
        raise event.result

    def met(self, device: str, *, serial: str) -> None:
        """Nothing is new."""

    def finish(self) -> None:
        """The driver has ended. :raises: DivergedFault when anything was different, or something was not asked for."""
        if not self._difference and self._at < len(self._events):
            following = _told(self._events[self._at].call)
            self._difference = (
                f"The driver has ended after event {self._at} of {len(self._events)}, "
                f"where the recording goes on with {following}."
            )
        if self._difference:
            raise DivergedFault(self._difference)

    def _next(self, call: Call) -> Event | None:
        """The event that is this call, or None and the difference."""
        if self._at == len(self._events):
            self._difference = f"The driver goes on with {_told(call)} after the recording's last event."
            return None
        event = self._events[self._at]
        self._at += 1
        where = f"At event {self._at} of {len(self._events)} the driver asks {_told(call)}"
        if (call.verb, dict(call.arguments)) != (event.call.verb, dict(event.call.arguments)):
            self._difference = f"{where}, where the recording has {_told(event.call)}."
            return None
        if bytes(call.data) != bytes(event.call.data):
            self._difference = f"{where} with other bytes than the recording: {_apart(call, event.call)}."
            return None
        return event


def _told(call: Call) -> str:
    """The call, without its payload."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in sorted(call.arguments.items()))
    text = f"{call.verb}({arguments})"
    return text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "…"


def _apart(one: Call, other: Call) -> str:
    if len(one.data) != len(other.data):
        return f"{len(one.data)} and not {len(other.data)}"
    at = next(at for at, (mine, its) in enumerate(zip(one.data, other.data, strict=True)) if mine != its)
    return f"the first that differs is number {at} of {len(one.data)}"
