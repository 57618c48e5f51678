"""Commands at the desk: nothing is sent of what is restricted, nothing erased that no receipt allows, all receipted."""

from datetime import timedelta

import pytest

from agent.courier.machine import ParcelState
from agent.courier.obedience import refusal
from agent.courier.record import Parcel
from agent.wire import Command, CommandOutcome, CommandResult, CommandVerb, Need, Stage, read_signed
from tests.agent.courier.premises import (
    BEGIN,
    CENTRAL_KEY,
    LINK_KEY,
    STATION,
    TENANT,
    Premises,
    event_receipt,
    new_id,
)
from vault.envelope import Pinned, digest_of

V, OUT = CommandVerb, CommandOutcome


def a_command(verb: CommandVerb, *parcels: str, counter: int = 1, **other: object) -> Command:
    fields: dict[str, object] = {
        "tenant": TENANT,
        "station": STATION,
        "id": new_id(),
        "verb": verb,
        "parcels": parcels,
        "counter": counter,
        "issued": BEGIN,
        "expires": BEGIN + timedelta(days=1),
        "key": CENTRAL_KEY.kid,
        **other,
    }
    return Command.model_validate(fields)


def result(premises: Premises, command: Command) -> CommandResult:
    """What central gets, believed only with the station's link key."""
    known = premises.store.result_of(command.id)
    assert known is not None
    return read_signed(known[1], CommandResult, pinned=Pinned([LINK_KEY.public]))


def obeyed(premises: Premises, command: Command) -> CommandResult:
    assert premises.desk.hear_command(command) == []
    return result(premises, command)


def sent(premises: Premises, parcel: Parcel) -> list[str]:
    need = Need(digest=parcel.digest, missing=(0,))
    outgoing = [*premises.desk.due(parcel.id), *premises.desk.hear_need(parcel.id, need)]
    return [message.topic for message in outgoing]


def test_what_there_is_of_a_parcel_is_told(premises: Premises) -> None:
    parcel, unknown = premises.spooled(), new_id()
    found = obeyed(premises, a_command(V.FIND, parcel.id, unknown))
    assert found.outcome is OUT.DONE
    here, nowhere = found.holdings
    assert (here.state, here.file, here.key, here.receipts, here.tombstone) == ("spooled", True, True, (), False)
    assert (nowhere.state, nowhere.file, nowhere.key, nowhere.restricted) == (None, False, False, False)


def test_a_wiped_parcel_has_a_tombstone_and_nothing_else(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.desk.due(parcel.id)
    premises.hear(parcel, Stage.ACCEPTED)
    (here,) = obeyed(premises, a_command(V.FIND, parcel.id)).holdings
    assert (here.state, here.file, here.key, here.receipts, here.tombstone) == (
        "wiped",
        False,
        False,
        ("accepted",),
        True,
    )


def test_what_is_restricted_is_kept_and_not_sent_until_it_is_lifted(premises: Premises) -> None:
    parcel = premises.spooled()
    assert obeyed(premises, a_command(V.RESTRICT, parcel.id)).holdings[0].restricted
    assert parcel.id not in premises.desk.unsettled()
    assert sent(premises, parcel) == []
    assert premises.on_disk(parcel.id)
    again = premises.reopened()
    assert sent(again, parcel) == [], "also after the power went"
    assert not obeyed(again, a_command(V.LIFT, parcel.id, counter=2)).holdings[0].restricted
    assert parcel.id in again.desk.unsettled()
    assert len(sent(again, parcel)) == 2
    again.close()


def test_a_receipt_ends_a_restricted_parcel_too(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.desk.due(parcel.id)
    obeyed(premises, a_command(V.RESTRICT, parcel.id))
    premises.hear(parcel, Stage.REJECTED)
    assert premises.parcel(parcel.id).state is ParcelState.WIPED, "central has its own copy, restricted as well"


@pytest.mark.parametrize("stage", [None, Stage.STORED])
def test_nothing_is_erased_that_no_receipt_allows(premises: Premises, stage: Stage | None) -> None:
    parcel = premises.spooled()
    if stage is not None:
        premises.desk.due(parcel.id)
        premises.hear(parcel, stage)
    before = premises.on_disk(parcel.id)
    said = obeyed(premises, a_command(V.ERASE, parcel.id))
    assert (said.outcome, said.holdings[0].file, said.holdings[0].key) == (OUT.KEPT, True, True)
    assert premises.on_disk(parcel.id) == before


def test_of_what_was_wiped_nothing_is_left_to_erase(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.desk.due(parcel.id)
    premises.hear(parcel, Stage.ACCEPTED)
    assert obeyed(premises, a_command(V.ERASE, parcel.id)).outcome is OUT.DONE


def test_the_same_command_gets_the_same_result(premises: Premises) -> None:
    command = a_command(V.FIND, premises.spooled().id)
    obeyed(premises, command)
    event, signed = premises.store.result_of(command.id) or ("", b"")
    (message,) = premises.desk.hear_command(command)
    assert (message.topic.rsplit("/", 1)[1], message.payload) == (event, signed)
    assert premises.store.open_events() == [event]
    premises.desk.hear_receipt(event_receipt(event, digest=digest_of(signed)), b"")
    assert premises.store.open_events() == []


@pytest.mark.parametrize(
    ("other", "outcome"),
    [({"expires": BEGIN - timedelta(seconds=1)}, OUT.EXPIRED), ({"counter": 1}, OUT.SUPERSEDED)],
)
def test_what_comes_too_late_does_nothing_and_says_so(
    premises: Premises, other: dict[str, object], outcome: CommandOutcome
) -> None:
    parcel = premises.spooled()
    obeyed(premises, a_command(V.FIND, parcel.id))
    late = a_command(V.RESTRICT, parcel.id, **{"counter": 2, **other})  # type: ignore[arg-type]  # fields by name
    said = obeyed(premises, late)
    assert (said.outcome, said.holdings) == (outcome, ())
    assert premises.store.restricted() == frozenset()
    assert premises.store.newest_command() == 1


def test_a_command_for_another_station_is_not_answered(premises: Premises) -> None:
    for other in ({"station": "riga-1"}, {"tenant": "lt2"}):
        command = a_command(V.RESTRICT, premises.spooled().id, **other)  # type: ignore[arg-type]  # fields by name
        assert premises.desk.hear_command(command) == []
        assert premises.store.result_of(command.id) is None
    assert premises.store.restricted() == frozenset()


def test_a_command_is_refused_by_time_first() -> None:
    command = a_command(V.FIND, new_id(), counter=5)
    assert refusal(command, newest=4, now=BEGIN) is None
    assert refusal(command, newest=5, now=BEGIN) is OUT.SUPERSEDED
    assert refusal(command, newest=5, now=BEGIN + timedelta(days=2)) is OUT.EXPIRED
