"""Holds at stations: a signed command that a real courier's desk obeys, and what is refused before it is given."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.courier.hold import HoldBook
from agent.wire import Command, CommandOutcome, CommandResult, CommandVerb, read_signed, sign_document
from central.bridge.command import Commands
from central.bridge.station_hold import hold_at_station, lift_at_station, station_holds
from central.cli import main
from central.database import Sessions
from central.errors import CommandRefused, StationUnknown
from central.paths import Paths
from tests.agent.courier.premises import BEGIN, STATION, TENANT, Premises, new_id
from tests.central.bridge.counter import Counter
from tests.central.headquarters import Station
from tests.central.parcels import arrived
from vault.envelope import Pinned

PLACE = (TENANT, STATION)
TERMS = ("case 12/2027", BEGIN + timedelta(days=400))


@pytest.fixture
def premises(tmp_path: Path) -> Iterator[Premises]:
    (tmp_path / "courier").mkdir()
    premises = Premises(tmp_path / "courier")
    yield premises
    premises.close()


def published(counter: Counter) -> Command:
    """What the bridge would publish to the station now."""
    (reply,) = Commands(Sessions(counter.engine), clock=counter.clock).open()
    return read_signed(reply.payload, Command, pinned=Pinned([counter.key.public]))


@pytest.mark.usefixtures("station")
def test_a_station_obeys_and_headquarters_knows(headquarters: Paths, counter: Counter, premises: Premises) -> None:
    at, parcel, book = counter.clock.now(), new_id(), HoldBook(premises.engine)
    identity = hold_at_station(headquarters, PLACE, parcels=[parcel], terms=TERMS, at=at)
    command = published(counter)
    assert (command.id, command.verb, command.parcels) == (identity, CommandVerb.HOLD, (parcel,))
    premises.desk.hear_command(command)
    (held,) = book.standing(at=BEGIN)
    assert (held.parcel, held.terms.reason, held.terms.until) == (parcel, *TERMS)
    (told,) = map(json.loads, station_holds(headquarters))
    assert (told["command"], told["verb"], told["outcome"]) == (identity, "hold", None)
    line = counter.lines()[-1]
    assert (line["kind"], line["reason"], line["parcels"]) == ("command-issued", TERMS[0], 1)


def test_what_the_station_answers_ends_the_command_and_the_next_one_lifts(
    headquarters: Paths, counter: Counter, premises: Premises, station: Station
) -> None:
    at, parcel, book = counter.clock.now(), new_id(), HoldBook(premises.engine)
    hold_at_station(headquarters, PLACE, parcels=[parcel], terms=TERMS, at=at)
    first = published(counter)
    premises.desk.hear_command(first)
    lift_at_station(headquarters, PLACE, parcels=[parcel], reason="case closed", at=at)
    assert published(counter).id == first.id, "one after the other"
    done = CommandResult(command=first.id, verb=first.verb, outcome=CommandOutcome.DONE, holdings=(), time=at)
    counter.take(arrived(station.topics.event(new_id()), sign_document(done, station.link)))
    second = published(counter)
    assert (second.verb, second.hold, second.counter) == (CommandVerb.UNHOLD, None, first.counter + 1)
    premises.desk.hear_command(second)
    assert book.standing(at=BEGIN) == []
    outcomes = [json.loads(one)["outcome"] for one in station_holds(headquarters)]
    assert outcomes == ["done", None]


@pytest.mark.parametrize(
    ("parcels", "terms"),
    [
        ([], TERMS),
        (["../x"], TERMS),
        ([new_id() for _ in range(101)], TERMS),
        ([new_id()], ("x", TERMS[1])),
        ([new_id()], (TERMS[0], BEGIN)),
    ],
)
@pytest.mark.usefixtures("station")
def test_what_no_station_could_carry_out_is_not_given(
    headquarters: Paths, counter: Counter, parcels: list[str], terms: tuple[str, object]
) -> None:
    with pytest.raises(CommandRefused):
        hold_at_station(headquarters, PLACE, parcels=parcels, terms=terms, at=counter.clock.now())  # type: ignore[arg-type]
    assert station_holds(headquarters) == []
    assert counter.lines() == []


def test_a_station_that_is_not_enrolled_is_unknown(headquarters: Paths, counter: Counter) -> None:
    with pytest.raises(StationUnknown):
        hold_at_station(headquarters, (TENANT, "nowhere"), parcels=[new_id()], terms=TERMS, at=counter.clock.now())


@pytest.mark.usefixtures("station")
def test_the_command_line(headquarters: Paths, counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--root", str(headquarters.root), "--tenant", TENANT, "--station", STATION, "--parcel", new_id())
    why = ("--reason", "case 12")
    assert main(["retention", "hold-at-station", *place, *why, "--until", "2100-12-31"]) == 0
    assert main(["retention", "lift-at-station", *place, *why]) == 0
    assert main(["retention", "hold-at-station", *place, *why, "--until", "2020-01-01"]) == 2
    assert main(["retention", "holds-at-stations", *place[:2]]) == 0
    said = capsys.readouterr()
    first, second, *listed = said.out.splitlines()
    assert [json.loads(one)["command"] for one in listed] == [first, second]
    assert said.err == "smilius-central: A hold ends on a day to come.\n"
