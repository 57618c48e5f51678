"""The protocol's own library as the peer of our side of usbredir: what QEMU itself is built on.

It judges every packet that it is given; what it complains of is kept. There is no socket and no thread: bytes go to
and fro when they are exchanged, and a clock that can be waited by says when the device has more.

Source: usbredirparser.h of libusbredirparser 0.13.
"""

import ctypes
import ctypes.util
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from tests.emulators.clock import LeapingClock
from tests.emulators.usbredir import Redirected

PACKAGE = "libusbredirparser1"
"""What `.ci/run` installs."""

_BASE = ("priv", "log", "read", "write")
_TOLD = (
    *("device_connect", "device_disconnect", "reset", "interface_info", "ep_info", "set_configuration"),
    *("get_configuration", "configuration_status", "set_alt_setting", "get_alt_setting", "alt_setting_status"),
    *("start_iso_stream", "stop_iso_stream", "iso_stream_status", "start_interrupt_receiving"),
    *("stop_interrupt_receiving", "interrupt_receiving_status", "alloc_bulk_streams", "free_bulk_streams"),
    *("bulk_streams_status", "cancel_data_packet", "control_packet", "bulk_packet", "iso_packet", "interrupt_packet"),
)
_PLACES = (*_BASE, *_TOLD, "alloc_lock", "lock", "unlock", "free_lock", "hello")
"""What the library calls, in the order of its struct, as far as it is set here."""

_CAPS_WORDS = 1
_ALL_CAPS = 0xFF
_WARNING = 2

_POINTER, _INT, _LONG, _BYTES = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint8)
_LOG = ctypes.CFUNCTYPE(None, _POINTER, _INT, ctypes.c_char_p)
_MOVE = ctypes.CFUNCTYPE(_INT, _POINTER, _BYTES, _INT)
_BARE = ctypes.CFUNCTYPE(None, _POINTER)
_TELL = ctypes.CFUNCTYPE(None, _POINTER, _POINTER)
_ANSWER = ctypes.CFUNCTYPE(None, _POINTER, _LONG, _POINTER)
_DATA = ctypes.CFUNCTYPE(None, _POINTER, _LONG, _POINTER, _BYTES, _INT)


@cache
def missing() -> str:
    """Why it cannot be had here, or nothing."""
    return "" if ctypes.util.find_library("usbredirparser") else f"needs the Debian package {PACKAGE}"


@cache
def _library() -> Any:
    library = ctypes.CDLL(ctypes.util.find_library("usbredirparser"))
    library.usbredirparser_create.restype = _POINTER
    return library


class Control(ctypes.LittleEndianStructure):
    _pack_ = 1
    _fields_ = [(name, ctypes.c_uint8) for name in ("endpoint", "request", "requesttype", "status")] + [
        (name, ctypes.c_uint16) for name in ("value", "index", "length")
    ]


class Bulk(ctypes.LittleEndianStructure):
    _pack_ = 1
    _fields_ = [
        ("endpoint", ctypes.c_uint8),
        ("status", ctypes.c_uint8),
        ("length", ctypes.c_uint16),
        ("stream_id", ctypes.c_uint32),
        ("length_high", ctypes.c_uint16),
    ]


class Interrupt(ctypes.LittleEndianStructure):
    _pack_ = 1
    _fields_ = [("endpoint", ctypes.c_uint8), ("status", ctypes.c_uint8), ("length", ctypes.c_uint16)]


class Ended(NamedTuple):
    """A transfer, as it ended."""

    status: int
    size_bytes: int
    data: bytes


class Peer:
    """The machine's side."""

    def __init__(self, device: Redirected, *, caps: int = _ALL_CAPS) -> None:
        self.device, self.clock = device, LeapingClock()
        self.complaints: list[str] = []
        self.told: list[tuple[str, bytes]] = []
        """What came that is no transfer: its name and the head as the library has it."""
        self.ended: dict[int, Ended] = {}
        self.interrupts: list[tuple[int, Ended]] = []
        """With their ids."""
        self._to_read = b""
        self._number = 0
        self._kept: list[Any] = []
        library = _library()
        self._parser = _POINTER(library.usbredirparser_create())
        self._places = ctypes.cast(self._parser, ctypes.POINTER(_POINTER))
        self._join()
        words = (ctypes.c_uint32 * _CAPS_WORDS)(caps)
        library.usbredirparser_init(self._parser, b"peer", words, _CAPS_WORDS, 0)
        self.exchange()

    def close(self) -> None:
        """Give the library's memory back."""
        _library().usbredirparser_destroy(self._parser)

    def _join(self) -> None:
        def tells(name: str, size_bytes: int) -> Callable[[int, int], None]:
            return lambda _, head: self.told.append((name, ctypes.string_at(head, size_bytes)))

        def answers(name: str, size_bytes: int) -> Callable[[int, int, int], None]:
            return lambda _, number, head: self.told.append((name, ctypes.string_at(head, size_bytes)))

        self._set("log", _LOG(self._log))
        self._set("read", _MOVE(self._read))
        self._set("write", _MOVE(self._write))
        for name, size_bytes in (("hello", 64), ("ep_info", 160), ("interface_info", 132), ("device_connect", 10)):
            self._set(name, _TELL(tells(name, size_bytes)))
        self._set("device_disconnect", _BARE(lambda _: self.told.append(("device_disconnect", b""))))
        for name, size_bytes in (
            ("configuration_status", 2),
            ("alt_setting_status", 3),
            ("interrupt_receiving_status", 2),
        ):
            self._set(name, _ANSWER(answers(name, size_bytes)))
        self._set("control_packet", _DATA(self._control_ended))
        self._set("bulk_packet", _DATA(self._bulk_ended))
        self._set("interrupt_packet", _DATA(self._interrupt_ended))

    def _set(self, name: str, callback: Any) -> None:
        self._kept.append(callback)
        self._places[_PLACES.index(name)] = ctypes.cast(callback, _POINTER).value

    def _log(self, _: int, level: int, text: bytes) -> None:
        if level <= _WARNING:
            self.complaints.append(text.decode())

    def _read(self, _: int, place: Any, count: int) -> int:
        data, self._to_read = self._to_read[:count], self._to_read[count:]
        ctypes.memmove(place, data, len(data))
        return len(data)

    def _write(self, _: int, place: Any, count: int) -> int:
        self.device.receive(ctypes.string_at(place, count), now_s=self.clock.now_s())
        return count

    def _data(self, place: Any, count: int) -> bytes:
        data = ctypes.string_at(place, count) if count else b""
        _library().usbredirparser_free_packet_data(self._parser, place)
        return data

    def _control_ended(self, _: int, number: int, head: int, place: Any, count: int) -> None:
        said = Control.from_address(head)
        self.ended[number] = Ended(said.status, said.length, self._data(place, count))

    def _bulk_ended(self, _: int, number: int, head: int, place: Any, count: int) -> None:
        said = Bulk.from_address(head)
        self.ended[number] = Ended(said.status, said.length_high << 16 | said.length, self._data(place, count))

    def _interrupt_ended(self, _: int, number: int, head: int, place: Any, count: int) -> None:
        said = Interrupt.from_address(head)
        self.interrupts.append((number, Ended(said.status, said.length, self._data(place, count))))

    def exchange(self) -> None:
        """Carry bytes to and fro, until neither side has any."""
        library = _library()
        while True:
            while library.usbredirparser_has_data_to_write(self._parser):
                library.usbredirparser_do_write(self._parser)
            self._to_read += self.device.to_send()
            if not self._to_read:
                return
            library.usbredirparser_do_read(self._parser)

    def ask(self, what: str, head: bytes = b"") -> None:
        """Any request that has an id and no data."""
        send = getattr(_library(), f"usbredirparser_send_{what}")
        send(self._parser, _LONG(self._next()), *([head] if head else []))
        self.exchange()

    def reset(self) -> None:
        _library().usbredirparser_send_reset(self._parser)
        self.exchange()

    def control(self, setup: tuple[int, int, int, int], asked: int | bytes = 0) -> Ended:
        """A control transfer; none waits. :param asked: how many bytes to read, or those to write."""
        request_type, request, value, index = setup
        size_bytes, data = (asked, b"") if isinstance(asked, int) else (len(asked), asked)
        head = Control(request_type & 0x80, request, request_type, 0, value, index, size_bytes)
        return self.ended.pop(self._give("control_packet", head, data))

    def out(self, endpoint: int, data: bytes) -> int:
        """Begin a bulk transfer to the device, and give its id."""
        return self._give("bulk_packet", Bulk(endpoint, 0, len(data) & 0xFFFF, 0, len(data) >> 16), data)

    def take(self, endpoint: int, size_bytes: int) -> int:
        """Begin a bulk transfer from the device, and give its id."""
        return self._give("bulk_packet", Bulk(endpoint, 0, size_bytes & 0xFFFF, 0, size_bytes >> 16), b"")

    def _give(self, what: str, head: Any, data: bytes) -> int:
        number = self._next()
        send = getattr(_library(), f"usbredirparser_send_{what}")
        send(self._parser, _LONG(number), ctypes.byref(head), data or None, len(data))
        self.exchange()
        return number

    def cancel(self, number: int) -> Ended:
        """Take a transfer back."""
        _library().usbredirparser_send_cancel_data_packet(self._parser, _LONG(number))
        self.exchange()
        return self.ended.pop(number)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def until(self, number: int) -> Ended:
        """Let time pass until a transfer has ended; fails when the device would never have more."""
        while number not in self.ended and not self.device.gone:
            next_s = self.device.next_s()
            assert next_s is not None, "nothing will ever end this transfer"
            self.pass_until(next_s)
        return self.ended.pop(number)

    def pass_until(self, then_s: float) -> None:
        """Let time pass, and serve the device then."""
        self.clock.wait_until(then_s)
        self.device.serve(now_s=self.clock.now_s())
        self.exchange()
