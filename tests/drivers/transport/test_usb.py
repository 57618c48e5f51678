"""The USB seam over an emulated bus: what it finds, what it carries, and what each failure becomes."""

import errno
import struct

import pytest
import usb.core

from drivers.contract import BusyFault, DeniedFault, Fault, GoneFault, OptionsFault, ProtocolFault, TimedOutFault
from drivers.transport.usb import LibUsbBus, UsbFound, UsbId, UsbPipe, UsbSetup, UsbWanted
from tests.emulators.clock import LeapingClock
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.usb import Fifo, Setup, Shape, Stall, Taken, Unplugged

ECHO = UsbId(0x1209, 0x0001)
WANTED = UsbWanted((ECHO,))


def _shape(serial: str) -> Shape:
    return Shape(
        device=struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, *ECHO, 0x0103, 1, 2, 3, 1),
        configuration=struct.pack("<BBHBBBBB", 9, 2, 32, 1, 1, 0, 0x80, 50)
        + struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 2, 0xFF, 0, 0, 0)
        + struct.pack("<BBBBHB", 7, 5, 0x01, 2, 512, 0)
        + struct.pack("<BBBBHB", 7, 5, 0x82, 2, 512, 0),
        strings=("Nobody", " Echo\x07\u00e9 ", serial),
    )


class Echo:
    """Gives back what it is given, a packet late where asked; 0xDD breaks it in the way that the next byte says."""

    def __init__(self, serial: str = "E1") -> None:
        self.shape = _shape(serial)
        self.register = b""
        self.resets = 0
        self._queue = Fifo()
        self._halted = False
        self._gone = False

    def control(self, setup: Setup, data: bytes, *, now_s: float) -> bytes:
        if setup.request_type & 0x60 == 0:
            return self.shape.answer(setup)
        if setup.request != 4:
            raise Stall
        if setup.request_type & 0x80:
            return self.register[: setup.size_bytes]
        self.register = data
        return b""

    def out(self, endpoint: int, data: bytes, *, now_s: float) -> bool:
        if data == b"\xddwait":
            return False
        if data == b"\xddgone":
            self._gone = True
            return True
        self._halted = data == b"\xddhalt"
        self._queue.push(data)
        return True

    def take(self, endpoint: int, size_bytes: int, *, now_s: float) -> Taken:
        if self._gone:
            raise Unplugged
        if self._halted:
            raise Stall
        return self._queue.take(size_bytes)

    def next_s(self) -> float | None:
        return None

    def clear_halt(self, endpoint: int) -> None:
        self._halted = False

    def reset(self) -> None:
        self.resets += 1


@pytest.fixture
def emulated() -> EmulatedUsb:
    return EmulatedUsb(LeapingClock())


def _connect(emulated: EmulatedUsb, wanted: UsbWanted = WANTED) -> UsbPipe:
    return LibUsbBus(emulated).connect(wanted)


def test_a_device_is_found_by_its_ids_and_says_who_it_is(emulated: EmulatedUsb) -> None:
    emulated.plug(Echo())
    pipe = _connect(emulated)
    assert pipe.found == UsbFound(id=ECHO, path="1-1", make="Nobody", model="Echoé", serial="E1", release="1.03")
    assert str(pipe.found.id) == "1209:0001"
    assert (emulated.open_handles, emulated.claims()) == (1, 1)
    pipe.close()
    pipe.close()
    assert (emulated.open_handles, emulated.claims()) == (0, 0)


def test_one_of_two_is_named_by_its_socket_or_serial_number(emulated: EmulatedUsb) -> None:
    for port, serial in ((1, "E1"), (2, "E2")):
        emulated.plug(Echo(serial), port=port)
    with pytest.raises(OptionsFault, match="Several"):
        _connect(emulated)
    for wanted in (UsbWanted((ECHO,), path="1-2"), UsbWanted((ECHO,), serial="E2")):
        pipe = _connect(emulated, wanted)
        assert (pipe.found.path, pipe.found.serial) == ("1-2", "E2")
        pipe.close()
    assert emulated.open_handles == 0


@pytest.mark.parametrize(
    "wanted",
    [UsbWanted((UsbId(0x1209, 2),)), UsbWanted((ECHO,), path="1-2"), UsbWanted((ECHO,), serial="E9")],
)
def test_what_is_not_plugged_in_is_gone(emulated: EmulatedUsb, wanted: UsbWanted) -> None:
    emulated.plug(Echo())
    with pytest.raises(GoneFault, match="not plugged in"):
        _connect(emulated, wanted)
    assert emulated.open_handles == 0


def test_bytes_go_out_and_come_in(emulated: EmulatedUsb) -> None:
    emulated.plug(Echo())
    pipe = _connect(emulated)
    pipe.write(0x01, b"abc", limit_ms=100)
    assert bytes(pipe.read(0x82, 512, limit_ms=100)) == b"abc"
    # whole packets have no end of their own: the limit strikes, and what came is given
    pipe.write(0x01, bytes(1024), limit_ms=100)
    read = pipe.read(0x82, 2048, limit_ms=100)
    assert bytes(read) == bytes(1024)
    read[:] = bytes([7]) * 1024
    pipe.control_out(UsbSetup(0x40, 4, 0x07), b"\x81\x82", limit_ms=100)
    assert pipe.control_in(UsbSetup(0xC0, 4, 0x07), 16, limit_ms=100) == b"\x81\x82"
    pipe.reset()
    pipe.close()


def test_a_kernel_driver_is_sent_away_and_called_back(emulated: EmulatedUsb) -> None:
    socket = emulated.plug(Echo())
    socket.kernel_driver = True
    pipe = _connect(emulated)
    assert not socket.kernel_driver
    pipe.close()
    assert socket.kernel_driver


def test_two_cannot_hold_one_device(emulated: EmulatedUsb) -> None:
    emulated.plug(Echo())
    first = _connect(emulated)
    with pytest.raises(BusyFault, match="Another program"):
        _connect(emulated)
    assert emulated.open_handles == 1
    first.close()
    _connect(emulated).close()


def test_a_missing_permission_is_named_with_its_cure(emulated: EmulatedUsb) -> None:
    emulated.plug(Echo()).denied = True
    with pytest.raises(DeniedFault, match="udev rule"):
        _connect(emulated)
    assert emulated.open_handles == 0


def test_silence_a_stall_and_too_much_are_told_apart(emulated: EmulatedUsb) -> None:
    emulated.plug(Echo())
    pipe = _connect(emulated)
    with pytest.raises(TimedOutFault):
        pipe.read(0x82, 512, limit_ms=100)
    with pytest.raises(TimedOutFault):
        pipe.write(0x01, b"\xddwait", limit_ms=100)
    pipe.write(0x01, b"\xddhalt", limit_ms=100)
    with pytest.raises(ProtocolFault, match="refused"):
        pipe.read(0x82, 512, limit_ms=100)
    pipe.clear_halt(0x82)
    with pytest.raises(ProtocolFault, match="more than it was asked"):
        pipe.read(0x82, 3, limit_ms=100)
    with pytest.raises(ProtocolFault, match="refused"):
        pipe.control_in(UsbSetup(0xC0, 9), 1, limit_ms=100)
    with pytest.raises(ProtocolFault, match="other endpoints"):
        pipe.read(0x83, 512, limit_ms=100)
    pipe.close()


def test_an_unplugged_device_is_gone_and_closing_it_works(emulated: EmulatedUsb) -> None:
    emulated.plug(Echo())
    pipe = _connect(emulated)
    pipe.write(0x01, b"\xddgone", limit_ms=100)
    for _ in range(2):
        with pytest.raises(GoneFault, match="unplugged"):
            pipe.read(0x82, 512, limit_ms=100)
    with pytest.raises(GoneFault):
        pipe.control_in(UsbSetup(0xC0, 4), 1, limit_ms=100)
    pipe.close()
    assert emulated.open_handles == 0
    with pytest.raises(GoneFault):
        _connect(emulated)
    emulated.plug(Echo())
    _connect(emulated).close()


class Failing(EmulatedUsb):
    """Every opening fails with one error of the system."""

    def __init__(self, number: int) -> None:
        super().__init__(LeapingClock())
        self._number = number

    def open_device(self, dev: object) -> None:  # type: ignore[override]
        raise usb.core.USBError("text of the library", None, self._number)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENODEV, GoneFault),
        (errno.ESHUTDOWN, GoneFault),
        (errno.EBUSY, BusyFault),
        (errno.EACCES, DeniedFault),
        (errno.EPERM, DeniedFault),
        (errno.ETIMEDOUT, TimedOutFault),
        (errno.EIO, ProtocolFault),
        (errno.ENOMEM, ProtocolFault),
    ],
)
def test_every_error_of_the_system_is_a_fault_with_our_words(number: int, expected: type[Fault]) -> None:
    emulated = Failing(number)
    emulated.plug(Echo())
    with pytest.raises(expected) as caught:
        _connect(emulated)
    assert "library" not in caught.value.sentence
    assert caught.value.__suppress_context__
