"""What every fingerprint sensor on USB has, whatever it speaks: a socket to be found in, an opening and a closing."""

import logging
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from pydantic import Field

from drivers.contract import DeviceKind, Facts, Fault, GoneFault, in_thread
from drivers.contract import Options as DriverOptions
from drivers.transport.usb import LibUsbBus, UsbBus, UsbFound, UsbId, UsbPipe, UsbWanted

_log = logging.getLogger(__name__)


class PlugOptions(DriverOptions):
    """Which one of several."""

    path: str | None = Field(default=None, pattern=r"^\d+-\d+(\.\d+)*$")
    """The USB socket, as the kernel names it (`1-1.4`); needed only where two such sensors are plugged in."""
    serial: str | None = None
    """The sensor's serial number, for the same purpose."""

    def lease(self, make: str) -> str:
        """What only one holder may have, of sensors of this make."""
        return f"{make}-{self.path or self.serial or 'only'}"


class Talk(Protocol):
    """A conversation with one kind of sensor; its calls block."""

    def greet(self) -> None:
        """Make it ready. :raises: StuckFault when nothing helps, GoneFault."""
        ...

    def rest(self) -> None:
        """Leave it dark until it is asked again. :raises: GoneFault, ProtocolFault, TimedOutFault."""
        ...

    def close(self) -> None:
        """Give the sensor back."""
        ...


_Talk = TypeVar("_Talk", bound=Talk)


class Plug(Generic[_Talk]):
    """Where a sensor is plugged in, and the conversation with it while it is open."""

    def __init__(self, options: PlugOptions, *, bus: UsbBus | None, begin: Callable[[UsbPipe], _Talk]) -> None:
        """:param bus: where it is plugged in, instead of the system's USB.
        :param begin: a conversation over this pipe, in which nothing was said yet.
        """
        self._options, self._begin = options, begin
        self._bus: UsbBus = bus if bus is not None else LibUsbBus()
        self._talk: _Talk | None = None
        self._found: UsbFound | None = None

    @property
    def talk(self) -> _Talk:
        """Of an open one."""
        assert self._talk is not None, "only what is open is talked to"
        return self._talk

    @property
    def id(self) -> UsbId:
        """Of one that was opened."""
        assert self._found is not None, "it was opened"
        return self._found.id

    def facts(self, *, make: str, model: str, names_its_make: bool = False) -> Facts:
        """The sensor's own names and numbers once it was opened; make and model as given until then.

        :param names_its_make: whether its own name for its maker is taken, too.
        """
        found = self._found
        return Facts(
            kind=DeviceKind.FINGERPRINT,
            make=(found.make if found and names_its_make else "") or make,
            model=(found.model if found else "") or model,
            serial=found.serial if found else "",
            firmware=found.release if found else "",
            certified=False,
            simulated=False,
        )

    async def open(self, ids: tuple[UsbId, ...]) -> None:
        """Find one of these, claim it, and greet it. :raises: Fault of any kind; to be closed all the same."""
        await in_thread(lambda: self._connect(ids))

    def _connect(self, ids: tuple[UsbId, ...]) -> None:
        pipe = self._bus.connect(UsbWanted(ids, path=self._options.path, serial=self._options.serial))
        # kept before anything is said, so that closing finds it when the opening is cancelled or fails
        self._talk = self._begin(pipe)
        self._found = pipe.found
        self._talk.greet()

    async def rest(self) -> None:
        """Put it to rest, if it is open and still there; what fails then is the next user's to find out."""
        if self._talk is None:
            return
        try:
            await in_thread(self._talk.rest)
        except GoneFault:
            pass
        except Fault as fault:
            _log.warning("The fingerprint sensor was not put to rest (%s).", fault.sentence)

    async def close(self) -> None:
        """Give it back; also what was never opened, and a second time."""
        talk, self._talk = self._talk, None
        if talk is not None:
            await in_thread(talk.close)
