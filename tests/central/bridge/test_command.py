"""Commands on their way: one after the other to one station, until they are answered or their time is over."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from agent.clock import SystemClock
from agent.wire import (
    Command,
    CommandOutcome,
    CommandResult,
    CommandVerb,
    Receipt,
    Stage,
    read_signed,
    sign_document,
)
from central.bridge.command import COMMAND_LIFE, Commands
from central.bridge.tables import CommandRow
from central.database import Sessions
from central.errors import SubjectRefused
from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from central.subject.command import ask
from central.subject.finding import find
from central.subject.machine import RequestKind
from central.subject.restriction import lift, restrict
from tests.central.bridge.conversation import talking
from tests.central.bridge.counter import Counter, opened
from tests.central.clock import HandClock
from tests.central.headquarters import Station, enrolled, founded
from tests.central.migris.direct import DirectConnector
from tests.central.parcels import OPEN_APPLICATION, arrived, new_id, visited
from tests.central.processes import broker, central
from tests.central.subject.desk import INSTRUCTION, NOW, in_order
from vault.envelope import Pinned


@pytest.fixture
def migris(tmp_path: Path) -> Iterator[DirectConnector]:
    store = MigrisStore(tmp_path / "migris.db")
    yield DirectConnector(store, HandClock())
    store.close()


@pytest.fixture
def commands(counter: Counter) -> Commands:
    return Commands(Sessions(counter.engine), clock=counter.clock)


def about(paths: Paths, migris: DirectConnector, kind: RequestKind = RequestKind.RESTRICTION) -> str:
    request = in_order(paths, kind)
    asyncio.run(find(paths, request, numbers=(OPEN_APPLICATION,), connector=migris, at=NOW))
    return request


def asked(paths: Paths, request: str, verb: CommandVerb = CommandVerb.FIND) -> list[str]:
    return ask(paths, request, verb=verb, instruction=INSTRUCTION, at=NOW)


def answer(station: Station, command: str, outcome: CommandOutcome = CommandOutcome.DONE) -> bytes:
    result = CommandResult(command=command, verb=CommandVerb.FIND, outcome=outcome, holdings=(), time=NOW)
    return sign_document(result, station.link)


def row(counter: Counter, command: str) -> CommandRow:
    with counter.session() as session:
        return session.scalars(select(CommandRow).where(CommandRow.id == command)).one()


def test_each_station_is_asked_about_its_own_parcels_only(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector, commands: Commands
) -> None:
    elsewhere = enrolled(headquarters, "riga-1")
    ours, theirs = counter.store(visited(station)), counter.store(visited(elsewhere))
    issued = asked(headquarters, about(headquarters, migris))
    found = {}
    for reply in commands.open():
        command = read_signed(reply.payload, Command, pinned=Pinned([counter.key.public]))
        found[reply.topic] = (command.station, command.parcels)
        assert OPEN_APPLICATION.encode() not in reply.payload
        assert command.expires - command.issued == COMMAND_LIFE
    assert sorted(found.values()) == [("riga-1", (theirs.id,)), ("vilnius-1", (ours.id,))]
    assert {topic.rsplit("/", 1)[1] for topic in found} == set(issued)
    assert {topic.split("/")[3:6][0] for topic in found} == {"riga-1", "vilnius-1"}


def test_the_next_is_sent_when_the_first_is_answered(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector, commands: Commands
) -> None:
    counter.store(visited(station))
    request = about(headquarters, migris)
    (first,), (second,) = asked(headquarters, request), asked(headquarters, request)
    for _ in range(2):
        assert [reply.topic.rsplit("/", 1)[1] for reply in commands.open()] == [first]
    event = new_id()
    message = arrived(station.topics.event(event), answer(station, first))
    (reply,) = counter.take(message)
    assert counter.receipt(reply).stage is Stage.STORED
    assert (row(counter, first).outcome, row(counter, first).result) == ("done", event)
    assert [reply.topic.rsplit("/", 1)[1] for reply in commands.open()] == [second]
    counter.take(message)
    assert counter.kinds().count("command-answered") == 1


def test_what_is_not_answered_in_time_ends_and_makes_room(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector, commands: Commands
) -> None:
    counter.store(visited(station))
    (command,) = asked(headquarters, about(headquarters, migris))
    counter.clock.at = NOW + COMMAND_LIFE + timedelta(seconds=1)
    assert commands.open() == []
    assert row(counter, command).outcome == "expired"
    assert counter.kinds()[-1] == "command-unanswered"
    counter.take(arrived(station.topics.event(new_id()), answer(station, command)))
    assert row(counter, command).outcome == "done", "a late answer is an answer"


def test_an_answer_to_nothing_is_kept_and_changes_nothing(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    counter.store(visited(station))
    (command,) = asked(headquarters, about(headquarters, migris))
    another = enrolled(headquarters, "riga-1")
    counter.take(arrived(another.topics.event(new_id()), answer(another, command)))
    assert row(counter, command).outcome is None
    assert "command-answered" not in counter.kinds()


def test_stations_are_asked_only_what_the_request_is_for(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    counter.store(visited(station))
    request = about(headquarters, migris)
    with pytest.raises(SubjectRefused, match="not done for a request for restriction"):
        asked(headquarters, request, CommandVerb.ERASE)
    restrict(headquarters, request, instruction=INSTRUCTION, at=NOW)
    with pytest.raises(SubjectRefused, match="restricts it still"):
        asked(headquarters, request, CommandVerb.LIFT)
    lift(headquarters, request, told="DVS-9", instruction=INSTRUCTION, at=NOW)
    assert len(asked(headquarters, request, CommandVerb.LIFT)) == 1
    with pytest.raises(SubjectRefused, match="No parcel was found"):
        asked(headquarters, in_order(headquarters))
    assert [line["verb"] for line in counter.lines() if line["kind"] == "command-issued"] == ["lift"]


def test_a_command_crosses_a_real_broker_and_its_answer_is_receipted(tmp_path: Path) -> None:
    paths = founded(tmp_path / "central")
    station = enrolled(paths)
    counter, store = opened(paths), MigrisStore(tmp_path / "migris.db")
    counter.store(visited(station))
    request = about(paths, DirectConnector(store, HandClock()))
    (command,) = ask(paths, request, verb=CommandVerb.FIND, instruction=INSTRUCTION, at=SystemClock().now())
    with broker(paths), talking(station) as us, central("bridge", paths):
        signed = us._for("command", command)
        assert read_signed(signed, Command, pinned=Pinned([counter.key.public])).id == command
        content, event = answer(station, command), new_id()
        us.probe.publish(station.topics.event(event), content)
        assert read_signed(us._for("receipt", event), Receipt, pinned=us._pinned).stage is Stage.STORED
    assert row(counter, command).outcome == "done"
    counter.engine.dispose()
    store.close()
