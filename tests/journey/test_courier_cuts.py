"""The courier is killed before every durable step of a parcel's life; it always ends wiped, in MIGRIS once."""

from tests.journey.consignment import Client, new_id
from tests.journey.processes import System
from tests.journey.verdict import check_ledger, check_wiped

STEPS_MIN = 15
"""A parcel's life has at least so many; fewer would mean that the kills missed it."""


def test_the_courier_may_die_at_any_step(system: System, courier: Client) -> None:
    for process in (system.broker, system.migris, system.bridge):
        process.start()
    cut: list[str] = []
    while True:
        die_at = len(cut) + 1
        system.courier.start(die_at=die_at)
        parcel = new_id()
        sealed = courier.consign(parcel)
        history = courier.wait(parcel, {"wiped", "quarantined"})
        check_wiped(system.stage, parcel, sealed=sealed, history=history)
        steps = system.courier.steps
        system.courier.stop()
        if len(steps) < die_at:
            break
        cut.append(steps[-1])
    assert len(cut) >= STEPS_MIN, cut
    check_ledger(system.stage)
