"""Two bridges on one broker and one ledger, as processes: they share what comes, and one dies while it has work."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import SystemClock
from agent.wire import CentralPresence, Need, Stage
from agent.wire.document import read_plain
from central.bridge.audit import audit
from central.bridge.compose import _own_folder, _shared
from central.database.writing import _WRITING
from central.errors import SetUpError
from central.paths import Paths
from central.pki.worker import make_worker
from central.settings import load_settings
from tests.central.bridge.conversation import Conversation, talking
from tests.central.bridge.counter import opened
from tests.central.bridge.gate import migris
from tests.central.bridge.questions import asked, read_answer
from tests.central.headquarters import enrolled, founded, kept_on
from tests.central.parcels import Parcel, visited
from tests.central.postgresql import NAME, Cluster
from tests.central.processes import END_LIMIT_S, broker, central, kill, stop
from vault.envelope import VerifyingKey

PARCELS = 6


@pytest.fixture
def paths(tmp_path: Path, postgresql: Cluster) -> Iterator[Paths]:
    paths = founded(tmp_path / "central")
    kept_on(paths, postgresql.emptied())
    for number in (1, 2):
        make_worker(paths, number, now=SystemClock().now())
    with broker(paths):
        yield paths


def in_hand(cluster: Cluster) -> list[int]:
    """How much each worker has claimed: that it is here; the house, which is one's; and what it is working on."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid <> %s GROUP BY pid ORDER BY 1 DESC"
    with cluster.owner(NAME) as connection:
        return [int(str(row[0])) for row in connection.execute(query, (_WRITING,))]


def needs_until_nobody_is_there(us: Conversation) -> list[str]:
    """Every need that is heard before central is gone."""
    heard: list[str] = []
    while True:
        topic, payload = us.probe.heard()
        if topic == us.station.topics.central_state and not read_plain(payload, CentralPresence).online:
            return heard
        if "/dn/need/" in topic:
            assert read_plain(payload, Need).missing
            heard.append(topic.rsplit("/", 1)[1])


def accepted(us: Conversation, parcel: Parcel) -> str | None:
    us.announce(parcel)
    return us.receipt(parcel, Stage.ACCEPTED).reference


def test_a_dead_workers_work_is_done_by_the_other_and_only_once(paths: Paths, postgresql: Cluster) -> None:
    station = enrolled(paths)
    parcels = [visited(station) for _ in range(PARCELS)]
    with migris(paths) as (gate, store), talking(station) as us:
        gate.shut("/v1/submissions")
        with central("bridge", paths, "--worker", "1") as first, central("bridge", paths, "--worker", "2") as second:
            us.until_central_is(online=True)
            for parcel in parcels:
                us.deliver(parcel)
            for _ in range(2):
                gate.until_decided()
            assert in_hand(postgresql) == [3, 2], "each has a parcel at MIGRIS, and one of them keeps house"
            kill(first)
            us.until_central_is(online=False)
            us.until_central_is(online=True)
            gate.open()
            references = {accepted(us, parcel) for parcel in parcels}
            assert stop(second) == 0
        assert len(references) == PARCELS
        assert {received.reference for received in store.received()} == references
        assert len(store.received()) == gate.asked.count("/v1/submissions") == PARCELS
    figures = json.loads(audit(paths))
    assert (figures["parcels_accepted"], figures["tombstones"], figures["sealed_copies_left"]) == (PARCELS, PARCELS, 0)


def test_each_message_is_for_one_of_them(paths: Paths) -> None:
    station = enrolled(paths)
    parcels = [visited(station) for _ in range(PARCELS)]
    with migris(paths) as (gate, _), talking(station) as us:
        with central("bridge", paths, "--worker", "1") as first, central("bridge", paths, "--worker", "2") as second:
            us.until_central_is(online=True)
            question = asked(station, expires=SystemClock().now() + timedelta(seconds=600))
            for _ in range(4):
                us.probe.publish(station.topics.ask(question.id), question.content)
            (receipt_key,) = station.answer.receipt_public
            pinned = VerifyingKey.from_pem(receipt_key)
            assert read_answer(pinned, us.answer(question.id), question).known
            assert us.echo(b"whoever hears it gives it back") == b"whoever hears it gives it back"
            for parcel in parcels:
                us.announce(parcel)
                assert us.need(parcel)
            first.terminate()
            second.terminate()
            assert needs_until_nobody_is_there(us) == [], "both were asked, and one has answered"
            assert [first.wait(END_LIMIT_S), second.wait(END_LIMIT_S)] == [0, 0]
        assert 1 <= gate.asked.count("/v1/applications/find") <= 4
    counter = opened(paths)
    assert counter.kinds().count("question-opened") == gate.asked.count("/v1/applications/find")
    counter.engine.dispose()


def test_a_worker_needs_a_number_of_its_own(paths: Paths) -> None:
    command = (sys.executable, "-m", "central", "bridge", "--root", str(paths.root), "--worker", "1")
    with central("bridge", paths, "--worker", "1"):
        ended = subprocess.run(command, capture_output=True, text=True, timeout=END_LIMIT_S * 2, check=False)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("smilius-central: Another bridge runs")


def test_several_bridges_need_a_server_and_certificates(headquarters: Paths) -> None:
    alone = load_settings(headquarters.settings)
    assert _own_folder(headquarters, alone, worker=None) == headquarters.root / "bridge"
    with pytest.raises(SetUpError, match="need a database server"):
        _own_folder(headquarters, alone, worker=1)
    several = alone.model_copy(update={"database": "postgresql:///smilius?host=/run/postgresql"})
    with pytest.raises(SetUpError, match="Worker 3 has no certificate"):
        _own_folder(headquarters, several, worker=3)
    make_worker(headquarters, 3, now=SystemClock().now())
    folder = _own_folder(headquarters, several, worker=3)
    assert (folder.name, folder.stat().st_mode & 0o777) == ("central-3", 0o700)


def test_the_group_has_a_name_that_no_station_can_know(headquarters: Paths, tmp_path: Path) -> None:
    ours, again, others = (_shared(paths) for paths in (headquarters, headquarters, founded(tmp_path / "other")))
    assert ours == again
    assert ours[0] != others[0]
    assert ours[0].split("/", 2)[2] == others[0].split("/", 2)[2] == "smilius/1/+/+/up/#"
    assert ours[1:] == ("smilius/1/+/+/up/state", "smilius/1/+/+/up/twin", "smilius/1/+/central/state")
