"""`smilius retention` before both processes' sockets: real databases, a technician, and what is said to them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from agent.config.paths import Paths
from agent.courier.retention_api import RetentionApi
from agent.retention.api import retention_route
from agent.supervise import Supervisor
from agent.unix_http import ERROR_ANSWERS, UnixServer
from provisioning.cli import main
from tests.agent.courier.office import Office
from tests.agent.courier.premises import new_id
from tests.agent.visit.registry import Registry

Command = Callable[..., Awaitable[int]]


@pytest.fixture
async def registry(tmp_path: Path, short_folder: Path) -> AsyncIterator[Registry]:
    """Both processes answer at their sockets."""
    registry, paths, supervisor = Registry(tmp_path), Paths(short_folder), Supervisor()
    async with Office(registry.unit.premises) as office:
        api = RetentionApi(office.courier, registry.archive.keeper, clock=registry.archive.clock)
        for path, routes in (
            (paths.courier_socket, api.routes()),
            (paths.station_socket, [retention_route(registry.keeper.run)]),
        ):
            server = _server(path, routes)
            supervisor.must_live(path.name, server.serve())
            supervisor.at_shutdown(path.name, server.close)
        running = asyncio.get_running_loop().create_task(supervisor.run())
        yield registry
        supervisor.stop()
        assert await running == 0
    registry.close()


def _server(path: Path, routes: list[Route]) -> UnixServer:
    application = Starlette(routes=routes, exception_handlers=ERROR_ANSWERS)  # type: ignore[arg-type]
    return UnixServer(application, path, users=frozenset())


@pytest.fixture
def command(short_folder: Path) -> Command:
    async def run(*arguments: str) -> int:
        # a command has a loop of its own
        return await asyncio.to_thread(main, ["retention", *arguments, "--root", str(short_folder)])

    return run


async def test_a_dry_run_tells_and_a_run_does(
    registry: Registry, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    held, _ = registry.visit()
    registry.visit()
    registry.archive.gone()
    assert await command("hold", "--parcel", held, "--until", "2033-12-31", "--reason", "case 12") == 0
    await registry.forward(1097)
    assert await command("run") == 0
    await registry.forward(1)
    capsys.readouterr()
    assert await command("run", "--dry-run") == 0
    assert registry.count("visit") == 2
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "station: visits' timelines, kept for 90 days: 1 would go, 1 due and held.",
        "station: visits, kept for 1096 days: 1 would go, 1 due and held.",
        "courier: wiped parcels' receipts and tombstones, kept for 1096 days: 1 would go.",
    ]
    assert await command("run", "--json") == 0
    station, courier = map(json.loads, capsys.readouterr().out.splitlines())
    assert (station["database"], station["dry"], station["stopped"], station["log_cut"]) == (
        "station",
        False,
        None,
        True,
    )
    assert [(one["class"], one["goes"], one["held"]) for one in station["classes"]] == [
        ("visit-timeline", 1, 1),
        ("visit", 1, 1),
    ]
    assert courier["classes"][0] == {"class": "parcel", "keep_days": 1096.0, "goes": 1, "waits": 0, "held": 0}
    assert (registry.count("visit"), registry.lines("retention-deleted")[-1]["rows"]) == (1, 2)


async def test_holds_are_listed_and_lifted(
    registry: Registry, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    parcel = new_id()
    assert await command("hold", "--parcel", parcel, "--until", "2027-12-31", "--reason", "case 12") == 0
    assert await command("hold", "--all", "--until", "2027-06-30", "--reason", "an audit") == 0
    assert await command("holds") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Hold 1 stands until the end of 2027-12-31."
    assert said[2].startswith(f"Hold 1: the visit of parcel {parcel}, before 2028-01-01T00:00:00.000Z, set by uid:")
    assert said[3].startswith("Hold 2: everything, before 2027-07-01T00:00:00.000Z, set by uid:")
    assert said[3].endswith(": an audit")
    assert await command("lift", "--hold", "2", "--reason", "it is over") == 0
    assert await command("lift", "--hold", "2", "--reason", "it is over") == 2
    assert await command("holds", "--json") == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["hold"] == 1
    assert output.err == "smilius: No such hold stands: see `smilius retention holds`.\n"
    assert registry.archive.keeper.bound().held == (parcel,)


async def test_a_clock_in_doubt_is_said_and_nothing_goes(
    registry: Registry, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.visit()
    # no link for three years
    registry.unit.premises.clock.seconds += 1200 * 86_400
    assert await command("run") == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(", because ")[0] for line in said] == [
        "station: nothing is deleted",
        "courier: nothing is deleted",
    ]
    assert "headquarters has signed no time in the last 14 days" in said[0]
    assert registry.count("visit") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--parcel", "../x", "--until", "2027-12-31"), "That is no parcel's id: it has 26 small letters and digits."),
        (("--all", "--until", "2020-01-01"), "A hold ends on a day to come, at most ten years away."),
        (("--all", "--until", "9999-12-31"), "A hold ends on a day to come, at most ten years away."),
    ],
)
@pytest.mark.usefixtures("registry")
async def test_what_cannot_be_held_is_refused(
    command: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    assert await command("hold", *arguments, "--reason", "case 12") == 2
    assert capsys.readouterr().err == f"smilius: {sentence}\n"


@pytest.mark.parametrize("verb", [("run",), ("holds",), ("lift", "--hold", "1", "--reason", "over")])
async def test_a_process_that_does_not_run_is_named(
    command: Command, capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]
) -> None:
    assert await command(*verb) == 1
    assert "does not answer. Its process must run for this." in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ("--until", "soon", "--reason", "case 12"),
        ("--until", "2027-12-31", "--reason", "a\nb"),
        ("--until", "2027-12-31", "--reason", " "),
        ("--until", "2027-12-31"),
        ("--reason", "case 12"),
    ],
)
async def test_a_hold_needs_a_day_and_a_reason(command: Command, options: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as refused:
        await command("hold", "--all", *options)
    assert refused.value.code == 2
