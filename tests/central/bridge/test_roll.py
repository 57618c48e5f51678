"""The roll: who is there, as far as it can be known, and each station's newest twin."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.wire import StationPresence, sign_document
from central.bridge.message import Arrived
from central.bridge.roll import Presence, Roll, read_twin
from central.bridge.tables import StationRow
from central.database import Sessions
from central.paths import Paths
from tests.agent.fleet.pictures import twin
from tests.central.bridge.conversation import talking
from tests.central.bridge.counter import Counter, opened
from tests.central.headquarters import Station, enrolled, founded
from tests.central.parcels import arrived, visited
from tests.central.processes import broker, central, kill

OLDER, NEWER = "01jd0000000000000000000000", "01jd1111111111111111111111"


@pytest.fixture
def roll(counter: Counter) -> Roll:
    return Roll(Sessions(counter.engine), counter.registry, clock=counter.clock)


def state(station: Station, *, online: bool, boot: str = OLDER, connection: int = 1) -> Arrived:
    said = StationPresence(online=online, boot=boot, connection=connection)
    return arrived(station.topics.state, said.canonical())


def picture(station: Station, **other: object) -> Arrived:
    return arrived(station.topics.twin, sign_document(twin(**other), station.link))


def row(counter: Counter, station: str = "vilnius-1") -> StationRow | None:
    with counter.session() as session:
        return session.get(StationRow, ("lt", station))


def presence(counter: Counter) -> str:
    found = row(counter)
    assert found is not None
    return found.presence


def test_a_will_that_comes_late_says_nothing(counter: Counter, roll: Roll, station: Station) -> None:
    roll.take([state(station, online=True, connection=2), state(station, online=False, connection=1)])
    assert presence(counter) == Presence.ONLINE
    roll.take([state(station, online=True, boot=NEWER), state(station, online=False, boot=OLDER, connection=2)])
    assert presence(counter) == Presence.ONLINE
    roll.take([state(station, online=False, boot=NEWER)])
    assert presence(counter) == Presence.OFFLINE
    # its clock was set back: who speaks is there
    roll.take([state(station, online=True, boot=OLDER, connection=7)])
    assert presence(counter) == Presence.ONLINE


def test_since_when_is_kept_through_the_bridges_own_outage(counter: Counter, roll: Roll, station: Station) -> None:
    roll.take([state(station, online=True)])
    begun = counter.clock.at
    counter.clock.forward(hours=1)
    roll.lose()
    assert presence(counter) == Presence.UNKNOWN
    roll.take([state(station, online=True)])
    found = row(counter)
    assert found is not None
    assert (found.presence, found.since) == (Presence.ONLINE, begun)
    roll.lose()
    roll.take([state(station, online=False)])
    found = row(counter)
    assert found is not None
    assert (found.presence, found.since) == (Presence.OFFLINE, begun + timedelta(hours=1))


def test_who_is_lost_and_not_told_of_again_is_not_there(
    headquarters: Paths, counter: Counter, roll: Roll, station: Station
) -> None:
    elsewhere = enrolled(headquarters, "riga-1")
    roll.take([state(station, online=True), state(elsewhere, online=False)])
    roll.close()
    roll.take([state(station, online=True)])
    assert presence(counter) == Presence.UNKNOWN
    other = row(counter, "riga-1")
    assert other is not None
    assert other.presence == Presence.OFFLINE


def test_the_newest_twin_of_the_unit_is_kept(
    headquarters: Paths, counter: Counter, roll: Roll, station: Station
) -> None:
    known = counter.registry.known("lt", "vilnius-1")

    def number() -> int | None:
        found = row(counter)
        read = None if found is None else read_twin(found.twin, link=known.link)
        return None if read is None else read.number

    roll.take([picture(station, number=1), picture(station, number=3), picture(station, number=2)])
    assert number() == 3
    found = row(counter)
    assert found is not None
    assert found.twin_heard_at == counter.clock.at
    # another start counts anew, and its clock may have been set back
    roll.take([picture(station, boot="00jd0000000000000000000000", number=1)])
    assert number() == 1
    # another unit: what the one before said is not this one's
    enrolled(headquarters)
    assert read_twin(found.twin, link=counter.registry.known("lt", "vilnius-1").link) is None


def test_what_is_not_the_stations_own_word_is_refused(
    headquarters: Paths, counter: Counter, roll: Roll, station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = enrolled(headquarters, "riga-1")
    roll.take(
        [
            Arrived(picture(station).where, picture(elsewhere).payload),
            arrived(elsewhere.topics.twin, sign_document(twin(), elsewhere.link)),
            arrived(station.topics.state, b"nonsense"),
            arrived("smilius/1/lt/nobody-9/up/state", b"nonsense"),
            state(elsewhere, online=True),
        ]
    )
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 4
    assert "another place" in said[1]
    found = row(counter, "riga-1")
    assert found is not None
    assert (found.presence, found.twin) == (Presence.ONLINE, None), "the others of the batch are heard"


def test_the_bridge_hears_what_is_retained_and_forgets_who_is_there(tmp_path: Path) -> None:
    paths = founded(tmp_path / "central")
    station = enrolled(paths)
    counter, parcel = opened(paths), visited(station)
    with broker(paths), talking(station) as us:

        def heard() -> None:
            """All that was said before was heard: what is asked for twice is answered by a batch that came after it."""
            for _ in range(2):
                us.announce(parcel)
                us.need(parcel)

        us.probe.publish(station.topics.state, state(station, online=True).payload, retain=True)
        us.probe.publish(station.topics.twin, picture(station).payload, retain=True)
        with central("bridge", paths) as bridge:
            us.until_central_is(online=True)
            heard()
            assert presence(counter) == Presence.ONLINE
            found = row(counter)
            assert found is not None
            assert found.twin is not None
            kill(bridge)
        assert presence(counter) == Presence.ONLINE, "nobody could say otherwise"
        us.until_central_is(online=False)
        with central("bridge", paths):
            us.until_central_is(online=True)
            heard()
            assert presence(counter) == Presence.ONLINE
        assert presence(counter) == Presence.UNKNOWN, "a bridge that ends knows of nobody"
    counter.engine.dispose()
