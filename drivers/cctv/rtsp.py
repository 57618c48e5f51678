"""Any camera or recorder that gives its pictures over RTSP: do they arrive, what are they, how far is its clock off.

Hardware: whatever speaks RTSP 1.0 over TCP with interleaved RTP; the path is the maker's (ONVIF tells it: `onvif`).
Firmware: none seen. Proven against GStreamer's RTSP server; on metal nothing so far.

Protocol: by libav (PyAV), in a child process (`drivers.transport.rtsp`). Digest authentication where the camera asks
for it; a camera that asks for Basic gets the password in clear, so keep cameras on a network of their own.

The clock. RTCP sender reports say which wall-clock time a picture was taken at, by the camera's clock, and it arrives
later than that, by encoding and network. The quickest of many pictures took no less than nothing and, as an option
says, no more than `delay_ms_max`: the difference lies between, and half of that is the uncertainty. Where the camera's
reports do not come, or its clock steps, it is told or refused, and never guessed.

Quirks: the stream's own count begins anew with each connection. The first pictures after opening are looked at by libav
to find out what the stream is and are not told. libav follows a camera that redirects it, and gives the password there
too: only the network can forbid that (`IPAddressAllow=` of the process's unit).

Source: RFC 2326; RFC 3550 section 6.4.1; facts/face-cctv-console.md section 5.
"""

from pathlib import Path

from pydantic import Field

from drivers.cctv.difference import sent_difference
from drivers.contract import DeviceKind, Facts
from drivers.contract import Options as DriverOptions
from drivers.contract.cctv import Ability, Arrival, ClockDifference, Delivery, HeldCctv, Stream
from drivers.contract.thread import in_thread
from drivers.transport.credentials import read_credentials
from drivers.transport.rtsp import RtspReader, RtspWanted
from drivers.world.clock import StationClock


class StreamOptions(DriverOptions):
    """How long a stream is waited for, and how late its pictures may be."""

    open_s: float = Field(default=10.0, ge=0.5, le=60)
    """The stream must be there within so long."""
    silence_s: float = Field(default=5.0, ge=0.5, le=60)
    """For so long no picture may come."""
    report_s: float = Field(default=15.0, ge=0.5, le=60)
    """The camera's first report of its clock must come within so long of being asked for."""
    delay_ms_max: int = Field(default=500, ge=1, le=10_000)
    """So long the quickest picture takes at most from lens to station; half of it is the clock's uncertainty."""


class Options(DriverOptions):
    """Where the stream is, and who asks for it."""

    host: str = Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")
    """The camera's name or address."""
    port: int = Field(default=554, ge=1, le=65535)
    """Its TCP port."""
    path: str = Field(default="/", pattern=r"^/[!-~]{0,1000}$")
    """The stream's path with its query, as the maker's manual has it."""
    user: str = Field(default="", max_length=100)
    """The user's name, empty where the camera asks for none."""
    password_file: Path | None = None
    """A file with the password on its only line, which others may not read."""
    reports: bool = True
    """Whether the camera sends RTCP sender reports with its time; most do."""
    stream: StreamOptions = StreamOptions()
    """How long it is waited for."""


class RtspCctv(HeldCctv):
    """One stream of a camera."""

    def __init__(self, options: Options, *, clock: StationClock) -> None:
        """:param clock: the station's clocks."""
        super().__init__(lease=f"rtsp-{options.host}:{options.port}{options.path}")
        self._options, self._clock = options, clock
        self._reader: RtspReader | None = None

    @property
    def facts(self) -> Facts:
        """RTSP says nothing of the camera itself."""
        return Facts(
            kind=DeviceKind.CCTV, make="", model="RTSP camera", serial="", firmware="", certified=False, simulated=False
        )

    async def _open(self) -> None:
        options = self._options
        credentials = await in_thread(lambda: read_credentials(options.user, options.password_file))
        wanted = RtspWanted(
            options.host,
            port=options.port,
            path=options.path,
            open_s=options.stream.open_s,
            silence_s=options.stream.silence_s,
        )
        self._reader = RtspReader(wanted, credentials, now_ns=self._clock.monotonic_ns)
        await self._reader.start()

    async def _close(self) -> None:
        if self._reader is not None:
            await self._reader.stop()
            self._reader = None

    def _abilities(self) -> frozenset[Ability]:
        return frozenset({Ability.PICTURES, Ability.CLOCK} if self._options.reports else {Ability.PICTURES})

    def _stream(self) -> Stream:
        return self._read().stream

    async def _arrival(self) -> Arrival:
        return await self._read().arrival()

    def _delivery(self) -> Delivery:
        return self._read().delivery()

    async def _clock_difference(self) -> ClockDifference:
        told = await self._read().reported(self._options.stream.report_s)
        return sent_difference(told, delay_ms_max=self._options.stream.delay_ms_max, clock=self._clock)

    def _read(self) -> RtspReader:
        assert self._reader is not None, "an open camera has a reader"
        return self._reader
