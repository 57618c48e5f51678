"""Broker and MIGRIS die or come late; MIGRIS has each parcel once. Kills of the bridge: tests/power."""

from tests.journey.consignment import Client, new_id
from tests.journey.processes import System
from tests.journey.verdict import check_wiped


def test_the_broker_may_die_and_forget_everything(system: System, courier: Client) -> None:
    for process in (system.migris, system.bridge, system.courier, system.broker):
        process.start()
    # killed when the parcel is announced, when it is stored, and when it was decided; a new life remembers nothing
    for state in ("sending", "stored", "accepted"):
        parcel = new_id()
        sealed = courier.consign(parcel).sealed
        courier.wait(parcel, {state, "wiping", "wiped"})
        system.broker.kill()
        system.broker.start()
        history = courier.wait(parcel, {"wiped", "quarantined"})
        check_wiped(system.stage, parcel, sealed=sealed, history=history)


def test_migris_may_die_while_it_is_asked(system: System, courier: Client) -> None:
    for process in (system.broker, system.bridge, system.courier):
        process.start()
    parcel = new_id()
    sealed = courier.consign(parcel).sealed
    courier.wait(parcel, {"stored"})
    system.migris.start()
    history = courier.wait(parcel, {"wiped", "quarantined"})
    check_wiped(system.stage, parcel, sealed=sealed, history=history)
