"""The ONVIF driver against the emulated device, and against servers that answer what no device should."""

import asyncio
import json
import logging
import ssl
import subprocess
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.cctv.onvif import SIGHTINGS_MAX, OnvifCctv, Options
from drivers.contract import DeniedFault, DeviceKind, Fault, GoneFault, OptionsFault, ProtocolFault, TimedOutFault
from drivers.contract.cctv import Ability, Noticed, Sighting, Span
from drivers.contract.cctv_conformance import Scene, check_cctv, check_cctv_fails
from drivers.registry import make_cctv
from tests.drivers.cctv.recorders import answering, certificate
from tests.drivers.station_clock import MachineClock
from tests.emulators import rtsp
from tests.emulators.onvif_device import PASSWORD, USER, Device, device
from tests.house.source import ROOT

CLOCK = MachineClock()
NOON, HOUR = datetime(2026, 11, 22, 12, tzinfo=UTC), timedelta(hours=1)
YEAR_2000_S = -819_936_000 + 0.4321
"""A clock that was never set, and is no whole second off either."""

RECORDED = [(NOON - HOUR, NOON + HOUR / 4), (NOON + HOUR / 2, NOON + HOUR * 3 / 4), (NOON + HOUR, NOON + 2 * HOUR)]
SCENE = Scene(
    abilities=frozenset({Ability.CLOCK, Ability.RECORDINGS, Ability.SIGHTINGS}),
    difference_ms=1000 * YEAR_2000_S,
    within=Span(NOON, NOON + 1.5 * HOUR),
    recorded=(
        Span(NOON, NOON + HOUR / 4),
        Span(NOON + HOUR / 2, NOON + HOUR * 3 / 4),
        Span(NOON + HOUR, NOON + 1.5 * HOUR),
    ),
    noticed=frozenset({Noticed.INPUT, Noticed.SCENE_CHANGED}),
)


@pytest.fixture(scope="module")
def eye() -> Iterator[Device]:
    recorded = [(begin.isoformat(), end.isoformat()) for begin, end in RECORDED]
    with device(user=USER, password=PASSWORD, clock_error_s=YEAR_2000_S, recorded=recorded) as made:
        yield made


@pytest.fixture(scope="module")
def password_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secret") / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    return file


def _options(port: int, password_file: Path | None = None, **others: object) -> dict[str, object]:
    login = {"user": USER, "password_file": password_file} if password_file else {}
    return {"host": "127.0.0.1", "port": port, "pictures": False, "exchanges": 3, **login, **others}


def _eye(port: int, password_file: Path | None = None, **others: object) -> OnvifCctv:
    return OnvifCctv(Options.model_validate(_options(port, password_file, **others)), clock=CLOCK)


async def _until_it_fails(camera: OnvifCctv) -> Fault:
    try:
        while True:
            await camera.notice()
    except Fault as fault:
        return fault


async def _changed(camera: OnvifCctv) -> Sighting:
    """The next that was not so from the beginning."""
    while (seen := await camera.notice()).first:
        pass
    return seen


async def test_a_device_whose_clock_was_never_set_conforms(eye: Device, password_file: Path) -> None:
    # once before: the library's descriptions stay loaded, and nothing else may
    async with _eye(eye.port, password_file).opened():
        pass
    options = _options(eye.port, password_file)
    await check_cctv(lambda: make_cctv(DeviceKind.CCTV, "onvif", options=options, clock=CLOCK), SCENE, clock=CLOCK)


async def test_the_device_says_what_it_is_once_it_was_opened(eye: Device, password_file: Path) -> None:
    camera = _eye(eye.port, password_file)
    assert (camera.facts.make, camera.facts.model) == ("", "ONVIF device")
    async with camera.opened():
        facts = camera.facts
    assert (facts.make, facts.model, facts.serial, facts.firmware) == ("Emulated", "Eye 2", "E-7", "1.2.3")
    assert camera.facts == facts


async def test_eight_exchanges_find_the_clock_s_difference_to_little_more_than_a_round_trip(
    eye: Device, password_file: Path
) -> None:
    camera = _eye(eye.port, password_file, exchanges=8)
    async with camera.opened():
        measured = await camera.clock_difference()
    assert measured.readings == 8
    assert abs(measured.difference_ms - 1000 * YEAR_2000_S) <= measured.uncertainty_ms
    # a second's halving seven times is 4 ms; the rest is what this machine took to answer
    assert measured.uncertainty_ms < 500


async def test_what_it_notices_is_told_as_it_begins_and_ends(eye: Device, password_file: Path) -> None:
    camera = _eye(eye.port, password_file)
    async with camera.opened():
        eye.do("press", "1", True)
        pressed = await _changed(camera)
        eye.do("cover", True)
        covered = await camera.notice()
        eye.do("cover", False)
        bare = await camera.notice()
        eye.do("press", "1", False)
        await camera.notice()
    assert (pressed.noticed, pressed.source, pressed.active) == (Noticed.INPUT, "1", True)
    assert [(one.noticed, one.active, one.first) for one in (covered, bare)] == [
        (Noticed.SCENE_CHANGED, True, False),
        (Noticed.SCENE_CHANGED, False, False),
    ]
    assert pressed.device_at is not None
    assert pressed.device_at.year == 2000
    assert eye.do("subscriptions") == []


async def test_a_wait_for_a_sighting_that_is_cancelled_loses_none(eye: Device, password_file: Path) -> None:
    camera = _eye(eye.port, password_file)
    async with camera.opened():
        for _ in range(2):
            assert (await camera.notice()).first
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await camera.notice()
        eye.do("press", "1", True)
        assert (await camera.notice()).active
        eye.do("press", "1", False)


async def test_a_device_gone_mad_is_a_fault_and_no_flood(eye: Device, password_file: Path) -> None:
    camera = _eye(eye.port, password_file)
    async with camera.opened():
        eye.do("flood", SIGHTINGS_MAX + 500)
        assert camera._sightings is not None
        while camera._sightings.fault is None:
            await asyncio.wait_for(asyncio.shield(_turns()), 10)
        assert isinstance(await _until_it_fails(camera), ProtocolFault)


async def _turns() -> None:
    """Let others work for a little."""
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)


@pytest.mark.parametrize("how", ["none", "wrong", "clock"])
async def test_without_the_right_password_or_time_it_is_denied(
    eye: Device, password_file: Path, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("guessed-wrongly\n")
    wrong.chmod(0o600)
    file = {"none": None, "wrong": wrong, "clock": password_file}[how]
    camera = _eye(eye.port, file, adjust_time=how != "clock")
    with caplog.at_level(logging.DEBUG), pytest.raises(DeniedFault, match="another user or password") as caught:
        await camera.opened().__aenter__()
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(camera) + repr(vars(camera))
    assert "guessed" not in shown
    assert PASSWORD not in shown


async def test_a_password_is_in_no_log_while_all_is_well(
    eye: Device, password_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        camera = _eye(eye.port, password_file)
        async with camera.opened():
            await camera.recorded(SCENE.within)
    assert caplog.text
    assert PASSWORD not in caplog.text


async def test_a_device_that_is_switched_off_is_gone_and_works_again_afterwards() -> None:
    with device() as eye:
        camera = _eye(eye.port)
        async with camera.opened():
            eye.unplug()
            for _ in range(2):
                assert isinstance(await _until_it_fails(camera), GoneFault)
            with pytest.raises(GoneFault):
                await camera.clock_difference()
        await check_cctv_fails(lambda: camera, GoneFault)
        eye.plug()
        async with camera.opened():
            assert (await camera.notice()).first


async def test_a_device_that_hangs_is_timed_out_and_closing_still_works() -> None:
    with device() as eye:
        camera = _eye(eye.port, answer_s=2)
        async with camera.opened():
            eye.freeze()
            assert isinstance(await _until_it_fails(camera), TimedOutFault)
            with pytest.raises(TimedOutFault):
                await camera.recorded(SCENE.within)


async def test_what_a_device_does_not_have_is_not_among_its_abilities() -> None:
    with device(services=[]) as eye:
        camera = _eye(eye.port, pictures=True)
        async with camera.opened():
            assert camera.abilities == {Ability.CLOCK}


@pytest.mark.skipif(bool(rtsp.missing()), reason=rtsp.missing())
async def test_its_pictures_arrive_from_the_configured_host_and_not_from_where_it_says(password_file: Path) -> None:
    with rtsp.serving() as server, device(rtsp_port=server.port) as eye:
        camera = _eye(eye.port, pictures=True, profile="mainStream")
        async with camera.opened():
            assert camera.abilities == set(Ability)
            assert (await camera.arrival()).size_bytes > 0
            assert camera.stream().codec == "h264"
        with pytest.raises(ProtocolFault, match="no such profile"):
            await _eye(eye.port, pictures=True, profile="sound").opened().__aenter__()


def _http(body: bytes, *, status: str = "200 OK", kind: str = "application/soap+xml", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def _soap(body: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{body}</s:Body></s:Envelope>'.encode()
    )


_BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
_FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
_DATE = (
    '<r:GetSystemDateAndTimeResponse xmlns:r="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:t="http://www.onvif.org/ver10/schema"><r:SystemDateAndTime><t:DateTimeType>NTP</t:DateTimeType>'
    "<t:DaylightSavings>false</t:DaylightSavings><t:UTCDateTime><t:Time><t:Hour>{hour}</t:Hour><t:Minute>0</t:Minute>"
    "<t:Second>0</t:Second></t:Time><t:Date><t:Year>{year}</t:Year><t:Month>1</t:Month><t:Day>1</t:Day></t:Date>"
    "</t:UTCDateTime></r:SystemDateAndTime></r:GetSystemDateAndTimeResponse>"
)


@pytest.mark.parametrize(
    ("answer", "fault", "sentence"),
    [
        (_http(_BOMB), ProtocolFault, "document type"),
        (_http(_FILE), ProtocolFault, "document type"),
        (_http(_BOMB.decode().encode("utf-16")), ProtocolFault, "document type"),
        (_http(b'<?xml version="1.0" encoding="UTF-7"?><x/>'), ProtocolFault, "every parser"),
        (_http(b"<x>" * 1000), ProtocolFault, "nested too deeply"),
        (_http(b"<x>" + b"<y/>" * 30_000 + b"</x>"), ProtocolFault, "too many parts"),
        (_http(b" " * (1 << 21)), ProtocolFault, "too long"),
        (_http(b"not at all"), ProtocolFault, "not XML"),
        (_http(b"<html/>", kind="text/html"), ProtocolFault, "not of its protocol"),
        (_http(b"<x/>"), ProtocolFault, "not what its protocol says"),
        (_http(_soap("")), ProtocolFault, "not what its protocol says"),
        (_http(_soap(_DATE.format(hour=25, year=2026))), ProtocolFault, "not what its protocol says"),
        (_http(_soap(_DATE.format(hour=1, year=10**30))), ProtocolFault, "not what its protocol says"),
        (_http(_soap(_DATE.format(hour="x", year=2026))), ProtocolFault, "not what its protocol says"),
        (_http(_soap(_DATE.format(hour=1, year=2026))), ProtocolFault, "not what its protocol says"),
        (_http(_soap("<s:Fault/>"), status="500 Broken"), ProtocolFault, "refused|not what its protocol says"),
        (_http(b"x", more="Content-Encoding: gzip\r\n"), ProtocolFault, "packed"),
        (_http(b"", status="302 Found", more="Location: http://192.0.2.1/\r\n"), ProtocolFault, "elsewhere"),
        (_http(b"", status="401 Unauthorized", kind="text/html"), DeniedFault, "another user"),
        (b"RTSP/1.0 200 OK\r\n\r\n", ProtocolFault, "not of its protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 50\r\n\r\n<x>", TimedOutFault, "in time"),
        (None, TimedOutFault, "in time"),
    ],
)
async def test_a_hostile_device_is_a_fault_with_a_sentence(
    answer: bytes | None, fault: type[Fault], sentence: str
) -> None:
    async with answering(lambda _: answer) as stranger:
        with pytest.raises(fault, match=sentence) as caught:
            await _eye(stranger.port, answer_s=2).opened().__aenter__()
        assert type(caught.value) is fault
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("tls", "right", "expected"),
    [("pinned", True, ProtocolFault), ("pinned", False, DeniedFault), ("verified", True, DeniedFault)],
)
async def test_a_certificate_is_looked_at(tmp_path: Path, tls: str, right: bool, expected: type[Fault]) -> None:
    # for another name than the address: good enough when it is the one that was pinned
    its_file, other_file = (certificate(tmp_path, name) for name in ("camera", "other"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(its_file)
    async with answering(lambda _: _http(b"<html/>", kind="text/html"), tls=context) as stranger:
        camera = _eye(stranger.port, tls=tls, ca_file=its_file if right else other_file)
        with pytest.raises(expected):
            await camera.opened().__aenter__()


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"host": "a/b"}, "host"),
        ({"tls": "pinned"}, "a pinned certificate is in the ca_file"),
        ({"tls": "unverified"}, "tls"),
        ({"password": "secret"}, "password"),
    ],
)
def test_wrong_options_are_named_without_their_values(options: dict[str, object], place: str) -> None:
    with pytest.raises(OptionsFault, match=place) as caught:
        make_cctv(DeviceKind.CCTV, "onvif", options={"host": "camera", **options}, clock=CLOCK)
    assert "secret" not in caught.value.sentence


_ASKS = """
import asyncio, json, logging, sys
reached = []
def look(event, args):
    if event in ("socket.connect", "socket.sendto"):
        reached.append(list(args[1][:2]) if isinstance(args[1], tuple) else str(args[1]))
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        reached.append(["name", args[0]])
sys.addaudithook(look)
before = (logging.getLogger().level, list(logging.getLogger().handlers))
from drivers.cctv.onvif import OnvifCctv, Options
from drivers.contract.cctv import Span
from tests.drivers.station_clock import MachineClock
async def main():
    device = OnvifCctv(Options(host="127.0.0.1", port=%d, pictures=False, exchanges=1), clock=MachineClock())
    async with device.opened():
        await device.notice()
        now = MachineClock().now()
        await device.recorded(Span(now, now))
        await device.clock_difference()
asyncio.run(main())
assert before == (logging.getLogger().level, list(logging.getLogger().handlers))
print(json.dumps(sorted({json.dumps(one) for one in reached})))
"""


def test_nobody_but_the_device_is_spoken_to_and_logging_stays_as_it_was() -> None:
    with device() as eye:
        command = [sys.executable, "-c", _ASKS % eye.port]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    asked = [json.loads(one) for one in json.loads(ran.stdout)]
    assert ["127.0.0.1", eye.port] in asked
    assert [one for one in asked if one not in (["127.0.0.1", eye.port], ["name", "127.0.0.1"])] == []


def test_neither_station_nor_worker_load_what_the_drivers_need() -> None:
    look = (
        "import sys, agent.compose.station, agent.compose.worker, drivers.registry, drivers.cctv.onvif, "
        "drivers.cctv.rtsp, drivers.relay.onvif\n"
        "print({'av', 'onvif', 'zeep', 'lxml', 'aiohttp', 'requests'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "set()"
