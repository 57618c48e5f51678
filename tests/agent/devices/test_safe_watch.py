"""The simulated safe, really watched: what stirs while nobody should be there is a line of the ledger and an event."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.clock import SystemClock
from agent.config.guard import GuardSection, OpeningHours
from agent.devices.safe_watch import SafeWatch
from agent.guard.presence import Presence
from agent.unix_http import Exchange
from drivers.contract import DeviceKind
from drivers.contract.watch import Role
from drivers.registry import make_watch
from tests.agent.guard.unit import Unit

LOOKED = Exchange(0, "GET", "/v1/visits/01jd0000000000000000000003", 200)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def opening(*, now: bool) -> OpeningHours:
    """Open today and tomorrow, or on neither day."""
    today = SystemClock().now().astimezone().weekday()
    near = {DAYS[today], DAYS[(today + 1) % 7]}
    days = [day for day in DAYS if (day in near) is now]
    return OpeningHours.model_validate({"opens": "00:00:00", "closes": "23:59:59.999999", "days": days})


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    unit = Unit(tmp_path)
    yield unit
    unit.engine.dispose()


@asynccontextmanager
async def watched(
    unit: Unit, *moves: tuple[int, str, str], hours: OpeningHours | None = None, somebody: bool = False
) -> AsyncIterator[None]:
    """One life of the station, in which the safe's contacts move so."""
    clock, script = SystemClock(), [{"at_ms": at, "contact": name, "state": state} for at, name, state in moves]
    section = GuardSection(
        opening=hours,
        closed=(Role.DOOR, Role.LOCK),
        unattended=(Role.TAMPER, Role.VIBRATION),
        attended_minutes=15,
        reads_per_hour=60,
    )
    async with unit.life() as guard:
        presence = Presence(section, suspect=guard.suspect, clock=clock)
        if somebody:
            presence.answered(LOOKED)
        watch = make_watch(DeviceKind.SAFE, "sim", options={"script": script}, clock=clock)
        safe = SafeWatch(watch, section, presence=presence, guard=guard, clock=clock)
        following = asyncio.get_running_loop().create_task(safe.follow())
        try:
            yield
        finally:
            following.cancel()
            await asyncio.wait({following})


async def test_a_tamper_loop_that_is_cut_while_nobody_is_there_is_told(unit: Unit) -> None:
    async with watched(unit, (20, "tamper", "cut"), (30, "door", "open")):
        await unit.courier.until(1)
    assert unit.courier.told() == [("tamper-unattended", "tamper tamper")]


async def test_a_safe_that_is_found_open_and_a_restart_are_one_cause(unit: Unit) -> None:
    for _ in range(3):
        # the vibration sensor is told last: when it was, the tamper loop was looked at
        async with watched(unit, (0, "tamper", "cut"), (20, "vibration", "shaken")):
            await unit.courier.until(2)
    assert sorted(unit.courier.told()) == [
        ("tamper-unattended", "tamper tamper"),
        ("tamper-unattended", "vibration vibration"),
    ]
    assert unit.kinds().count("breach-noticed") == 2


async def test_while_people_are_there_only_what_nobody_may_open_then_counts(unit: Unit) -> None:
    moves = ((20, "tamper", "cut"), (20, "vibration", "shaken"), (30, "door", "open"), (150, "lock", "unlocked"))
    async with watched(unit, *moves, somebody=True, hours=opening(now=False)):
        await unit.courier.until(2)
    assert unit.courier.told() == [("tamper-unattended", "door door"), ("tamper-unattended", "lock lock")]


async def test_a_door_in_opening_hours_is_no_alarm(unit: Unit) -> None:
    async with watched(unit, (20, "door", "open"), (150, "tamper", "cut"), hours=opening(now=True)):
        await unit.courier.until(1)
    assert unit.courier.told() == [("tamper-unattended", "tamper tamper")]
