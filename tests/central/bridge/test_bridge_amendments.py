"""Amendments over the real wire: a station's parcels through broker, bridge, opener and examiner to MIGRIS."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.wire import Receipt, Stage
from capture.records.package import unpack
from central.bridge.audit import audit
from central.paths import Paths
from drivers.contract import Finger
from tests.central.bridge.conversation import Conversation, talking
from tests.central.bridge.gate import migris
from tests.central.headquarters import enrolled, founded
from tests.central.parcels import CLOSED_APPLICATION, Parcel, amending, new_id, print_wsq, rejectable
from tests.central.processes import broker, central, stop


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    paths = founded(tmp_path / "central")
    with broker(paths):
        yield paths


def rejected(us: Conversation, parcel: Parcel) -> tuple[str, str | None]:
    """Why, and for which part."""
    us.deliver(parcel)
    receipt: Receipt = us.receipt(parcel, Stage.REJECTED)
    assert receipt.cause is not None
    return receipt.cause.code, receipt.cause.part


def test_a_finger_given_again_makes_the_visit_whole_and_nothing_is_left(paths: Paths) -> None:
    station = enrolled(paths)
    first = rejectable(station)
    again = amending(station, first.id, left=print_wsq(width_px=480, height_px=320))
    better = print_wsq(slant=0.25)
    last = amending(station, again.id, left=better)
    with migris(paths) as (_, store), talking(station) as us, central("bridge", paths) as bridge:
        us.until_central_is(online=True)
        assert rejected(us, first) == ("print-size", "left-index")
        assert rejected(us, again) == ("print-size", "left-index")
        us.deliver(last)
        accepted = us.receipt(last, Stage.ACCEPTED)
        (received,) = store.received()
        assert stop(bridge) == 0
        assert store.submission(f"lt/{last.id}") is not None, "its own id is the idempotency key"
    assert (accepted.kind, accepted.reference) == ("amendment", received.reference)
    package = unpack(received.package)
    assert (package.manifest.parcel, package.manifest.amends) == (last.id, again.id)
    assert package.prints == {Finger.RIGHT_INDEX: print_wsq(), Finger.LEFT_INDEX: better}
    assert package.portrait_jpeg is not None
    figures = json.loads(audit(paths))
    assert (figures["parcels"], figures["parcels_accepted"], figures["tombstones"]) == (3, 1, 3)
    assert figures["sealed_copies_left"] == 0
    disk = b"".join(path.read_bytes() for path in paths.bridge_database.parent.iterdir() if path.is_file())
    assert not any(parcel.content[100:164] in disk for parcel in (first, again, last))


def test_what_does_not_belong_together_is_refused_and_told(paths: Paths) -> None:
    ours, other = enrolled(paths), enrolled(paths, "kaunas-2")
    first = rejectable(ours)
    with (
        migris(paths) as (gate, store),
        talking(ours) as us,
        talking(other) as them,
        central("bridge", paths) as bridge,
    ):
        us.until_central_is(online=True)
        assert rejected(us, first) == ("print-size", "left-index")
        asked = len(gate.asked)
        assert rejected(us, amending(ours, new_id())) == ("amends-unknown", None)
        assert rejected(them, amending(other, first.id)) == ("amends-other-station", None)
        elsewhere = amending(ours, first.id, application=CLOSED_APPLICATION)
        assert rejected(us, elsewhere) == ("amends-other-application", None)
        assert len(gate.asked) == asked, "MIGRIS is asked about none of them"
        good = amending(ours, first.id)
        us.deliver(good)
        us.receipt(good, Stage.ACCEPTED)
        assert rejected(us, amending(ours, good.id)) == ("amends-accepted", None)
        assert rejected(us, amending(ours, first.id)) == ("amends-gone", None)
        assert len(store.received()) == 1
        assert stop(bridge) == 0
