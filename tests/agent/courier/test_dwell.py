"""A parcel that waits for too long is said once, whatever restarts, until it leaves; and it is never wiped for it."""

import logging
from datetime import timedelta

import pytest

from agent.courier.destroyer import Demand
from agent.courier.dwell import DwellWatch
from agent.courier.machine import ParcelState
from agent.wire import Dwell, Stage, read_event
from tests.agent.courier.premises import LINK_KEY, Premises
from vault.envelope import Pinned

LIMIT = timedelta(hours=72)
LATE_S = LIMIT.total_seconds() + 1


def watch(premises: Premises) -> DwellWatch:
    return DwellWatch(premises.engine, key=LINK_KEY, clock=premises.clock, limit=LIMIT)


def told(premises: Premises) -> list[Dwell]:
    """Alarms that central is to hear of."""
    signed = [premises.store.open_event(event) for event in premises.store.open_events()]
    events = [read_event(event, pinned=Pinned([LINK_KEY.public])) for event in signed if event is not None]
    return [event for event in events if isinstance(event, Dwell)]


def test_nothing_is_said_before_the_limit(premises: Premises) -> None:
    premises.spooled()
    premises.clock.seconds = LATE_S - 60
    watch(premises).look()
    assert (told(premises), watch(premises).dwelling()) == ([], 0)


def test_it_is_said_once_and_ends_when_the_parcel_leaves(premises: Premises, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "agent.courier.dwell")
    parcel = premises.spooled()
    premises.desk.due(parcel.id)
    premises.clock.seconds = LATE_S
    fresh = premises.spooled()
    for _ in range(3):
        watch(premises).look()
    (alarm,) = told(premises)
    assert (alarm.parcel, alarm.digest, alarm.state) == (parcel.id, parcel.digest, "sending")
    assert alarm.time - alarm.spooled_at > LIMIT
    assert watch(premises).dwelling() == 1
    premises.hear(premises.parcel(parcel.id), Stage.ACCEPTED)
    for _ in range(3):
        watch(premises).look()
    assert watch(premises).dwelling() == 0
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]
    assert premises.parcel(fresh.id).state is ParcelState.SPOOLED
    premises.store.verify_ledger()


def test_a_restart_does_not_repeat_it(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.clock.seconds = LATE_S
    watch(premises).look()
    again = premises.reopened()
    again.clock.seconds = 2 * LATE_S
    watch(again).look()
    assert [alarm.parcel for alarm in told(again)] == [parcel.id]
    again.close()


def test_a_destruction_ends_it_and_says_nothing_later(premises: Premises) -> None:
    premises.spooled()
    premises.clock.seconds = LATE_S
    watch(premises).look()
    young = premises.spooled()
    premises.destroy(Demand(undelivered=2, orders=premises.orders(expires=premises.clock.now() + LIMIT)))
    premises.clock.seconds = 2 * LATE_S
    watch(premises).look()
    assert watch(premises).dwelling() == 0
    assert young.id not in {alarm.parcel for alarm in told(premises)}


def test_a_parcel_is_not_wiped_however_old_it_becomes(premises: Premises) -> None:
    waiting, stuck = premises.spooled(), premises.spooled()
    premises.hear(stuck, Stage.CONFLICT)
    premises.clock.seconds = 100 * 365 * 86_400
    watch(premises).look()
    premises.desk.resume()
    for parcel in (waiting, stuck):
        assert len(premises.on_disk(parcel.id)) == 2
    assert {alarm.state for alarm in told(premises)} == {"spooled", "quarantined"}
