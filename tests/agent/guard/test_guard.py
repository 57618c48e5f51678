"""The guard over a real journal: one line and one event a cause, whatever restarts. Also holds visit/notebook.py."""

import asyncio
from datetime import datetime, timedelta

import pytest

from agent.guard.cause import Cause
from agent.wire import Trigger
from tests.agent.courier.premises import BEGIN
from tests.agent.guard.unit import SOON_S, Unit

HOUR_S = 3600.0
MASS = ("mass-read", "uid 7 at the station")


def mass_read(since: datetime = BEGIN) -> Cause:
    return Cause(trigger=Trigger.MASS_READ, what=MASS[1], since=since, records=61, again_after=timedelta(hours=1))


def opened(contact: str = "tamper loop") -> Cause:
    return Cause(
        trigger=Trigger.TAMPER_UNATTENDED,
        what=contact,
        since=BEGIN,
        again_after=timedelta(hours=1),
        lasting=True,
    )


async def test_a_cause_is_one_line_and_one_event_and_a_restart_says_nothing_again(unit: Unit) -> None:
    async with unit.life() as guard:
        assert await guard.report(mass_read())
        assert not await guard.report(mass_read())
        await unit.courier.until(1)
    for _ in range(2):
        async with unit.life() as guard:
            assert not await guard.report(mass_read())
    assert unit.courier.told() == [MASS]
    assert unit.kinds() == ["breach-noticed", "breach-told"]


async def test_what_was_not_handed_over_is_handed_over_by_the_next_life(unit: Unit) -> None:
    unit.courier.out = True
    async with unit.life() as guard:
        assert await guard.report(mass_read())
        async with asyncio.timeout(SOON_S):
            await unit.courier.changed.wait()
    assert unit.courier.told() == []
    unit.courier.out = False
    async with unit.life():
        await unit.courier.until(1)
    assert unit.courier.told() == [MASS]


async def test_the_same_is_news_again_later_also_after_a_clock_that_stepped_back(unit: Unit) -> None:
    async with unit.life() as guard:
        assert await guard.report(mass_read())
        unit.clock.seconds = HOUR_S + 1
        assert await guard.report(mass_read())
        unit.clock.seconds = 0
        assert await guard.report(mass_read())
        unit.clock.seconds = -HOUR_S / 2
        assert not await guard.report(mass_read())


async def test_what_lasts_is_no_news_before_it_is_over(unit: Unit) -> None:
    async with unit.life() as guard:
        assert await guard.report(opened())
        unit.clock.seconds = 2 * HOUR_S
        assert not await guard.report(opened())
    async with unit.life() as guard:
        assert not await guard.report(opened())
        guard.over(Trigger.TAMPER_UNATTENDED, "tamper loop")
        guard.over(Trigger.TAMPER_UNATTENDED, "tamper loop")
        guard.over(Trigger.TAMPER_UNATTENDED, "never opened")
        assert await guard.report(opened())
    assert unit.kinds().count("breach-over") == 1


async def test_a_restart_remembers_that_it_was_over(unit: Unit) -> None:
    async with unit.life() as guard:
        assert await guard.report(opened())
        guard.over(Trigger.TAMPER_UNATTENDED, "tamper loop")
        assert not await guard.report(opened()), "shaken again within the hour is the same cause"
    unit.clock.seconds = 2 * HOUR_S
    async with unit.life() as guard:
        assert await guard.report(opened())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ledger_line SET body = replace(body, 'two', 'owt') WHERE number = 2",
        "DELETE FROM ledger_line WHERE number = 2",
        "UPDATE ledger_line SET digest = 'x' WHERE number = 3",
    ],
    ids=["changed", "missing", "digest"],
)
async def test_a_ledger_that_does_not_hold_is_told_once(unit: Unit, damage: str) -> None:
    for kind in ("one", "two", "three"):
        unit.journal.remark(kind, at=BEGIN, detail={})
    unit.execute(damage)
    for _ in range(3):
        async with unit.life() as guard:
            await unit.courier.until(1)
            # whoever is answered came after the walk
            assert not await guard.report(_broken())
    assert unit.courier.told() == [("ledger-broken", "station ledger")]
    assert unit.kinds().count("breach-noticed") == 1


async def test_a_ledger_that_holds_is_told_of_by_nobody(unit: Unit) -> None:
    for kind in ("one", "two", "three"):
        unit.journal.remark(kind, at=BEGIN, detail={})
    async with unit.life() as guard:
        guard.over(Trigger.MASS_READ, "nobody")
        assert await guard.report(mass_read())
        await unit.courier.until(1)
    assert unit.courier.told() == [MASS]


def _broken() -> Cause:
    return Cause(trigger=Trigger.LEDGER_BROKEN, what="station ledger", since=BEGIN, again_after=None)
