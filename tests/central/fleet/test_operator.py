"""`smilius-fleet operator`: accounts, and the lists that stations get of them."""

import json
from typing import Any

import pytest

from agent.wire import Roster, read_signed, sign_document
from central.bridge.roll import Roll
from central.bridge.roster import Rosters
from central.database import Sessions
from central.fleet.cli import main
from central.paths import Paths
from tests.agent.fleet.pictures import twin
from tests.central.bridge.counter import Counter
from tests.central.headquarters import Station, enrolled
from tests.central.parcels import arrived
from vault.envelope import Pinned


def run(paths: Paths, *arguments: str) -> int:
    return main(["operator", *arguments, "--root", str(paths.root)])


@pytest.fixture
def rosters(counter: Counter) -> Rosters:
    return Rosters(Sessions(counter.engine))


def lists(counter: Counter, rosters: Rosters) -> dict[str, tuple[int, dict[str, bool]]]:
    """The newest list of each station that does not have it: its number, and who on it was revoked."""
    found = {}
    for reply in rosters.open():
        assert reply.retain
        read = read_signed(reply.payload, Roster, pinned=Pinned([counter.key.public]))
        assert reply.topic == f"smilius/1/{read.tenant}/{read.station}/dn/operators"
        found[read.station] = (read.number, {one.operator: one.revoked for one in read.operators})
    return found


def hold(counter: Counter, station: Station, operators: int, *, number: int) -> None:
    """The station's twin says which list it has."""
    content = sign_document(twin(station=station.name, number=number, operators=operators), station.link)
    Roll(Sessions(counter.engine), counter.registry, clock=counter.clock).take([arrived(station.topics.twin, content)])


def accounts(paths: Paths, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    capsys.readouterr()
    assert run(paths, "list") == 0
    return {line["operator"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}


def test_stations_get_a_list_with_every_change(
    headquarters: Paths, counter: Counter, rosters: Rosters, capsys: pytest.CaptureFixture[str]
) -> None:
    vilnius, riga = enrolled(headquarters), enrolled(headquarters, "riga-1")
    assert lists(counter, rosters) == {}
    assert run(headquarters, "create", "op-7", vilnius.name) == 0
    assert run(headquarters, "create", "op-8", f"lt/{vilnius.name}") == 0
    assert len(rosters.news()) == 1
    assert rosters.news() == [], "nobody has changed anything since"
    assert lists(counter, rosters) == {"vilnius-1": (2, {"op-7": False, "op-8": False})}
    assert run(headquarters, "move", "op-8", riga.name) == 0
    assert run(headquarters, "revoke", "op-7", "--tenant", "lt", "--reason", "left the company") == 0
    assert lists(counter, rosters) == {"vilnius-1": (4, {"op-7": True}), "riga-1": (1, {"op-8": False})}
    hold(counter, vilnius, 3, number=1)
    shown = accounts(headquarters, capsys)
    assert [shown["op-7"][name] for name in ("state", "station", "reason", "heard_at_station")] == [
        "revoked",
        "vilnius-1",
        "left the company",
        False,
    ]
    hold(counter, vilnius, 4, number=2)
    assert lists(counter, rosters) == {"riga-1": (1, {"op-8": False})}, "the other was not heard yet"
    shown = accounts(headquarters, capsys)
    assert (shown["op-7"]["heard_at_station"], shown["op-8"]["heard_at_station"]) == (True, False)
    (line,) = [line for line in counter.lines() if line["kind"] == "operator-revoked"]
    assert (line["operator"], line["reason"], line["by"][:4]) == ("op-7", "left the company", "uid:")
    assert [kind for kind in counter.kinds() if kind == "operators-held"] == ["operators-held"] * 4


def test_what_cannot_be_is_refused_and_changes_nothing(
    headquarters: Paths, counter: Counter, rosters: Rosters, capsys: pytest.CaptureFixture[str]
) -> None:
    station = enrolled(headquarters)
    assert run(headquarters, "create", "op-7", station.name) == 0
    before = lists(counter, rosters)
    assert run(headquarters, "create", "op-7", station.name) == 2
    assert run(headquarters, "create", "op-8", "nobody-1") == 2
    assert run(headquarters, "move", "op-7", station.name) == 2
    assert run(headquarters, "move", "op-8", station.name) == 2
    assert run(headquarters, "revoke", "op-8", "--tenant", "lt", "--reason", "no such one") == 2
    assert lists(counter, rosters) == before
    assert run(headquarters, "revoke", "op-7", "--tenant", "lt", "--reason", "left the company") == 0
    capsys.readouterr()
    for verb in (("revoke", "op-7", "--tenant", "lt", "--reason", "once more"), ("move", "op-7", station.name)):
        assert run(headquarters, *verb) == 2
        assert capsys.readouterr().err == "smilius-fleet: The account was revoked, for good.\n"
    assert run(headquarters, "create", "op-7", station.name) == 2, "nobody else gets the id"
    with pytest.raises(SystemExit):
        run(headquarters, "create", "Jonas Jonaitis", station.name)
