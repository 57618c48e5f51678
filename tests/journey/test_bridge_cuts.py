"""The bridge is killed before every durable step of taking a parcel in and handing it on; MIGRIS has it once."""

from tests.journey.consignment import Client, new_id
from tests.journey.processes import System
from tests.journey.verdict import check_central, check_wiped

STEPS_MIN = 5
"""Taking in, deciding, burying and the events afterwards are at least so many commits."""


def test_the_bridge_may_die_at_any_step(system: System, courier: Client) -> None:
    for process in (system.broker, system.migris, system.courier):
        process.start()
    cut: list[str] = []
    parcels = []
    while True:
        die_at = len(cut) + 1
        system.bridge.start(die_at=die_at)
        parcel = new_id()
        sealed = courier.consign(parcel)
        history = courier.wait(parcel, {"wiped", "quarantined"})
        check_wiped(system.stage, parcel, sealed=sealed, history=history)
        parcels.append(parcel)
        steps = system.bridge.steps
        system.bridge.stop()
        if len(steps) < die_at:
            break
        cut.append(steps[-1])
    assert len(cut) >= STEPS_MIN, cut
    check_central(system.stage, parcels=len(parcels))


def test_the_broker_may_die_and_forget_everything(system: System, courier: Client) -> None:
    for process in (system.migris, system.bridge, system.courier, system.broker):
        process.start()
    # killed when the parcel is announced, when it is stored, and when it was decided; a new life remembers nothing
    for state in ("sending", "stored", "accepted"):
        parcel = new_id()
        sealed = courier.consign(parcel)
        courier.wait(parcel, {state, "wiping", "wiped"})
        system.broker.kill()
        system.broker.start()
        history = courier.wait(parcel, {"wiped", "quarantined"})
        check_wiped(system.stage, parcel, sealed=sealed, history=history)


def test_migris_may_die_while_it_is_asked(system: System, courier: Client) -> None:
    for process in (system.broker, system.bridge, system.courier):
        process.start()
    parcel = new_id()
    sealed = courier.consign(parcel)
    courier.wait(parcel, {"stored"})
    system.migris.start()
    history = courier.wait(parcel, {"wiped", "quarantined"})
    check_wiped(system.stage, parcel, sealed=sealed, history=history)
