"""A camera or recorder that speaks ONVIF: what it is, its pictures, its clock, what it notices, what it has recorded.

Hardware: any with ONVIF 2.1 or newer; profile S for pictures, G for recordings. Firmware: none seen. Proven against an
emulator that was written from the same facts, and on metal nothing so far.

Protocol: SOAP by onvif-zeep-async (`drivers.transport.onvif`), pictures by RTSP as in `rtsp`, at the path that the
device tells for its profile. What the device does not have is not among its abilities.

The clock is asked several times; each question is put such that its answer halves what is still possible, down to the
round trip (`difference`). Its answers are cut to whole seconds, as ONVIF has them.

Quirks: event topics and their words differ from maker to maker, and what is not known is not told. A recorder that
keeps its history coarsely tells coarse spans. Bookmarks do not exist in ONVIF. Events that came between two openings
are lost: states are told anew at each opening, by devices that keep to the protocol. Devices with H.265 only are often
missing from the first media service; name their stream in `rtsp`.

Source: ONVIF Core, Media, Event and Recording Search Service Specifications; facts/face-cctv-console.md section 5.
"""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field

from drivers.cctv.difference import difference, exchanged, pause_ms
from drivers.cctv.onvif_wire import TOPICS, TRACK_STATE, profile_of, sighting_of, spans_of, track_of
from drivers.cctv.rtsp import StreamOptions
from drivers.contract import DeviceKind, Facts, Fault, ProtocolFault
from drivers.contract.cctv import (
    Ability,
    Arrival,
    ClockDifference,
    ClockSource,
    Delivery,
    HeldCctv,
    Recorded,
    Sighting,
    Span,
    Stream,
)
from drivers.contract.thread import in_thread
from drivers.transport.credentials import read_credentials
from drivers.transport.inbox import Inbox
from drivers.transport.onvif import DEVICE, OnvifLink, path_of
from drivers.transport.onvif_events import PullPoint, message_of
from drivers.transport.onvif_post import OnvifOptions
from drivers.transport.rtsp import RtspReader, RtspWanted
from drivers.world.clock import StationClock

SIGHTINGS_MAX: Final = 1000
"""More that nobody takes are a device gone mad."""

FOUND_MAX: Final = 5000
"""More events of recordings than this are not read."""

_FOUND_AT_ONCE: Final = 100


class Options(OnvifOptions):
    """Where the device is, and what is wanted of it."""

    pictures: bool = True
    """Whether the stream is watched, which costs a child process."""
    profile: str = Field(default="", max_length=100)
    """The profile's token or name; unless said, the first with pictures."""
    stream: StreamOptions = StreamOptions()
    """How long the stream is waited for."""
    exchanges: int = Field(default=8, ge=1, le=20)
    """How many times the device's clock is asked for one comparison, a second each at most."""


class OnvifCctv(HeldCctv):
    """One device in the network."""

    def __init__(self, options: Options, *, clock: StationClock) -> None:
        """:param clock: the station's clocks."""
        super().__init__(lease=f"onvif-cctv-{options.host}:{options.port}")
        self._options, self._clock = options, clock
        self._held = AsyncExitStack()
        self._link: OnvifLink | None = None
        self._reader: RtspReader | None = None
        self._sightings: Inbox[Sighting] | None = None
        self._said: dict[str, str] = {}

    @property
    def facts(self) -> Facts:
        """What the device says of itself once it was opened."""
        said = self._said
        return Facts(
            kind=DeviceKind.CCTV,
            make=said.get("Manufacturer", ""),
            model=said.get("Model") or "ONVIF device",
            serial=said.get("SerialNumber", ""),
            firmware=said.get("FirmwareVersion", ""),
            certified=False,
            simulated=False,
        )

    async def _open(self) -> None:
        options = self._options
        credentials = await in_thread(lambda: read_credentials(options.user, options.password_file))
        self._link = OnvifLink(options, credentials)
        self._held.push_async_callback(self._link.close)
        await self._link.connect()
        self._said = _described(await self._link.ask(DEVICE, "GetDeviceInformation"))
        if options.pictures and self._link.has("media"):
            self._reader = RtspReader(await self._found(), credentials, now_ns=self._clock.monotonic_ns)
            self._held.push_async_callback(self._reader.stop)
            await self._reader.start()
        if self._link.has("events"):
            await self._listen()

    async def _close(self) -> None:
        held, self._held = self._held, AsyncExitStack()
        await held.aclose()
        self._link = self._reader = self._sightings = None

    def _abilities(self) -> frozenset[Ability]:
        has = {
            Ability.PICTURES: self._reader is not None,
            Ability.CLOCK: True,
            Ability.RECORDINGS: self._asked().has("search"),
            Ability.SIGHTINGS: self._sightings is not None,
        }
        return frozenset(ability for ability, there in has.items() if there)

    def _stream(self) -> Stream:
        return self._read().stream

    async def _arrival(self) -> Arrival:
        return await self._read().arrival()

    def _delivery(self) -> Delivery:
        return self._read().delivery()

    async def _clock_difference(self) -> ClockDifference:
        bounds = None
        round_trip_ms = 0.0
        for _ in range(self._options.exchanges):
            if bounds is not None:
                pause = pause_ms(bounds, self._clock.now(), round_trip_ms=round_trip_ms)
                await asyncio.sleep(pause / 1000)
            asked_at = self._clock.now()
            told = await self._asked().time()
            answered_at = self._clock.now()
            said = exchanged(asked_at, answered_at, told=told)
            bounds = said if bounds is None else bounds.narrowed(said)
            round_trip_ms = (answered_at - asked_at) / timedelta(milliseconds=1)
        assert bounds is not None, "there is at least one exchange"
        return difference(bounds, ClockSource.SYSTEM_TIME, readings=self._options.exchanges, at=self._clock.now())

    async def _recorded(self, within: Span) -> tuple[Recorded, ...]:
        link = self._asked()
        token = await link.ask(
            "search",
            "FindEvents",
            StartPoint=within.begin,
            EndPoint=within.end,
            Scope={},
            SearchFilter=link.topic_filter(TRACK_STATE),
            IncludeStartState=True,
            KeepAliveTime=timedelta(seconds=30),
        )
        states = []
        try:
            for said in await self._results(token):
                states.append(track_of(said, message_of(said["Event"])))
        except (KeyError, TypeError, AttributeError):
            raise ProtocolFault("The device found recordings that are none.") from None
        finally:
            with contextlib.suppress(Fault):
                await link.ask("search", "EndSearch", SearchToken=token)
        return spans_of(states, within)

    async def _results(self, token: object) -> list[Any]:
        """All that the search finds. :raises: KeyError, TypeError, AttributeError for what is no result."""
        found: list[Any] = []
        while len(found) <= FOUND_MAX:
            told = await self._asked().ask(
                "search",
                "GetEventSearchResults",
                SearchToken=token,
                MaxResults=_FOUND_AT_ONCE,
                WaitTime=timedelta(seconds=self._options.answer_s / 2),
            )
            results = told["Result"] or []
            found += results
            # a search that finds nothing more and does not say that it is done would go on for ever
            if told["SearchState"] == "Completed" or not results:
                return found
        raise ProtocolFault("The device has more recordings in this span than can be read at once.")

    async def _notice(self) -> Sighting:
        assert self._sightings is not None, "what has no sightings has not the ability"
        return await self._sightings.take()

    async def _found(self) -> RtspWanted:
        """Where the profile's stream is: on the configured host, whatever the device says."""
        link, options = self._asked(), self._options
        token = profile_of(await link.ask("media", "GetProfiles"), options.profile)
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        told = await link.ask("media", "GetStreamUri", StreamSetup=setup, ProfileToken=token)
        try:
            address = str(told["Uri"])
            port = urlsplit(address).port or 554
        except (KeyError, TypeError, ValueError):
            raise ProtocolFault("The device told no address for its pictures.") from None
        limits = options.stream
        return RtspWanted(
            options.host, port=port, path=path_of(address), open_s=limits.open_s, silence_s=limits.silence_s
        )

    async def _listen(self) -> None:
        point = PullPoint(self._asked(), topics=TOPICS, now_ns=self._clock.monotonic_ns)
        self._held.push_async_callback(point.end)
        await point.begin()
        self._sightings = Inbox(keep=SIGHTINGS_MAX)
        tasks = await self._held.enter_async_context(asyncio.TaskGroup())
        pulling = tasks.create_task(self._pull(point, self._sightings), name="onvif events")
        self._held.callback(pulling.cancel)

    async def _pull(self, point: PullPoint, sightings: Inbox[Sighting]) -> None:
        """Ask for events until something fails: whoever waits for a sighting is then told."""
        # below the limit of an answer, which counts from the question
        wait_s = min(5.0, self._options.answer_s / 2)
        try:
            while not sightings.full:
                messages = await point.pull(wait_s)
                told_ns = self._clock.monotonic_ns()
                seen = (sighting_of(message, told_ns=told_ns) for message in messages)
                sightings.put(*(one for one in seen if one is not None))
            sightings.fail(ProtocolFault("The device notices more than anybody can take."))
        except Fault as fault:
            sightings.fail(fault)

    def _asked(self) -> OnvifLink:
        assert self._link is not None, "an open device has a link"
        return self._link

    def _read(self) -> RtspReader:
        assert self._reader is not None, "what has no stream has not the ability"
        return self._reader


def _described(said: object) -> dict[str, str]:
    """What the device says of itself, fit to be shown."""
    if not isinstance(said, dict):
        raise ProtocolFault("The device does not say what it is.")
    texts = {name: str(value) for name, value in said.items() if value is not None}
    return {
        str(name): "".join(letter for letter in text if letter.isprintable()).strip()[:100]
        for name, text in texts.items()
    }
