"""The RTSP driver against GStreamer's server: a camera that works, dies, hangs, comes back, and wants a password."""

import itertools
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from drivers.cctv.rtsp import Options, RtspCctv
from drivers.contract import (
    DeniedFault,
    DeviceKind,
    Fault,
    GoneFault,
    OptionsFault,
    OrderFault,
    ProtocolFault,
    TimedOutFault,
)
from drivers.contract.cctv import Ability, Cctv, ClockSource, Span
from drivers.contract.cctv_conformance import Scene, check_cctv, check_cctv_fails
from drivers.registry import make_cctv
from tests.drivers.cctv.recorders import answering
from tests.drivers.station_clock import MachineClock
from tests.emulators.rtsp import PASSWORD, USER, Server, missing, serving
from tests.house.source import ROOT

needs_a_server = pytest.mark.skipif(bool(missing()), reason=missing())

CLOCK = MachineClock()
AHEAD_S = 3725.25
NOTHING = Span(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
SCENE = Scene(
    abilities=frozenset({Ability.PICTURES, Ability.CLOCK}),
    difference_ms=1000 * AHEAD_S,
    within=NOTHING,
    recorded=(),
    noticed=frozenset(),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(user=USER, clock_error_s=AHEAD_S) as started:
        yield started


@pytest.fixture(scope="module")
def password_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secret") / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    return file


def _camera(port: int, password_file: Path | None = None, **stream: float) -> RtspCctv:
    options = Options.model_validate(
        {
            "host": "127.0.0.1",
            "port": port,
            "path": "/cam",
            "user": USER if password_file else "",
            "password_file": password_file,
            "stream": stream,
        }
    )
    return RtspCctv(options, clock=CLOCK)


def _shown(pid: int) -> bytes:
    """What anybody on the machine can see of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def _until_it_fails(camera: Cctv) -> Fault:
    try:
        while True:
            await camera.arrival()
    except Fault as fault:
        return fault


@needs_a_server
async def test_a_camera_conforms(server: Server, password_file: Path) -> None:
    options = {"host": "127.0.0.1", "port": server.port, "path": "/cam", "user": USER, "password_file": password_file}
    await check_cctv(lambda: make_cctv(DeviceKind.CCTV, "rtsp", options=options, clock=CLOCK), SCENE, clock=CLOCK)


@needs_a_server
async def test_its_stream_is_described_its_clock_bounded_and_its_password_nowhere(
    server: Server, password_file: Path
) -> None:
    camera = _camera(server.port, password_file)
    async with camera.opened():
        stream = camera.stream()
        assert (stream.codec, stream.width_px, stream.height_px, stream.rate_hz) == ("h264", 320, 240, 30)
        shown = _shown(camera._read().pid)
        measured = await camera.clock_difference()
    assert b"rtsp_process.py" in shown
    assert not [part for part in (PASSWORD, quote(PASSWORD, safe=""), USER) if part.encode() in shown]
    assert PASSWORD not in f"{camera!r} {vars(camera)} {camera._options!r}"
    # the picture was on the way for 0 to 500 ms: in the upper half of what is possible, for a camera that is quick
    assert measured.source is ClockSource.SENDER_REPORT
    assert measured.uncertainty_ms == 251
    assert abs(measured.difference_ms - 1000 * AHEAD_S) <= 251


@needs_a_server
async def test_key_pictures_come_at_the_camera_s_rate(server: Server, password_file: Path) -> None:
    camera = _camera(server.port, password_file)
    async with camera.opened():
        seen = [await camera.arrival() for _ in range(31)]
    keys = [number for number, arrival in enumerate(seen) if arrival.key]
    assert [later - earlier for earlier, later in itertools.pairwise(keys)] == [10, 10]
    assert seen[keys[0]].size_bytes > seen[keys[0] + 1].size_bytes
    told = [arrival for arrival in seen if arrival.device_at]
    assert told[-1].device_at is not None
    assert (told[-1].device_at - CLOCK.now()).total_seconds() == pytest.approx(AHEAD_S, abs=2)


@needs_a_server
@pytest.mark.parametrize("known", [False, True])
async def test_without_the_right_password_it_is_denied(server: Server, tmp_path: Path, known: bool) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("guessed-wrongly")
    wrong.chmod(0o600)
    camera = _camera(server.port, wrong if known else None)
    with pytest.raises(DeniedFault, match="another user or password") as caught:
        await camera.opened().__aenter__()
    assert "guessed" not in "".join(traceback.format_exception(caught.value))


@needs_a_server
async def test_a_path_that_is_not_there_is_a_wrong_option(server: Server, password_file: Path) -> None:
    options = _camera(server.port, password_file)._options.model_copy(update={"path": "/dam"})
    with pytest.raises(OptionsFault, match="no stream under this path"):
        await RtspCctv(options, clock=CLOCK).opened().__aenter__()


@needs_a_server
async def test_a_camera_that_dies_is_gone_and_back_again_its_stream_counts_anew() -> None:
    with serving() as first:
        camera = _camera(first.port)
        async with camera.opened():
            before = [await camera.arrival() for _ in range(15)][-1]
            first.kill()
            assert isinstance(await _until_it_fails(camera), GoneFault)
            assert isinstance(await _until_it_fails(camera), GoneFault)
            assert not camera.delivery().flowing
            assert camera.delivery().age_ms(CLOCK.monotonic_ns()) > 0
        with pytest.raises(GoneFault):
            await camera.opened().__aenter__()
        with serving(port=first.port):
            async with camera.opened():
                after = await camera.arrival()
                assert camera.delivery().flowing
    assert before.stream_us is not None
    assert after.stream_us is not None
    assert (after.stream_us < before.stream_us, after.arrived_ns > before.arrived_ns) == (True, True)


@needs_a_server
async def test_a_camera_that_hangs_is_noticed_in_its_time_and_closing_still_works() -> None:
    with serving() as hanging:
        camera = _camera(hanging.port, silence_s=0.5, open_s=1)
        async with camera.opened():
            await camera.arrival()
            hanging.freeze()
            assert isinstance(await _until_it_fails(camera), TimedOutFault)
            assert not camera.delivery().flowing
        with pytest.raises(TimedOutFault):
            await camera.opened().__aenter__()


@needs_a_server
async def test_a_stream_without_pictures_is_none() -> None:
    with serving("--sound") as server, pytest.raises(ProtocolFault, match="refused"):
        await _camera(server.port, open_s=3).opened().__aenter__()


@needs_a_server
async def test_a_reader_that_is_killed_is_a_fault_and_leaves_nothing() -> None:
    with serving() as server:
        camera = _camera(server.port)
        async with camera.opened():
            await camera.arrival()
            os.kill(camera._read().pid, signal.SIGSEGV)
            assert (await _until_it_fails(camera)).sentence == "The reader of the camera's stream broke down."
        async with camera.opened():
            await camera.arrival()


@needs_a_server
def test_a_reader_does_not_outlive_a_station_that_is_killed() -> None:
    with serving() as server:
        program = (
            "import asyncio, sys\n"
            "from drivers.cctv.rtsp import Options, RtspCctv\n"
            "from tests.drivers.station_clock import MachineClock\n"
            "async def main():\n"
            f"    camera = RtspCctv(Options(host='127.0.0.1', port={server.port}, path='/cam'), clock=MachineClock())\n"
            "    async with camera.opened():\n"
            "        print(camera._read().pid, flush=True)\n"
            "        await asyncio.Event().wait()\n"
            "asyncio.run(main())\n"
        )
        station = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert station.stdout is not None
        with station.stdout as said:
            reader = os.pidfd_open(int(said.readline()))
        station.kill()
        station.wait()
        ended, _, _ = select.select([reader], [], [], 10)
        os.close(reader)
        assert ended


async def test_a_camera_that_accepts_and_says_nothing_is_timed_out() -> None:
    async with answering(lambda _: None) as stranger:
        camera = _camera(stranger.port, open_s=0.5, silence_s=0.5)
        with pytest.raises(TimedOutFault, match="gave nothing"):
            await camera.opened().__aenter__()
        assert stranger.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"\x00" * 5000,
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 999999999\r\n\r\n",
        b"RTSP/1.0 500 Broken\r\nCSeq: 1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nX: " + b"y" * 60_000 + b"\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
    ],
    ids=["another protocol", "zeros", "endless body", "refusal", "long header", "no stream"],
)
async def test_what_is_no_camera_is_a_fault_with_a_sentence(answer: bytes) -> None:
    async with answering(lambda _: answer) as stranger:
        with pytest.raises((ProtocolFault, TimedOutFault, GoneFault)) as caught:
            await _camera(stranger.port, open_s=1, silence_s=0.5).opened().__aenter__()
        assert caught.value.sentence.endswith(".")


async def test_nobody_there_is_gone() -> None:
    async with answering(lambda _: None) as stranger:
        port = stranger.port
    await check_cctv_fails(lambda: _camera(port), GoneFault)


@pytest.mark.parametrize(
    ("content", "mode", "sentence"),
    [
        (b"secret\n", 0o644, "everybody"),
        (b"", 0o600, "one line"),
        (b"two\nlines\n", 0o600, "one line"),
        (b"x" * 1025, 0o600, "one line"),
        (b"\xff\xfe", 0o600, "not text"),
        (None, 0o600, "cannot be read"),
    ],
)
async def test_a_password_file_that_is_none_is_a_wrong_option(
    tmp_path: Path, content: bytes | None, mode: int, sentence: str
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    with pytest.raises(OptionsFault, match=sentence) as caught:
        await _camera(554, file).opened().__aenter__()
    assert str(tmp_path) not in caught.value.sentence


@needs_a_server
async def test_a_camera_that_sends_no_reports_has_no_clock_to_ask(server: Server, password_file: Path) -> None:
    options = _camera(server.port, password_file)._options.model_copy(update={"reports": False})
    camera = RtspCctv(options, clock=CLOCK)
    async with camera.opened():
        assert camera.abilities == {Ability.PICTURES}
        with pytest.raises(OrderFault, match="the ability clock"):
            await camera.clock_difference()


@pytest.mark.parametrize("host", ["", "a b", "user@camera", "camera/path", "[::1]"])
def test_a_host_is_a_name_or_an_address_and_no_more(host: str) -> None:
    with pytest.raises(OptionsFault, match="host"):
        make_cctv(DeviceKind.CCTV, "rtsp", options={"host": host}, clock=CLOCK)


def test_the_library_is_loaded_by_the_child_only() -> None:
    look = "import sys, drivers.cctv.rtsp; print({'av', 'numpy', 'cv2', 'zeep', 'lxml', 'aiohttp'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "set()"
