"""After visits that were accepted, aborted, cut off and rejected: nothing in memory, blocks, logs, temporary files.

`nightly.py` has more ways to end. What the search can find stands in `test_search.py`; here every sort of mark is first
found where it has to be while the visit lasts, so that not finding it later means something.
"""

from tests.forensic.visits import Visits, kinds

FRAMES = {"the portrait's frame", "the right-index frame", "the left-index frame"}
PICTURES = {"the portrait's JPEG", "the right-index WSQ", "the left-index WSQ"}
NAMES = {"the application's number", "the given name", "the surname"}
KEY = {"a parcel's key"}


def test_nothing_is_left_of_any_visit(visits: Visits) -> None:
    _accepted(visits)
    assert visits.left() == []
    visits.scene.learn_pictures()
    assert visits.left() == []
    _aborted(visits)
    _cut_off(visits)
    assert visits.left() == []
    _rejected(visits)
    assert visits.left(held=("rejected",)) == []


def _accepted(visits: Visits) -> None:
    scene = visits.scene
    view = visits.begin()
    assert kinds(scene.in_memory(scene.plain, of="worker")) >= FRAMES
    assert kinds(scene.in_memory(scene.plain + scene.keys, of="station")) == NAMES | KEY
    file = visits.seal(view, name="accepted")
    waiting = scene.on_disk(scene.plain + scene.keys + file + scene.sealed["accepted"], side="station")
    assert kinds(waiting) == {"the parcel's file"} | KEY
    visits.wiped(view, receipt="accepted")


def _aborted(visits: Visits) -> None:
    view = visits.begin()
    assert kinds(visits.scene.in_memory(visits.scene.plain, of="worker")) >= PICTURES
    visits.station.decide(view, {"decision": "cancel"})
    assert visits.settled(view)["state"] == "aborted"
    visits.station.until_ready()


def _cut_off(visits: Visits) -> None:
    view = visits.begin()
    visits.kill_worker()
    # whatever the operator decides next finds out
    visits.station.decide(view, {"decision": "retake", "step": "face"})
    assert visits.settled(view)["end"]["code"] == "worker-lost"
    visits.station.until_ready()


def _rejected(visits: Visits) -> None:
    view = visits.begin()
    visits.scene.close_application()
    visits.seal(view, name="rejected")
    visits.wiped(view, receipt="rejected")
    visits.scene.close_application(closed=False)
    held = visits.scene.on_disk(visits.scene.sealed["rejected"], side="central")
    assert kinds(held) == {"sealed bytes of the rejected visit"}, "headquarters keeps it until it is amended"
