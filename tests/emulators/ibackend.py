"""Any device model behind pyusb, in this process: a `usb.backend.IBackend` with sockets to plug models into.

It tests a driver's logic and nothing of libusb. Errors carry what libusb's would: its own number and the system's.

Source: facts/fingerprint-sensors.md section 15.
"""

import array
import errno
import struct
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from tests.emulators.clock import WaitingClock
from tests.emulators.usb import Babble, Model, Refused, Setup, Stall, Unplugged

_DEVICE = (
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor idProduct"
)
_DEVICE += " bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations"
_CONFIGURATION = "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes"
_CONFIGURATION += " bMaxPower"
_INTERFACE = "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass"
_INTERFACE += " bInterfaceSubClass bInterfaceProtocol iInterface"
_ENDPOINT = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval"

_LIBUSB = {
    errno.EIO: (-1, "Input/Output Error"),
    errno.EACCES: (-3, "Access denied (insufficient permissions)"),
    errno.ENODEV: (-4, "No such device (it may have been disconnected)"),
    errno.ENOENT: (-5, "Entity not found"),
    errno.EBUSY: (-6, "Resource busy"),
    errno.EOVERFLOW: (-8, "Overflow"),
    errno.EPIPE: (-9, "Pipe error"),
}


def _error(number: int) -> usb.core.USBError:
    code, text = _LIBUSB[number]
    return usb.core.USBError(text, code, number)


def _read(form: str, names: str, data: bytes) -> SimpleNamespace:
    values = dict(zip(names.split(), struct.unpack_from(form, data), strict=True))
    return SimpleNamespace(**values, extra_descriptors=[])


class Socket:
    """One plugging of a model: plugged in again, it is another one at the same place."""

    def __init__(self, model: Model, *, port: int, address: int) -> None:
        self.model, self.port, self.address = model, port, address
        self.gone = False
        self.denied = False
        self.kernel_driver = False
        self.claims: dict[int, _Handle] = {}


class _Handle:
    def __init__(self, socket: Socket) -> None:
        self.socket = socket


class EmulatedUsb(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """A bus with as many sockets as there are models."""

    def __init__(self, clock: WaitingClock) -> None:
        self.clock = clock
        self.open_handles = 0
        """How many handles nobody has closed."""
        self._sockets: dict[int, Socket] = {}
        self._address = 1

    def plug(self, model: Model, *, port: int = 1) -> Socket:
        """Put a model into a socket."""
        self._address += 1
        socket = Socket(model, port=port, address=self._address)
        self._sockets[port] = socket
        return socket

    def unplug(self, *, port: int = 1) -> None:
        """Pull it out, whatever it is doing."""
        self._sockets.pop(port).gone = True

    def claims(self) -> int:
        """How many interfaces are claimed."""
        return sum(len(socket.claims) for socket in self._sockets.values())

    def enumerate_devices(self) -> list[Socket]:
        return list(self._sockets.values())

    def get_parent(self, dev: Socket) -> None:
        return None

    def get_device_descriptor(self, dev: Socket) -> SimpleNamespace:
        found = _read("<BBHBBBBHHHBBBB", _DEVICE, dev.model.shape.device)
        found.bus, found.address, found.port_number, found.port_numbers = 1, dev.address, dev.port, (dev.port,)
        found.speed = 3
        return found

    def get_configuration_descriptor(self, dev: Socket, config: int) -> SimpleNamespace:
        if config > 0:
            raise IndexError
        return _read("<BBHBBBBB", _CONFIGURATION, dev.model.shape.configuration)

    def get_interface_descriptor(self, dev: Socket, intf: int, alt: int, config: int) -> SimpleNamespace:
        if alt > 0:
            raise IndexError
        return _read("<BBBBBBBBB", _INTERFACE, _descriptors(dev, 4)[intf])

    def get_endpoint_descriptor(self, dev: Socket, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        found = _read("<BBBBHB", _ENDPOINT, _descriptors(dev, 5)[ep])
        found.bRefresh, found.bSynchAddress = 0, 0
        return found

    def open_device(self, dev: Socket) -> _Handle:
        if dev.gone:
            raise _error(errno.ENODEV)
        if dev.denied:
            raise _error(errno.EACCES)
        self.open_handles += 1
        return _Handle(dev)

    def close_device(self, dev_handle: _Handle) -> None:
        self.open_handles -= 1
        claims = dev_handle.socket.claims
        for interface in [key for key, holder in claims.items() if holder is dev_handle]:
            del claims[interface]

    def get_configuration(self, dev_handle: _Handle) -> int:
        return int(_there(dev_handle).model.shape.configuration[5])

    def set_configuration(self, dev_handle: _Handle, config_value: int) -> None:
        _there(dev_handle)

    def claim_interface(self, dev_handle: _Handle, intf: int) -> None:
        socket = _there(dev_handle)
        if socket.kernel_driver or socket.claims.get(intf, dev_handle) is not dev_handle:
            raise _error(errno.EBUSY)
        socket.claims[intf] = dev_handle

    def release_interface(self, dev_handle: _Handle, intf: int) -> None:
        if _there(dev_handle).claims.pop(intf, None) is None:
            raise _error(errno.ENOENT)

    def is_kernel_driver_active(self, dev_handle: _Handle, intf: int) -> bool:
        return _there(dev_handle).kernel_driver

    def detach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        _there(dev_handle).kernel_driver = False

    def attach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        _there(dev_handle).kernel_driver = True

    def clear_halt(self, dev_handle: _Handle, ep: int) -> None:
        _there(dev_handle).model.clear_halt(ep)

    def reset_device(self, dev_handle: _Handle) -> None:
        try:
            _there(dev_handle).model.reset()
        except Refused:
            raise _error(errno.EIO) from None

    def ctrl_transfer(
        self, dev_handle: _Handle, bm: int, request: int, value: int, index: int, data: Any, timeout: int
    ) -> int:
        model, setup = _there(dev_handle).model, Setup(bm, request, value, index, len(data))
        try:
            answer = model.control(setup, b"" if bm & 0x80 else bytes(data), now_s=self.clock.now_s())
        except Stall:
            raise _error(errno.EPIPE) from None
        if bm & 0x80:
            data[: len(answer)] = array.array("B", answer)
            return len(answer)
        return len(data)

    def bulk_read(self, dev_handle: _Handle, ep: int, intf: int, buff: Any, timeout: int) -> int:
        data = self._taken(dev_handle, ep, size_bytes=len(buff), limit_s=timeout / 1000)
        buff[: len(data)] = array.array("B", data)
        return len(data)

    intr_read = bulk_read

    def bulk_write(self, dev_handle: _Handle, ep: int, intf: int, data: Any, timeout: int) -> int:
        until_s = self.clock.now_s() + timeout / 1000
        while not self._given(dev_handle, ep, bytes(data)):
            self._wait(_there(dev_handle).model, until_s=until_s)
        return len(data)

    intr_write = bulk_write

    def _given(self, handle: _Handle, endpoint: int, data: bytes) -> bool:
        try:
            return _there(handle).model.out(endpoint, data, now_s=self.clock.now_s())
        except Stall:
            raise _error(errno.EPIPE) from None
        except Unplugged:
            self.unplug(port=handle.socket.port)
            raise _error(errno.ENODEV) from None

    def _taken(self, handle: _Handle, endpoint: int, *, size_bytes: int, limit_s: float) -> bytes:
        until_s, parts, left = self.clock.now_s() + limit_s, list[bytes](), size_bytes
        while left > 0:
            model = _there(handle).model
            try:
                data, ended = model.take(endpoint, left, now_s=self.clock.now_s())
            except Stall:
                raise _error(errno.EPIPE) from None
            except Babble:
                raise _error(errno.EOVERFLOW) from None
            except Unplugged:
                self.unplug(port=handle.socket.port)
                raise _error(errno.ENODEV) from None
            parts.append(data)
            left -= len(data)
            if ended:
                break
            if not data and self._over(model, until_s=until_s, some=left < size_bytes):
                break
        return b"".join(parts)

    def _over(self, model: Model, *, until_s: float, some: bool) -> bool:
        """Wait for more; a limit that strikes after some bytes is no error to libusb."""
        try:
            self._wait(model, until_s=until_s)
        except usb.core.USBTimeoutError:
            if not some:
                raise
            return True
        return False

    def _wait(self, model: Model, *, until_s: float) -> None:
        next_s = model.next_s()
        if next_s is not None and next_s <= until_s:
            self.clock.wait_until(next_s)
            return
        self.clock.wait_until(until_s)
        raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)


def _there(handle: _Handle) -> Socket:
    if handle.socket.gone:
        raise _error(errno.ENODEV)
    return handle.socket


def _descriptors(socket: Socket, kind: int) -> list[bytes]:
    """Those of one type, in the configuration's order."""
    data, found = socket.model.shape.configuration, []
    while data:
        if data[1] == kind:
            found.append(data[: data[0]])
        data = data[data[0] :]
    return found
