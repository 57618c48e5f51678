"""The bridge as a process, with a real mosquitto and a real MIGRIS simulator: it dies, and nothing is lost or doubled.

`compose` is exercised here too.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from agent.clock import SystemClock
from agent.wire import Receipt, Stage
from central.bridge.audit import audit
from central.bridge.frames import Delivered
from central.bridge.held import parcels
from central.bridge.tables import ChunkRow, UploadRow
from central.cli import main
from central.paths import Paths
from tests.central import hostile
from tests.central.bridge.conversation import Conversation, talking
from tests.central.bridge.counter import opened
from tests.central.bridge.gate import Gate, migris
from tests.central.bridge.questions import asked, read_answer
from tests.central.headquarters import enrolled, founded
from tests.central.parcels import AT, Parcel, new_id, sealed, visited
from tests.central.processes import broker, central, kill, stop
from vault.envelope import VerifyingKey


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    paths = founded(tmp_path / "central")
    with broker(paths):
        yield paths


def log(paths: Paths) -> str:
    return (paths.root / "bridge.log").read_text()


def opener_of(bridge: subprocess.Popen[bytes]) -> int:
    (child,) = Path(f"/proc/{bridge.pid}/task/{bridge.pid}/children").read_text().split()
    return int(child)


def found_again(us: Conversation, parcel: Parcel) -> Receipt:
    """The receipt that a station gets when it asks once more; all that it said before was heard by then."""
    us.announce(parcel)
    return us.receipt(parcel, Stage.ACCEPTED)


def ask_again_and_again(us: Conversation, gate: Gate, *, parcel: Parcel) -> None:
    """As a station does while it waits: MIGRIS is asked once, and whoever asks does not keep whoever delivers."""
    question = asked(us.station, expires=SystemClock().now() + timedelta(seconds=60))
    gate.shut("/v1/applications/find")
    for _ in range(4):
        us.probe.publish(us.station.topics.ask(question.id), question.content)
    gate.until_decided()
    assert found_again(us, parcel)
    gate.open()
    (receipt_key,) = us.station.answer.receipt_public
    assert read_answer(VerifyingKey.from_pem(receipt_key), us.answer(question.id), question).known
    assert gate.asked.count("/v1/applications/find") == 1


def test_killed_in_an_upload_and_in_a_delivery_it_submits_once(paths: Paths) -> None:
    station = enrolled(paths)
    parcel = visited(station)
    assert parcel.chunks == 2
    with migris(paths) as (gate, store), talking(station) as us:
        with central("bridge", paths) as bridge:
            us.until_central_is(online=True)
            assert us.echo(b"echo 1") == b"echo 1"
            us.announce(parcel)
            assert us.need(parcel) == (0, 1)
            us.send(parcel, 0)
            us.announce(parcel)
            assert us.need(parcel) == (1,), "the first chunk is committed"
            kill(bridge)
        us.until_central_is(online=False)

        gate.shut("/v1/submissions")
        with central("bridge", paths) as bridge:
            us.until_central_is(online=True)
            us.announce(parcel)
            assert us.need(parcel) == (1,), "what was committed need not be sent again"
            us.send(parcel, 1)
            stored = us.receipt(parcel, Stage.STORED)
            gate.until_decided()
            kill(bridge)
        gate.open()

        with central("bridge", paths) as bridge:
            us.until_central_is(online=True)
            accepted = us.receipt(parcel, Stage.ACCEPTED)
            assert found_again(us, parcel) == accepted
            ask_again_and_again(us, gate, parcel=parcel)
            assert stop(bridge) == 0
        (received,) = store.received()
        assert gate.asked.count("/v1/submissions") == 1
    assert (accepted.reference, accepted.index, stored.index) == (received.reference, 2, 1)
    figures = json.loads(audit(paths))
    assert (figures["parcels"], figures["parcels_accepted"], figures["tombstones"]) == (1, 1, 1)
    assert figures["sealed_copies_left"] == 0
    assert not any(word in log(paths) for word in ("ERROR", "CRITICAL", "Traceback")), "a good end is quiet"
    assert parcel.content[100:164] not in b"".join(path.read_bytes() for path in paths.bridge_database.parent.iterdir())


def test_one_stations_wrongs_are_nobody_elses_trouble(paths: Paths) -> None:
    ours, elsewhere, gone = enrolled(paths), enrolled(paths, "riga-1", tenant="lt2"), enrolled(paths, "gone-3")
    counter = opened(paths)
    orphan = counter.store(visited(gone))
    counter.engine.dispose()
    # a station's file is missing while a parcel of it still waits
    (paths.stations / "lt" / "gone-3.json").rename(paths.root / "gone-3.json")
    with migris(paths) as (_, store), talking(ours) as us, talking(elsewhere) as them:
        with central("bridge", paths) as bridge:
            us.until_central_is(online=True)
            them.until_central_is(online=True)
            for topic, qos in (("up/health", 0), ("up/nothing/known", 1), (f"up/event/{new_id()}", 1)):
                us.probe.publish(f"smilius/1/lt/vilnius-1/{topic}", b"\xff garbage", qos=qos)
            parcel = visited(elsewhere)
            them.deliver(parcel)
            assert them.receipt(parcel, Stage.ACCEPTED).reference == store.received()[0].reference
            assert bridge.poll() is None
            assert "the broker is out" not in log(paths), "a message of QoS 0 is not acknowledged"
            assert "the registry's file of lt/gone-3 is out" in log(paths)
            assert "MIGRIS is out" not in log(paths), "one station's trouble"
            stop(bridge)
        assert shown(paths, orphan.id) == {"stage": "stored", "trouble": None, "held": False}
        us.until_central_is(online=False)
        them.until_central_is(online=False)


def shown(paths: Paths, parcel: str) -> dict[str, object]:
    (found,) = [item for line in parcels(paths, held=False, at=AT) if (item := json.loads(line))["parcel"] == parcel]
    return {name: found[name] for name in ("stage", "trouble", "held")}


def test_what_waits_is_delivered_when_a_file_or_a_person_puts_it_right(paths: Paths) -> None:
    """Under a key that was replaced; without its station's file; set aside. The bridge is never told."""
    station, other = enrolled(paths), enrolled(paths, "kaunas-2")
    counter = opened(paths)
    billed_before, waits, aside = visited(station), visited(other), visited(station)
    for parcel in (billed_before, waits):
        counter.store(parcel)
    counter.decide(counter.store(aside), Delivered(number=1, result="unreadable"))
    abandoned = visited(station)
    counter.take(abandoned.billed(), abandoned.chunk(0))
    with counter.session() as session:
        session.execute(update(UploadRow).values(begun_at=SystemClock().now() - timedelta(days=8)))
        session.commit()
    replaced = enrolled(paths)
    file = paths.stations / "lt" / "kaunas-2.json"
    file.rename(paths.root / "kaunas-2.json")
    with migris(paths), talking(replaced) as us, talking(other) as them, central("bridge", paths) as bridge:
        assert us.receipt(billed_before, Stage.ACCEPTED).reference
        assert counter.count(UploadRow) == counter.count(ChunkRow) == 0, "what nobody finishes is given up at the start"
        (paths.root / "kaunas-2.json").rename(file)
        assert them.receipt(waits, Stage.ACCEPTED).reference
        assert main(["retry", "--root", str(paths.root), "--tenant", "lt", "--parcel", aside.id]) == 0
        assert us.receipt(aside, Stage.ACCEPTED).reference
        assert stop(bridge) == 0
    counter.engine.dispose()
    assert json.loads(audit(paths))["parcels_accepted"] == 3


def test_a_parcel_under_a_key_that_was_revoked_is_not_opened(paths: Paths) -> None:
    station = enrolled(paths)
    counter = opened(paths)
    stolen = counter.store(visited(station))
    after = enrolled(paths)
    (paths.stations / "lt" / "vilnius-1.former.json").unlink()
    parcel = visited(after)
    with migris(paths) as (_, store), talking(after) as us, central("bridge", paths) as bridge:
        us.until_central_is(online=True)
        us.deliver(parcel)
        us.receipt(parcel, Stage.ACCEPTED)
        assert stop(bridge) == 0
        assert len(store.received()) == 1
    counter.engine.dispose()
    assert shown(paths, stolen.id) == {"stage": "stored", "trouble": "unreadable", "held": True}


def test_there_is_one_bridge(paths: Paths) -> None:
    with central("bridge", paths) as bridge:
        command = (sys.executable, "-m", "central", "bridge", "--root", str(paths.root))
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 2
        assert second.stderr.splitlines()[-1].startswith("smilius-central: Another bridge runs")
        core = re.findall(r"Max core file size\s+(\d+)", Path(f"/proc/{bridge.pid}/limits").read_text())
        assert core == ["0"]
        kill(bridge)
    with central("bridge", paths):
        """What died holds nothing."""


def test_openers_that_die_and_packages_that_kill_do_not_stop_the_queue(paths: Paths) -> None:
    station = enrolled(paths)
    first, last = visited(station), visited(station)
    hostiles = [sealed(station, make()) for make in (hostile.bomb, lambda: hostile.print_flipped(600, 0x55))]
    with migris(paths) as (gate, store), talking(station) as us, central("bridge", paths) as bridge:
        us.until_central_is(online=True)
        gate.shut("/v1/submissions")
        us.deliver(first)
        gate.until_decided()
        # in the middle of a delivery: MIGRIS has it, and nobody heard
        os.kill(opener_of(bridge), signal.SIGKILL)
        gate.open()
        us.receipt(first, Stage.ACCEPTED)
        for parcel in hostiles:
            us.deliver(parcel)
        us.deliver(last)
        us.receipt(last, Stage.ACCEPTED)
        assert stop(bridge) == 0
        assert len(store.received()) == 2
        assert gate.asked.count("/v1/submissions") == 2
    assert "the opener is out: it ended" in log(paths)
    held = [item for line in parcels(paths, held=True, at=AT) if (item := json.loads(line))]
    assert [item["parcel"] for item in held] == [parcel.id for parcel in hostiles]
    assert held[0]["trouble"] == "package-damaged"
    assert held[1]["trouble"] in {"check-died", "wsq-undecodable"}
    assert (held[1]["stage"], held[1]["part"]) == ("stored", "right-index")
