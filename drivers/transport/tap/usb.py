"""The USB seam on a tape. Scrubbed: the serial number, which a device says of itself and a driver may ask for."""

from dataclasses import asdict
from typing import Final

from drivers.contract import FullFault, UnreadableFault
from drivers.transport.tap.tape import Answer, Call, Tape, needed
from drivers.transport.usb import UsbBus, UsbFound, UsbId, UsbPipe, UsbSetup, UsbWanted

_TEXTS: Final = ("path", "make", "model", "serial", "release")


class TappedBus:
    """A bus whose pipes are on a tape."""

    def __init__(self, tape: Tape, real: UsbBus | None) -> None:
        """:param real: None for a replay."""
        self._tape, self._real = tape, real

    def connect(self, wanted: UsbWanted) -> UsbPipe:
        """As the bus."""
        arguments = {
            "ids": " ".join(map(str, wanted.ids)),
            "path": wanted.path,
            "serial": wanted.serial,
            "interface": wanted.interface,
        }
        pipes: list[UsbPipe] = []

        def real() -> Answer:
            pipes.append(needed(self._real).connect(wanted))
            found = pipes[0].found
            return Answer({name: str(getattr(found, name)) for name in ("id", *_TEXTS)})

        try:
            found = _found(self._tape.ask(Call("connect", arguments), real))
        except FullFault:
            # connected, and not recorded: nobody else would give it back
            for pipe in pipes:
                pipe.close()
            raise
        self._tape.met(f"{found.id} {found.make} {found.model} {found.release}", serial=found.serial)
        return _TappedPipe(self._tape, pipes[0] if pipes else None, found=found)


class _TappedPipe:
    def __init__(self, tape: Tape, real: UsbPipe | None, *, found: UsbFound) -> None:
        self._tape, self._real, self._found = tape, real, found

    @property
    def found(self) -> UsbFound:
        return self._found

    def control_in(self, setup: UsbSetup, size_bytes: int, *, limit_ms: int) -> bytes:
        call = Call("control_in", asdict(setup) | {"size_bytes": size_bytes, "limit_ms": limit_ms})
        answer = self._tape.ask(
            call, lambda: Answer(data=needed(self._real).control_in(setup, size_bytes, limit_ms=limit_ms))
        )
        return bytes(answer.data)

    def control_out(self, setup: UsbSetup, data: bytes, *, limit_ms: int) -> None:
        def real() -> Answer:
            needed(self._real).control_out(setup, data, limit_ms=limit_ms)
            return Answer()

        self._tape.ask(Call("control_out", asdict(setup) | {"limit_ms": limit_ms}, data), real)

    def read(self, endpoint: int, size_bytes: int, *, limit_ms: int) -> memoryview:
        call = Call("read", {"endpoint": endpoint, "size_bytes": size_bytes, "limit_ms": limit_ms})
        answer = self._tape.ask(
            call, lambda: Answer(data=needed(self._real).read(endpoint, size_bytes, limit_ms=limit_ms))
        )
        return memoryview(answer.data)

    def write(self, endpoint: int, data: bytes, *, limit_ms: int) -> None:
        def real() -> Answer:
            needed(self._real).write(endpoint, data, limit_ms=limit_ms)
            return Answer()

        self._tape.ask(Call("write", {"endpoint": endpoint, "limit_ms": limit_ms}, data), real)

    def clear_halt(self, endpoint: int) -> None:
        def real() -> Answer:
            needed(self._real).clear_halt(endpoint)
            return Answer()

        self._tape.ask(Call("clear_halt", {"endpoint": endpoint}), real)

    def reset(self) -> None:
        def real() -> Answer:
            needed(self._real).reset()
            return Answer()

        self._tape.ask(Call("reset"), real)

    def close(self) -> None:
        def real() -> Answer:
            needed(self._real).close()
            return Answer()

        self._tape.ask(Call("close"), real, always=True)


def _found(answer: Answer) -> UsbFound:
    vendor, _, product = answer.text("id").partition(":")
    try:
        device = UsbId(int(vendor, 16), int(product, 16))
    except ValueError:
        raise UnreadableFault("The recording's device has no id as USB has them.") from None
    return UsbFound(device, *(answer.text(name) for name in _TEXTS))
