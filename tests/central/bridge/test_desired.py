"""Configurations at headquarters: left at the broker until the station has said what became of the newest."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.clock import SystemClock
from agent.wire import Configuration, read_signed, sign_document
from agent.wire.configuration import TwinConfiguration
from central.bridge.desired import Desired
from central.bridge.roll import Roll
from central.bridge.tables import ConfigurationRow
from central.database import Sessions
from central.fleet.configuration import Terms, set_configuration
from central.paths import Paths
from tests.agent.fleet.pictures import twin
from tests.central.bridge.conversation import talking
from tests.central.bridge.counter import Counter, opened
from tests.central.headquarters import Station, enrolled, founded
from tests.central.parcels import AT, arrived
from tests.central.processes import broker, central
from vault.envelope import Pinned

HERE = ("lt", "vilnius-1")


@pytest.fixture
def desired(counter: Counter) -> Desired:
    return Desired(Sessions(counter.engine), clock=counter.clock)


def given(paths: Paths, place: tuple[str, str] = HERE, *, days: int = 30, at: datetime = AT) -> int:
    file = paths.root / "layer.toml"
    file.write_text("[courier]\nkeepalive_s = 60\n")
    return set_configuration(paths, place, file=file, terms=Terms(days=days), at=at)


def say(counter: Counter, station: Station, number: int, *, state: str = "applied", newest: int | None = None) -> None:
    """A twin of the station's arrives."""
    fields: dict[str, Any] = {"applied": None, "digest": None, "reason": None, "sentence": None}
    if state == "reverted":
        fields |= {"reason": "link-lost", "sentence": "The link did not come back."}
    said = TwinConfiguration(newest=newest, state=None if newest is None else state, **fields)
    content = sign_document(twin(number=number, configuration=said), station.link)
    Roll(Sessions(counter.engine), counter.registry, clock=counter.clock).take([arrived(station.topics.twin, content)])


def outcomes(counter: Counter) -> list[tuple[int, str | None]]:
    with counter.session() as session:
        rows = session.scalars(select(ConfigurationRow).order_by(ConfigurationRow.number))
        return [(row.number, row.outcome) for row in rows]


def test_the_newest_is_left_for_each_station(headquarters: Paths, counter: Counter, desired: Desired) -> None:
    enrolled(headquarters)
    enrolled(headquarters, "riga-1")
    assert desired.open() == desired.news() == []
    assert [given(headquarters), given(headquarters), given(headquarters, ("lt", "riga-1"))] == [1, 2, 1]
    replies = {reply.topic: reply for reply in desired.news()}
    assert sorted(replies) == ["smilius/1/lt/riga-1/dn/config", "smilius/1/lt/vilnius-1/dn/config"]
    ours = replies["smilius/1/lt/vilnius-1/dn/config"]
    read = read_signed(ours.payload, Configuration, pinned=Pinned([counter.key.public]))
    assert (read.station, read.number, ours.retain) == ("vilnius-1", 2, True)
    assert desired.news() == [], "nobody has set anything since"
    assert len(desired.open()) == 2, "and it is left again after a new connection"
    given(headquarters)
    assert len(desired.news()) == 2


def test_the_stations_word_ends_it(headquarters: Paths, counter: Counter, desired: Desired, station: Station) -> None:
    for _ in range(3):
        given(headquarters)
    say(counter, station, 1)
    say(counter, station, 2, newest=2, state="staged")
    assert outcomes(counter) == [(1, "superseded"), (2, None), (3, None)]
    say(counter, station, 3, newest=2)
    say(counter, station, 4, newest=3, state="reverted")
    say(counter, station, 5, newest=3)
    assert outcomes(counter) == [(1, "superseded"), (2, "applied"), (3, "reverted")]
    assert desired.open() == []
    with counter.session() as session:
        row = session.get_one(ConfigurationRow, (*HERE, 3))
        assert (row.reason, row.sentence) == ("link-lost", "The link did not come back.")
    kinds = [kind for kind in counter.kinds() if kind.startswith("configuration-")]
    assert kinds == ["configuration-set"] * 3 + ["configuration-ended"] * 3


def test_one_that_nobody_answers_ends_with_its_time(
    headquarters: Paths, counter: Counter, desired: Desired, station: Station
) -> None:
    given(headquarters, days=1)
    counter.clock.at = AT + timedelta(days=1, seconds=1)
    assert desired.open() == []
    assert outcomes(counter) == [(1, "expired")]


def test_it_is_retained_at_a_real_broker_and_answered(tmp_path: Path) -> None:
    paths = founded(tmp_path / "central")
    station = enrolled(paths)
    counter = opened(paths)
    with broker(paths), central("bridge", paths):
        given(paths, at=SystemClock().now())
        with talking(station) as us:
            # who comes later finds it, without headquarters
            signed = us._for("config", "")
            assert read_signed(signed, Configuration, pinned=us._pinned).number == 1
    counter.engine.dispose()
