"""How a worker is put together, and how its end of the channel is served; its process is in tests/agent/visit."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.compose.worker import _serve, _tools
from agent.errors import ConfigError, WireError
from agent.visit.channel import (
    LINE_BYTES_MAX,
    REPORTS,
    Close,
    DevicesReady,
    OpenDevices,
    PressShutter,
    TakeStep,
    read_line,
    write_line,
)
from agent.visit.worker import Outcome, Work, Worker
from capture.finger.errors import OfficialScorerUnfit
from capture.finger.nfiq2 import OfficialScorer
from capture.finger.score import BUILT_IN, Scorer
from drivers.contract import OptionsFault
from tests.agent.visit.claimed import Claimed
from tests.agent.visit.headquarters import STATION, TENANT
from tests.capture.finger.nfiq2_command import command
from vault.errors import KeyMissing

FACE = TakeStep(step="face", fresh=False)


class Doing(Worker):
    """Opens devices at once, takes a step until it is cancelled, and fails where it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done: list[str] = []
        self.shutter = asyncio.Event()
        self.busy = asyncio.Event()
        self._error = error

    async def work(self, command: Work) -> Outcome:
        if self._error is not None:
            raise self._error
        if command == FACE:
            self.busy.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.done.append("cancelled")
        return DevicesReady()

    async def close(self) -> None:
        self.done.append("closed")


@asynccontextmanager
async def _served(
    worker: Doing,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, "asyncio.Task[None]"]]:
    """The station's end of the channel, and the serving."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours, limit=LINE_BYTES_MAX)
    back, forth = await asyncio.open_connection(sock=theirs, limit=LINE_BYTES_MAX)
    serving = asyncio.get_running_loop().create_task(_serve(worker, back, writer=forth))
    try:
        async with asyncio.timeout(10):
            yield reader, writer, serving
            await asyncio.wait({serving})
    finally:
        for end in (writer, forth):
            end.close()
            await end.wait_closed()


async def test_commands_are_answered_one_by_one_until_it_is_closed() -> None:
    worker = Doing()
    async with _served(worker) as (reader, writer, serving):
        writer.write(write_line(OpenDevices()) * 2)
        for _ in range(2):
            assert await read_line(reader, REPORTS) == DevicesReady()
        writer.write(write_line(Close()))
    assert serving.exception() is None
    assert worker.done == ["closed"]


async def test_close_ends_a_command_that_is_at_work() -> None:
    worker = Doing()
    async with _served(worker) as (_, writer, serving):
        writer.write(write_line(FACE))
        await worker.busy.wait()
        writer.write(write_line(Close()))
    assert serving.exception() is None
    assert worker.done == ["cancelled", "closed"]


async def test_the_shutter_is_heard_while_a_step_is_at_work() -> None:
    worker = Doing()
    async with _served(worker) as (_, writer, _serving):
        writer.write(write_line(FACE))
        await worker.busy.wait()
        writer.write(write_line(PressShutter()))
        await worker.shutter.wait()
        assert worker.done == []
        writer.write(write_line(Close()))
    assert worker.done == ["cancelled", "closed"]


async def test_a_shutter_that_was_pressed_too_late_is_not_pressed_for_the_next_step() -> None:
    worker = Doing()
    async with _served(worker) as (reader, writer, _serving):
        writer.write(write_line(PressShutter()) + write_line(OpenDevices()))
        # it is not answered by itself
        assert await read_line(reader, REPORTS) == DevicesReady()
        assert not worker.shutter.is_set()
        writer.write(write_line(Close()))


async def test_so_does_the_end_of_the_station() -> None:
    worker = Doing()
    async with _served(worker) as (_, writer, serving):
        writer.write(write_line(FACE))
        await worker.busy.wait()
        writer.write_eof()
    assert serving.exception() is None
    assert worker.done == ["cancelled", "closed"]


@pytest.mark.parametrize("error", [AssertionError("ours"), MemoryError(), ValueError("Jonas"), RuntimeError()])
async def test_a_broken_promise_ends_it_closed(error: Exception) -> None:
    worker = Doing(error)
    async with _served(worker) as (_, writer, serving):
        writer.write(write_line(OpenDevices()))
    assert serving.exception() is error
    assert worker.done == ["closed"]


async def test_what_is_no_command_ends_it_closed() -> None:
    worker = Doing()
    async with _served(worker) as (_, writer, serving):
        writer.write(b"garbage\n")
    assert isinstance(serving.exception(), WireError)
    assert worker.done == ["closed"]


def test_it_is_put_together_from_the_stations_folder(tmp_path: Path) -> None:
    claimed = Claimed(tmp_path / "root")
    tools = _tools(claimed.paths, memory_locked=False)
    assert (tools.tenant, tools.station, tools.incoming) == (TENANT, STATION, claimed.incoming)
    assert (tools.camera.facts.model, tools.sensor.facts.model) == ("simulated camera", "simulated finger")
    assert tools.profile.face.attempts == 1
    assert tools.asking.recipient.kid == claimed.headquarters.private.kid


@pytest.mark.parametrize(
    ("layer", "error"),
    [
        ("[station]\nworker_memory_locked = true\n", ConfigError),
        ('[station.camera]\ndriver = "sim"\noptions = {colour = 1}\n', OptionsFault),
        ('[station.camera]\ndriver = "unheard_of"\n', OptionsFault),
        ("[station]\nunknown = 1\n", ConfigError),
        ("[nowhere]\n", ConfigError),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, layer: str, error: type[Exception]) -> None:
    claimed = Claimed(tmp_path / "root")
    (claimed.paths.configuration / "99-wrong.toml").write_text(layer)
    with pytest.raises(error) as caught:
        _tools(claimed.paths, memory_locked=False)
    assert str(tmp_path) not in str(caught.value)


def _with_nfiq2(claimed: Claimed, **choice: str) -> Scorer:
    lines = "\n".join(f'{key} = "{value}"' for key, value in choice.items())
    (claimed.paths.configuration / "50-nfiq2.toml").write_text(f"[station.nfiq2]\n{lines}\n")
    return _tools(claimed.paths, memory_locked=False).scorer


@pytest.mark.parametrize("use", ["when-installed", "always"])
def test_an_nfiq2_that_is_installed_scores(tmp_path: Path, use: str) -> None:
    claimed, model = Claimed(tmp_path / "root"), tmp_path / "model.txt"
    model.touch()
    path = command(tmp_path)
    assert _with_nfiq2(claimed, use=use, command=str(path)) == OfficialScorer(path, "2.3.0")
    chosen = _with_nfiq2(claimed, use=use, command=str(path), model=str(model))
    assert chosen == OfficialScorer(path, "2.3.0", model=model)


def test_an_nfiq2_that_is_not_there_is_needed_only_when_that_was_said(tmp_path: Path) -> None:
    claimed, nowhere = Claimed(tmp_path / "root"), str(tmp_path / "nfiq2")
    assert _with_nfiq2(claimed, command=nowhere) is BUILT_IN
    with pytest.raises(ConfigError):
        _with_nfiq2(claimed, use="always", command=nowhere)
    assert _with_nfiq2(claimed, use="never", command=str(command(tmp_path))) is BUILT_IN


def test_an_nfiq2_that_does_not_work_is_never_passed_over(tmp_path: Path) -> None:
    claimed, mute = Claimed(tmp_path / "root"), command(tmp_path, usage="")
    with pytest.raises(OfficialScorerUnfit):
        _with_nfiq2(claimed, command=str(mute))


@pytest.mark.parametrize("missing", ["seal_key", "recipient", "receipt_keys"])
def test_a_station_that_was_not_claimed_has_no_worker(tmp_path: Path, missing: str) -> None:
    claimed = Claimed(tmp_path / "root")
    path: Path = getattr(claimed.paths, missing)
    path.unlink()
    with pytest.raises((ConfigError, KeyMissing)):
        _tools(claimed.paths, memory_locked=True)
