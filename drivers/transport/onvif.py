"""One ONVIF device, asked by SOAP: a thin seam over onvif-zeep-async, and the one place where its errors become ours.

The library brings the descriptions of all services (nothing is fetched), builds and reads the messages by zeep, and
signs them (WS-Security's digest of password, nonce and time). Questions travel by `onvif_post`. What is answered comes
out as plain dicts and lists, still to be looked at: a device may say anything.

The library is loaded when a device is connected and not before; that takes a second, and 70 MB stay. It sets up logging
for the whole process when it is loaded, which is undone here.

Every service is asked at the configured host and port; of the addresses that the device tells only the path counts, so
that no device can send the station, or its password's digest, elsewhere. Quirk: a device whose services are on several
ports is not understood, nor is one older than ONVIF 2.1, which has no GetServices.

Source: ONVIF Core Specification (GetServices, GetSystemDateAndTime); facts/face-cctv-console.md section 5.
"""

import logging
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from drivers.contract import DeniedFault, ProtocolFault
from drivers.contract.thread import in_thread
from drivers.transport.credentials import Credentials
from drivers.transport.onvif_post import OnvifOptions, Post

DEVICE: Final = "devicemgmt"
"""The library's name for the service that every device has."""

PATH_LETTERS_MAX: Final = 1000


class OnvifLink:
    """Questions to one device, from connect to close."""

    def __init__(self, options: OnvifOptions, credentials: Credentials) -> None:
        """Nothing is asked yet."""
        self._options, self._credentials = options, credentials
        self._library: Any = None
        self._post: Post | None = None
        self._ahead: timedelta | None = None
        self._paths = {DEVICE: options.path}
        self._services: dict[tuple[str, str], Any] = {}

    async def connect(self) -> None:
        """Learn the device's time and what services it has. :raises: Fault; whoever connected must close, then too."""
        self._library = await in_thread(_load)
        # the certificate's file is read
        self._post = await in_thread(lambda: Post(self._options, self._credentials))
        if self._options.adjust_time:
            await self._adjust()
        told = await self.ask(DEVICE, "GetServices", IncludeCapability=False)
        with self._library.ours():
            spaces = {str(one["Namespace"]): path_of(str(one["XAddr"])) for one in told}
        for name, definition in self._library.SERVICES.items():
            if name != DEVICE and definition["ns"] in spaces:
                self._paths[name] = spaces[definition["ns"]]

    def has(self, service: str) -> bool:
        """Whether the device has the service, by the library's name for it."""
        return service in self._paths

    async def ask(self, service: str, operation: str, *, path: str = "", **words: Any) -> Any:
        """What the device answers, as dicts, lists and values.

        :param path: where, if not where the device has the service.
        :param words: the operation's own.
        :raises: DeniedFault, GoneFault, ProtocolFault, TimedOutFault.
        """
        asked = await self._service(service, path or self._paths[service])
        # without a user there is nothing to sign with
        name = operation if self._credentials.user else f"authless_{operation}"
        with self._library.ours():
            return self._library.plain(await getattr(asked, name)(words))

    async def time(self) -> datetime:
        """The device's clock, cut to whole seconds; needs no password. :raises: Fault."""
        asked = await self._service(DEVICE, self._options.path)
        with self._library.ours():
            told = self._library.plain(await asked.authless_GetSystemDateAndTime())["UTCDateTime"]
            day, hour = told["Date"], told["Time"]
            # a leap second counts as the one before it
            second = min(59, hour["Second"])
            return datetime(day["Year"], day["Month"], day["Day"], hour["Hour"], hour["Minute"], second, tzinfo=UTC)

    def topic_filter(self, topics: str) -> Any:
        """These topics as a word of a question, such as `tns1:Device//.|tns1:VideoSource/SignalLoss`."""
        return self._library.topic_filter(topics)

    async def close(self) -> None:
        """Hang up; works at any time, and twice."""
        await self._forget()
        if self._post is not None:
            await self._post.hang_up()
            self._post = None

    async def _adjust(self) -> None:
        try:
            told = await self.time()
        except DeniedFault:
            # some want a password even for the time: then their clock must be right
            return
        # less the system's clock, because that is the one that the library signs by
        self._ahead = told - datetime.now(UTC)  # noqa: TID251
        await self._forget()

    async def _forget(self) -> None:
        for known in self._services.values():
            await known.close()
        self._services = {}

    async def _service(self, service: str, path: str) -> Any:
        assert self._post is not None, "a link is asked after it was connected"
        known = self._services.get((service, path))
        if known is None:
            known = self._library.service(
                service, address=self._options.base + path, credentials=self._credentials, ahead=self._ahead
            )
            # it holds a session of the library's, unused, that must be closed whatever happens next
            self._services[service, path] = known
            known.transport = self._post
            with self._library.ours():
                await known.setup()
        return known


def _load() -> Any:
    """The library. Loading it adds a handler to the root logger and sets its level: both are taken back."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        return import_module("drivers.transport.onvif_library")
    except ImportError:
        raise DeniedFault("The software for ONVIF is missing: install the extra `cctv`.") from None
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


def path_of(address: str) -> str:
    """The path with its query, of an address that a device told. :raises: ProtocolFault."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise ProtocolFault("The device told an address that is none.") from None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fits = path.startswith("/") and path.isascii() and path.isprintable() and " " not in path
    if not fits or len(path) > PATH_LETTERS_MAX:
        raise ProtocolFault("The device told an address that is none.")
    return path
