"""`smilius-fleet`: every verb, and every refusal with exit code 2 and one sentence."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.wire import StationPresence
from central.bridge.roll import Roll
from central.database import Sessions
from central.fleet.cli import main
from central.paths import Paths
from tests.agent.fleet.pictures import BOOT
from tests.central.bridge.counter import Counter
from tests.central.fleet.fleet import NAMES, gathered
from tests.central.parcels import arrived


def run(paths: Paths, *arguments: str) -> int:
    return main([*arguments, "--root", str(paths.root)])


def test_stations_are_listed_and_shown(
    headquarters: Paths, counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    gathered(headquarters, counter)
    assert run(headquarters, "ls") == 0
    assert "3 stations, 1 online, 3 with alarms" in capsys.readouterr().out
    assert run(headquarters, "ls", "--json") == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["station"] for one in shown] == list(NAMES)
    assert run(headquarters, "show", "vilnius-1") == 0
    assert "lt/vilnius-1" in capsys.readouterr().out
    assert run(headquarters, "show", "lt/riga-1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["twin"]["queue"]["waiting"] == 3


def test_what_cannot_be_shown_is_one_sentence(
    headquarters: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(headquarters, "show", "nobody-1") == 2
    assert capsys.readouterr().err == "smilius-fleet: No such station is enrolled.\n"
    assert run(Paths(tmp_path / "nowhere"), "ls") == 2
    assert "not set up" in capsys.readouterr().err


def test_the_list_is_watched_until_somebody_has_seen_enough(headquarters: Paths, counter: Counter) -> None:
    (_, siauliai, _) = gathered(headquarters, counter)
    command = [sys.executable, "-m", "central.fleet", "watch", "--root", str(headquarters.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        try:
            assert watching.stdout is not None
            assert any("1 online" in line for line in watching.stdout)
            roll = Roll(Sessions(counter.engine), counter.registry, clock=counter.clock)
            here = StationPresence(online=True, boot=BOOT, connection=1)
            roll.take([arrived(siauliai.topics.state, here.canonical())])
            assert any("2 online" in line for line in watching.stdout)
            watching.send_signal(signal.SIGINT)
            _, said = watching.communicate(timeout=60)
        finally:
            watching.kill()
    assert (watching.returncode, said) == (0, "")
