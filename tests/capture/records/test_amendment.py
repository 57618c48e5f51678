"""An amendment in what it amends: a package that everybody reads, of the good parts of one and the new of the other."""

from datetime import UTC, date, datetime

import pytest

from capture.missing import MissingReason
from capture.records import finger_record
from capture.records.amendment import amend
from capture.records.errors import (
    AmendmentRefused,
    AmendsOtherApplication,
    AmendsPartMissing,
    PackageInconsistent,
    Part,
)
from capture.records.itl import read_records
from capture.records.manifest import Kind, MissingEntry, Times
from capture.records.package import Package, pack, unpack
from capture.records.transaction import DeviceName, FaceImage, FingerImage, MissingFinger, write_transaction
from capture.sample import Quality
from drivers.contract import Finger
from tests.capture.records.specimens import (
    CREATED,
    LEFT,
    PARCEL,
    RIGHT,
    content,
    finger_entry,
    gate,
    jpeg_by_hand,
    manifest,
    members,
    package,
    wsq_by_hand,
)

NEW_ID = "01jd0000000000000000000001"
LATER = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MIDDLE = Finger.LEFT_MIDDLE
BETTER = wsq_by_hand(data=b"better")
SCORE = Quality(score=70, algorithm="NFIQ 2", version="2.3.0")
BASE = unpack(package())


def later(**changes: object) -> dict[str, object]:
    return {
        "parcel": NEW_ID,
        "kind": Kind.AMENDMENT,
        "amends": PARCEL,
        "operator": "op-9",
        "face": None,
        "fingers": (),
        "missing": (),
        "times": Times(opened=LATER, sealed=LATER),
        **changes,
    }


def brought(**changes: object) -> dict[str, object]:
    return {
        "control_number": NEW_ID,
        "created": LATER,
        "captured_on": LATER.date(),
        "face": None,
        "fingers": (),
        "missing": (),
        **changes,
    }


def with_finger(finger: Finger = LEFT, **changes: object) -> Package:
    """The left hand's finger again, or another."""
    image = FingerImage(finger, BETTER, SCORE, DeviceName("Futronic", "FS88", "B2"))
    named = {"fingers": (finger_entry(finger, BETTER, SCORE).model_copy(update={"taken": LATER}),)}
    application = {name: changes[name] for name in ("application_number",) if name in changes}
    made = {
        "transaction.an2": write_transaction(content(**brought(fingers=(image,), **application))),
        f"{finger}.fir": finger_record.write(BETTER, finger=finger, quality=70),
    }
    return unpack(pack(manifest(**later(**named, **changes)), made))


def with_face(parcel: str = NEW_ID, amends: str = PARCEL) -> Package:
    face = manifest().face
    assert face is not None
    image = FaceImage(jpeg_by_hand(), (gate(),), DeviceName("Sony", "IMX477", ""))
    made = {
        "transaction.an2": write_transaction(content(**brought(face=image, control_number=parcel))),
        "portrait.fac": members()["portrait.fac"],
    }
    taken = face.model_copy(update={"taken": LATER})
    return unpack(pack(manifest(**later(face=taken, parcel=parcel, amends=amends)), made))


def test_a_finger_that_was_rejected_is_replaced_and_everything_else_stays() -> None:
    whole = unpack(amend(BASE, with_finger(), rejected=LEFT))
    assert (whole.manifest.parcel, whole.manifest.kind, whole.manifest.amends) == (NEW_ID, Kind.AMENDMENT, PARCEL)
    assert whole.prints == {LEFT: BETTER, RIGHT: wsq_by_hand()}
    assert whole.portrait_jpeg == jpeg_by_hand()
    assert whole.manifest.operator == "op-9"
    taken = {entry.finger: entry.taken for entry in whole.manifest.fingers}
    assert taken == {RIGHT: CREATED, LEFT: LATER}
    assert [entry.finger for entry in whole.manifest.missing] == [Finger.LEFT_RING]
    assert (whole.transaction.control_number, whole.transaction.created) == (NEW_ID, LATER)


def test_every_picture_keeps_its_day_and_its_device() -> None:
    whole = unpack(amend(BASE, with_finger(), rejected=LEFT))
    records = read_records(whole.members["transaction.an2"])
    assert [record.record_type for record in records] == [1, 2, 10, 14, 14, 14]
    found = {record.text(13): (record.text(5), record.fields[904][0][1]) for record in records[2:5]}
    assert found["2"] == ("20261122", "FS80H")
    assert found["7"] == ("20261125", "FS88")
    assert [record.text(5) for record in records if record.record_type == 10] == ["20261122"]
    assert (whole.transaction.captured_on, whole.transaction.same_day) == (date(2026, 11, 25), False)


def test_a_portrait_is_replaced() -> None:
    whole = unpack(amend(BASE, with_face(), rejected="face"))
    assert whole.manifest.face is not None
    assert whole.manifest.face.taken == LATER
    assert set(whole.prints) == {LEFT, RIGHT}


def test_another_finger_may_stand_in_for_the_one_that_was_rejected() -> None:
    whole = unpack(amend(BASE, with_finger(MIDDLE), rejected=LEFT))
    assert set(whole.prints) == {RIGHT, MIDDLE}


def test_a_finger_that_cannot_be_given_any_more_goes() -> None:
    entry = MissingEntry(finger=LEFT, reason=MissingReason.AMPUTATED, permanent=True)
    transaction = write_transaction(content(**brought(missing=(MissingFinger(LEFT, MissingReason.AMPUTATED),))))
    gone = unpack(pack(manifest(**later(missing=(entry,))), {"transaction.an2": transaction}))
    whole = unpack(amend(BASE, gone, rejected=LEFT))
    assert set(whole.prints) == {RIGHT}
    assert [entry.finger for entry in whole.manifest.missing] == [Finger.LEFT_RING, LEFT]


def test_an_amendment_of_an_amendment_makes_a_whole_too() -> None:
    once = unpack(amend(BASE, with_finger(), rejected=LEFT))
    third = NEW_ID[:-1] + "2"
    whole = unpack(amend(once, with_face(third, NEW_ID), rejected="face"))
    assert (whole.prints[LEFT], whole.manifest.parcel, whole.manifest.amends) == (BETTER, third, NEW_ID)


@pytest.mark.parametrize(
    ("rejected", "new"), [("face", with_finger()), (LEFT, with_face()), (RIGHT, with_finger())], ids=str
)
def test_what_was_rejected_does_not_stay_without_anything_in_its_place(rejected: Part, new: Package) -> None:
    with pytest.raises(AmendsPartMissing):
        amend(BASE, new, rejected=rejected)


def test_another_application_is_refused() -> None:
    with pytest.raises(AmendsOtherApplication):
        amend(BASE, with_finger(application_number="EA-2026-000124"), rejected=LEFT)


def test_the_same_amendment_gives_the_same_bytes() -> None:
    assert amend(BASE, with_finger(), rejected=LEFT) == amend(BASE, with_finger(), rejected=LEFT)


def test_pictures_of_one_visit_are_of_one_day() -> None:
    """Only what was amended may have two."""
    whole = unpack(amend(BASE, with_finger(), rejected=LEFT))
    claimed = whole.manifest.model_copy(update={"kind": Kind.ENROLMENT, "amends": None, "members": ()})
    contents = {name: value for name, value in whole.members.items() if name != "manifest.json"}
    with pytest.raises(PackageInconsistent, match="one day"):
        pack(claimed, contents)


def test_an_amendment_of_something_else_is_refused() -> None:
    with pytest.raises(AmendmentRefused):
        amend(BASE, with_face(NEW_ID, NEW_ID[:-1] + "3"), rejected="face")
