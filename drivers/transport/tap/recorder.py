"""Keeps what goes through a seam, in memory, until it is declared what it was of."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from drivers.contract import Fault, FullFault, PhantomFault
from drivers.transport.tap.memory import PayloadMemory
from drivers.transport.tap.phantom import PhantomRegister
from drivers.transport.tap.recording import Head, Sitting, store
from drivers.transport.tap.scrub import Scrub
from drivers.transport.tap.tape import BYTES_MAX, EVENTS_MAX, Answer, Call, Clock, Event, Failure, Value


class _Kept(NamedTuple):
    call: Call
    """Without its data."""
    sent: slice
    result: Value | Failure
    came: slice
    spent_us: int


class Recorder:
    """A tape that keeps; it writes nothing but by `save`, and forgets by `forget`, or when it is full."""

    def __init__(self, *, clock: Clock, bytes_max: int = BYTES_MAX) -> None:
        """:param clock: tells how long calls take. :param bytes_max: of all payloads together."""
        self._clock, self._lock = clock, threading.Lock()
        self._memory = PayloadMemory(bytes_max)
        self._kept: list[_Kept] = []
        self._scrub = Scrub()
        self._devices: list[str] = []
        self._full = self._ended = False

    @property
    def locked(self) -> bool:
        """Whether what is kept cannot be swapped."""
        return self._memory.locked

    @property
    def devices(self) -> tuple[str, ...]:
        """What has answered so far."""
        return tuple(self._devices)

    def ask(self, call: Call, real: Callable[[], Answer], *, always: bool = False) -> Answer:
        """Ask the seam itself, and keep what came of it. :raises: what it raises; FullFault."""
        if self._full and not always:
            raise self._refusal()
        began_ns = self._clock.monotonic_ns()
        result: Answer | Failure
        try:
            result = real()
        except (Fault, OSError) as failure:
            result = failure
        spent_us = (self._clock.monotonic_ns() - began_ns) // 1000
        with self._lock:
            self._keep(call, result, spent_us=spent_us)
        if self._full and not always:
            raise self._refusal()
        if isinstance(result, Answer):
            return result
        raise result

    def met(self, device: str, *, serial: str) -> None:
        """It is named in the head; its serial number is in no part of what is saved."""
        self._scrub.note(serial)
        if device and device not in self._devices:
            self._devices.append(device)

    def save(self, path: Path, *, sitting: Sitting, phantom_id: str | None, register: PhantomRegister) -> None:
        """Write a new file, and forget.

        :param phantom_id: what was before the device. Without one that is declared for it, nothing is written.
        :raises: PhantomFault, FullFault, and OSError when the file cannot be written or is there already.
        """
        try:
            phantom = register.declared(phantom_id, kind=sitting.kind)
            if self._full:
                raise self._refusal()
            if self._ended:
                raise PhantomFault("Nothing is kept any more that could be saved.")
            said = {name: getattr(sitting, name) for name in Sitting.model_fields}
            said["options"] = self._scrub.tree(sitting.options)
            head = Head(**said, phantom=phantom, devices=tuple(map(self._scrub.text, self._devices)))
            store(path, head, events=self._events())
        finally:
            self.forget()

    def forget(self) -> None:
        """Overwrite all that is kept; it is kept no more from here on."""
        with self._lock:
            self._ended = True
            self._drop()

    def _keep(self, call: Call, result: Answer | Failure, *, spent_us: int) -> None:
        assert not self._ended, "a driver is closed before its recording is saved"
        if self._full:
            return
        sent = self._memory.keep(call.data)
        came = self._memory.keep(result.data if isinstance(result, Answer) else b"")
        if sent is None or came is None or len(self._kept) == EVENTS_MAX:
            self._full = True
            self._drop()
            return
        told = result.value if isinstance(result, Answer) else result
        self._kept.append(_Kept(Call(call.verb, call.arguments), sent, told, came, spent_us))

    def _drop(self) -> None:
        self._memory.zero()
        self._kept.clear()

    @staticmethod
    def _refusal() -> FullFault:
        return FullFault("The recording has become too large, and was forgotten: record fewer or smaller frames.")

    def _events(self) -> Iterator[Event]:
        for kept in self._kept:
            arguments = self._scrub.tree(dict(kept.call.arguments))
            value = self._scrub.tree(kept.result)
            sent, came = (self._scrub.payload(self._memory.read(place)) for place in (kept.sent, kept.came))
            call = Call(kept.call.verb, arguments, sent)  # type: ignore[arg-type]  # a table stays one
            if isinstance(kept.result, Fault | OSError):
                yield Event(call, kept.result, kept.spent_us)
            else:
                yield Event(call, Answer(value, came), kept.spent_us)  # type: ignore[arg-type]  # so does a value
