"""Bytes over USB, by pyusb and libusb: a thin seam, and the one place where their errors become ours.

A *bus* finds a device and connects to it; a *pipe* is one device, opened and claimed. Both are Protocols, so that a
recorder or a replayer can take their place: whatever a driver says to its device goes through a pipe, and nothing
else does. All calls block; a driver makes them in `in_thread`, one at a time.

Quirks that a driver must know. A time limit that strikes after some bytes have come gives those bytes and no fault. A
read ends early at a packet shorter than the endpoint's. A read that is no multiple of the packet size is a fault when
the device sends a full packet. On an unplugged device the first failing call may say `ProtocolFault`, the next one
says `GoneFault`.

Source: facts/fingerprint-sensors.md sections 15 and 16; pyusb 1.3.1; libusb 1.0.26.
"""

import contextlib
import errno
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple, Protocol

import usb.backend.libusb1
import usb.core
import usb.util

from drivers.contract import (
    BusyFault,
    DeniedFault,
    Fault,
    GoneFault,
    OptionsFault,
    ProtocolFault,
    TimedOutFault,
)


class UsbId(NamedTuple):
    """What a device says it is; printed as in `lsusb`."""

    vendor: int
    product: int

    def __str__(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"


@dataclass(frozen=True, slots=True)
class UsbWanted:
    """Which device to connect to."""

    ids: tuple[UsbId, ...]
    """Any of these."""
    path: str | None = None
    """Only the one in this socket, as the kernel names it, such as `1-1.4`."""
    serial: str | None = None
    """Only the one with this serial number."""
    interface: int = 0
    """Which interface to claim."""


@dataclass(frozen=True, slots=True)
class UsbFound:
    """What a connected device says of itself; texts are printable, and empty where it says nothing."""

    id: UsbId
    """Vendor and product."""
    path: str
    """The socket, as the kernel names it, such as `1-1.4`."""
    make: str
    """The manufacturer's text."""
    model: str
    """The product's text."""
    serial: str
    """The serial number."""
    release: str
    """The device's own release number (bcdDevice), such as `1.03`."""


@dataclass(frozen=True, slots=True)
class UsbSetup:
    """The head of a control transfer. Source: USB 2.0, table 9-2."""

    request_type: int
    """Direction, type and recipient, as one byte."""
    request: int
    """Which request."""
    value: int = 0
    """wValue."""
    index: int = 0
    """wIndex."""


class UsbPipe(Protocol):
    """One device, opened and claimed. Every method may raise GoneFault, ProtocolFault or TimedOutFault."""

    @property
    def found(self) -> UsbFound:
        """Which device it is."""
        ...

    def control_in(self, setup: UsbSetup, size_bytes: int, *, limit_ms: int) -> bytes:
        """What the device answers, at most `size_bytes`."""
        ...

    def control_out(self, setup: UsbSetup, data: bytes, *, limit_ms: int) -> None:
        """Give the device a request with its data."""
        ...

    def read(self, endpoint: int, size_bytes: int, *, limit_ms: int) -> memoryview:
        """At most `size_bytes` of a bulk or interrupt endpoint; fewer at a short packet or when the limit strikes.

        The memory is the caller's own and can be written to, so that a picture's bytes can be overwritten.
        """
        ...

    def write(self, endpoint: int, data: bytes, *, limit_ms: int) -> None:
        """All the bytes to a bulk or interrupt endpoint. :raises: ProtocolFault when it takes only some of them."""
        ...

    def clear_halt(self, endpoint: int) -> None:
        """Take a stall off an endpoint."""
        ...

    def reset(self) -> None:
        """Reset the device's port; not every system or device grants it."""
        ...

    def close(self) -> None:
        """Give the device back; works on an unplugged one, and a second time."""
        ...


class UsbBus(Protocol):
    """Where devices are plugged in."""

    def connect(self, wanted: UsbWanted) -> UsbPipe:
        """Open and claim a device. :raises: GoneFault, BusyFault, DeniedFault, OptionsFault when several would do."""
        ...


class LibUsbBus:
    """The real one."""

    def __init__(self, backend: Any = None) -> None:
        """:param backend: a pyusb backend instead of libusb; an emulator's."""
        self._backend = backend

    def connect(self, wanted: UsbWanted) -> UsbPipe:
        """Open and claim; a kernel driver that holds the interface is sent away until the pipe is closed."""
        with _ours():
            fitting = [one for one in self._plugged(wanted) if wanted.path in {None, _path(one)}]
            if wanted.serial is not None:
                fitting = [one for one in fitting if _has_serial(one, wanted.serial)]
        if not fitting:
            raise GoneFault("The USB device is not plugged in.")
        if len(fitting) > 1:
            raise OptionsFault("Several such USB devices are plugged in: name one by its path or serial number.")
        pipe = _LibUsbPipe(fitting[0], interface=wanted.interface)
        try:
            pipe.claim()
        except Fault:
            pipe.close()
            raise
        return pipe

    def _plugged(self, wanted: UsbWanted) -> list[Any]:
        backend = self._backend or usb.backend.libusb1.get_backend()
        if backend is None:
            raise DeniedFault("The system's USB library is missing: install libusb-1.0-0.")

        def fits(one: Any) -> bool:
            return (one.idVendor, one.idProduct) in wanted.ids

        return list(usb.core.find(find_all=True, backend=backend, custom_match=fits))


class _LibUsbPipe:
    """A pyusb device with its handle."""

    def __init__(self, device: Any, *, interface: int) -> None:
        self._device, self._interface = device, interface
        self._sent_away = False
        self._found: UsbFound | None = None

    @property
    def found(self) -> UsbFound:
        assert self._found is not None, "a pipe is given out when it is claimed"
        return self._found

    def claim(self) -> None:
        with _ours():
            # not every backend knows of kernel drivers
            with contextlib.suppress(NotImplementedError):
                if self._device.is_kernel_driver_active(self._interface):
                    self._device.detach_kernel_driver(self._interface)
                    self._sent_away = True
            self._device.get_active_configuration()
            usb.util.claim_interface(self._device, self._interface)
            self._found = _described(self._device)

    def control_in(self, setup: UsbSetup, size_bytes: int, *, limit_ms: int) -> bytes:
        with _ours():
            return bytes(self._device.ctrl_transfer(*astuple(setup), size_bytes, timeout=limit_ms))

    def control_out(self, setup: UsbSetup, data: bytes, *, limit_ms: int) -> None:
        with _ours():
            _demand_all(self._device.ctrl_transfer(*astuple(setup), data, timeout=limit_ms), data)

    def read(self, endpoint: int, size_bytes: int, *, limit_ms: int) -> memoryview:
        with _ours():
            return memoryview(self._device.read(endpoint, size_bytes, timeout=limit_ms))

    def write(self, endpoint: int, data: bytes, *, limit_ms: int) -> None:
        with _ours():
            _demand_all(self._device.write(endpoint, data, timeout=limit_ms), data)

    def clear_halt(self, endpoint: int) -> None:
        with _ours():
            self._device.clear_halt(endpoint)

    def reset(self) -> None:
        with _ours():
            self._device.reset()

    def close(self) -> None:
        # what is unplugged cannot be released, and there is nothing left to give back
        with contextlib.suppress(Fault), _ours():
            usb.util.release_interface(self._device, self._interface)
            if self._sent_away:
                self._device.attach_kernel_driver(self._interface)
        self._sent_away = False
        usb.util.dispose_resources(self._device)


def _demand_all(count: int, data: bytes) -> None:
    if count != len(data):
        raise ProtocolFault("The USB device took only a part of what it was sent.")


def _path(device: Any) -> str:
    """As the kernel names a socket: the bus, then the ports from the root."""
    return f"{device.bus}-{'.'.join(map(str, device.port_numbers or ()))}"


def _described(device: Any) -> UsbFound:
    major, minor = device.bcdDevice >> 8, device.bcdDevice & 0xFF
    return UsbFound(
        id=UsbId(device.idVendor, device.idProduct),
        path=_path(device),
        make=_text(device, device.iManufacturer),
        model=_text(device, device.iProduct),
        serial=_serial(device),
        release=f"{major:x}.{minor:02x}",
    )


def _serial(device: Any) -> str:
    return _text(device, device.iSerialNumber)


def _has_serial(device: Any, serial: str) -> bool:
    """Whether it is the one; to say so it must be opened, and is closed again."""
    try:
        return _serial(device) == serial
    finally:
        usb.util.dispose_resources(device)


def _text(device: Any, index: int) -> str:
    if index == 0:
        return ""
    try:
        text = str(usb.util.get_string(device, index) or "")
    except (ValueError, UnicodeDecodeError):
        # no language at all, or no text in it: the device has not told, which is no failure
        return ""
    return "".join(letter for letter in text if letter.isprintable()).strip()


_FAULTS: Mapping[int | None, tuple[type[Fault], str]] = {
    errno.ENODEV: (GoneFault, "The USB device was unplugged."),
    errno.ENOENT: (GoneFault, "The USB device was unplugged."),
    errno.ESHUTDOWN: (GoneFault, "The USB device was unplugged."),
    errno.EBUSY: (BusyFault, "Another program holds the USB device."),
    errno.EACCES: (DeniedFault, "The station's user may not open the USB device: its udev rule is missing."),
    errno.EPERM: (DeniedFault, "The station's user may not open the USB device: its udev rule is missing."),
    errno.ETIMEDOUT: (TimedOutFault, "The USB device did not answer in time."),
    errno.EPIPE: (ProtocolFault, "The USB device refused a transfer."),
    errno.EOVERFLOW: (ProtocolFault, "The USB device sent more than it was asked for."),
}
"""What each of the system's error numbers means here; any other one is a transfer that failed."""


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    """Foreign errors become faults."""
    try:
        yield
    except usb.core.USBError as error:
        kind, sentence = _FAULTS.get(error.errno, (ProtocolFault, "A transfer to the USB device failed."))
        raise kind(sentence) from None
    except ValueError:
        # pyusb's word for an endpoint, interface or configuration that the device does not have
        raise ProtocolFault("The USB device has other endpoints than its protocol says.") from None
