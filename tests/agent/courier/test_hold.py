"""A hold keeps a visit's records until its day, whoever set it; only who set it, or headquarters, lifts it."""

import json
from datetime import timedelta

import pytest

from agent.courier.hold import Terms
from agent.errors import Refused
from agent.wire import CommandOutcome, CommandVerb, HoldTerms
from tests.agent.courier.archive import Archive, of_class
from tests.agent.courier.premises import BEGIN, Premises, new_id
from tests.agent.courier.test_obedience import a_command, obeyed

TECHNICIAN = "uid:0"
YEARS = Terms(reason="case 12/2027", until=BEGIN + timedelta(days=2000))


@pytest.fixture
def archive(premises: Premises) -> Archive:
    return Archive(premises)


def test_what_is_held_stays_until_its_day_and_the_rest_goes(archive: Archive) -> None:
    held, other = archive.gone(), archive.gone()
    archive.keeper.book.hold(held.id, YEARS, by=TECHNICIAN, at=archive.clock.now())
    archive.forward(1097)
    assert of_class(archive.swept(), "parcel") == (1, 0, 1)
    assert (archive.rows("parcel", held.id), archive.rows("parcel", other.id)) == (1, 0)
    assert archive.keeper.bound().held == (held.id,)
    archive.forward(905)
    assert archive.keeper.bound().held == ()
    assert of_class(archive.run(), "parcel") == (0, 0, 1)


def test_a_hold_is_lifted_with_a_reason_by_who_set_it(archive: Archive) -> None:
    parcel, book = archive.gone(), archive.keeper.book
    number = book.hold(parcel.id, YEARS, by=TECHNICIAN, at=archive.clock.now())
    archive.forward(1097)
    assert of_class(archive.swept(), "parcel") == (1, 0, 0)
    book.lift(number, reason="case closed", by=TECHNICIAN, at=archive.clock.now())
    with pytest.raises(Refused, match="No such hold stands"):
        book.lift(number, reason="case closed", by=TECHNICIAN, at=archive.clock.now())
    assert of_class(archive.run(), "parcel") == (0, 0, 1)
    (held,), (lifted,) = (archive.bodies(f"retention-{what}") for what in ("held", "lifted"))
    assert (json.loads(held)["reason"], json.loads(held)["by"]) == ("case 12/2027", TECHNICIAN)
    assert json.loads(lifted)["reason"] == "case closed"


def test_a_hold_of_everything_keeps_every_class(archive: Archive) -> None:
    archive.gone()
    archive.gone()
    archive.keeper.book.hold("*", YEARS, by=TECHNICIAN, at=archive.clock.now())
    archive.forward(1097)
    outcome = archive.swept()
    assert (of_class(outcome, "parcel"), of_class(outcome, "event")) == ((2, 0, 0), (3, 0, 0))


@pytest.mark.parametrize("days", [-1, 0, 3661])
def test_a_hold_ends_on_a_day_to_come(archive: Archive, days: int) -> None:
    at = archive.clock.now()
    terms = Terms(reason="case 1", until=at + timedelta(days=days))
    with pytest.raises(Refused) as refused:
        archive.keeper.book.hold(new_id(), terms, by=TECHNICIAN, at=at)
    assert refused.value.reason == "hold-until"
    assert archive.keeper.book.standing(at=at) == []


def test_headquarters_holds_and_lifts_by_command_and_a_technician_cannot(archive: Archive) -> None:
    parcel, book = archive.gone(), archive.keeper.book
    terms = HoldTerms(reason="case 7", until=YEARS.until)
    command = a_command(CommandVerb.HOLD, parcel.id, hold=terms)
    assert obeyed(archive.premises, command).outcome is CommandOutcome.DONE
    # the same again, as it comes when its result was lost
    archive.premises.desk.hear_command(command)
    (hold,) = book.standing(at=archive.clock.now())
    assert (hold.parcel, hold.terms.reason, hold.set_by) == (parcel.id, "case 7", f"command:{command.id}")
    with pytest.raises(Refused) as refused:
        book.lift(hold.number, reason="mine", by=TECHNICIAN, at=archive.clock.now())
    assert refused.value.reason == "hold-of-headquarters"
    archive.receipt_all()
    archive.forward(1097)
    assert of_class(archive.swept(), "parcel") == (1, 0, 0)
    later = archive.clock.now() + timedelta(days=1)
    lift = a_command(CommandVerb.UNHOLD, parcel.id, counter=2, expires=later)
    assert obeyed(archive.premises, lift).outcome is CommandOutcome.DONE
    assert book.standing(at=archive.clock.now()) == []
    assert of_class(archive.run(), "parcel") == (0, 0, 1)


def test_a_command_that_came_too_late_holds_nothing(archive: Archive) -> None:
    parcel = archive.gone()
    archive.forward(2)
    command = a_command(CommandVerb.HOLD, parcel.id, hold=HoldTerms(reason="case 7", until=YEARS.until))
    assert obeyed(archive.premises, command).outcome is CommandOutcome.EXPIRED
    assert archive.keeper.book.standing(at=archive.clock.now()) == []
