"""A pipe without a device behind it: notes what it is asked to do, and gives what it was told to."""

from collections.abc import Callable

from drivers.contract import Fault, TimedOutFault
from drivers.transport.usb import UsbFound, UsbId, UsbSetup

FOUND = UsbFound(UsbId(0x1491, 0x0020), "1-1", "Maker", "Model", "123", "1.03")


class NotedPipe:
    """Its endpoints are silent unless something was put into `queued`."""

    found = FOUND

    def __init__(self, note: Callable[[str], None], *, resets: Fault | None = None) -> None:
        """:param resets: what a reset of the port ends with."""
        self._note, self._resets = note, resets
        self.queued: list[bytes] = []

    def control_in(self, setup: UsbSetup, size_bytes: int, *, limit_ms: int) -> bytes:
        raise TimedOutFault("There is no device.")

    def control_out(self, setup: UsbSetup, data: bytes, *, limit_ms: int) -> None:
        raise TimedOutFault("There is no device.")

    def read(self, endpoint: int, size_bytes: int, *, limit_ms: int) -> memoryview:
        self._note(f"read {endpoint:#x} {size_bytes} {limit_ms}")
        if not self.queued:
            raise TimedOutFault("There is nothing.")
        return memoryview(bytearray(self.queued.pop(0)))

    def write(self, endpoint: int, data: bytes, *, limit_ms: int) -> None:
        raise TimedOutFault("There is no device.")

    def clear_halt(self, endpoint: int) -> None:
        self._note(f"clear {endpoint:#x}")

    def reset(self) -> None:
        self._note("reset")
        if self._resets is not None:
            raise self._resets

    def close(self) -> None:
        self._note("close")
