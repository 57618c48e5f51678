"""Members that are each whole, but do not say the same: every pair of them is found out, by finger or face."""

import pytest

from capture.missing import MissingReason
from capture.records import face_record, finger_record
from capture.records.errors import PackageInconsistent
from capture.records.manifest import Manifest, MissingEntry
from capture.records.package import pack, unpack
from capture.records.transaction import FaceImage, FingerImage, MissingFinger, write_transaction
from capture.sample import Quality, Verdict
from drivers.contract import DeviceKind, Finger
from tests.capture.records.specimens import (
    AREA,
    EYES_PX,
    LEFT,
    OWN_QUALITY,
    RIGHT,
    content,
    finger_entry,
    gate,
    jpeg_by_hand,
    manifest,
    members,
    package,
    segment,
    wsq_by_hand,
)

OTHER_WSQ = wsq_by_hand(data=b"of somebody else")
OTHER_JPEG = jpeg_by_hand(more=segment(0xFFFE, b"of somebody else"))
NFIQ = Quality(score=54, algorithm="NFIQ 2", version="2.3.0")


def _refused(changed: Manifest | None = None, **changes: bytes) -> PackageInconsistent:
    with pytest.raises(PackageInconsistent) as refused:
        pack(changed or manifest(), members(**changes))
    return refused.value


def test_members_that_agree_pass() -> None:
    assert unpack(package()).manifest.parcel == manifest().parcel


@pytest.mark.parametrize("changes", [{"application_number": "EA-2026-000124"}, {"control_number": "OTHER"}])
def test_another_application_or_parcel(changes: dict[str, object]) -> None:
    assert _refused(transaction_an2=write_transaction(content(**changes))).part is None


def test_the_portrait_of_somebody_else() -> None:
    assert _refused(portrait_fac=face_record.write(OTHER_JPEG, eyes_px=EYES_PX, full_frontal=True)).part == "face"


def test_a_transaction_without_the_portrait() -> None:
    assert _refused(transaction_an2=write_transaction(content(face=None))).part == "face"


@pytest.mark.parametrize("change", [{"width_px": 640}, {"height_px": 480}, {"jpeg_bytes": 1}])
def test_a_portrait_of_another_size(change: dict[str, int]) -> None:
    face = manifest().face
    assert face is not None
    assert _refused(manifest(face=face.model_copy(update=change))).part == "face"


def test_a_full_frontal_claim_that_the_gates_do_not_allow() -> None:
    face = manifest().face
    assert face is not None
    failed = manifest(face=face.model_copy(update={"gates": (gate(), gate(Verdict.FAIL))}))
    assert _refused(failed).part == "face"
    honest = write_transaction(content(face=FaceImage(jpeg_by_hand(), (gate(Verdict.FAIL),), None)))
    basic = face_record.write(jpeg_by_hand(), eyes_px=EYES_PX, full_frontal=False)
    assert unpack(pack(failed, members(transaction_an2=honest, portrait_fac=basic))).portrait_jpeg == jpeg_by_hand()
    with pytest.raises(PackageInconsistent):
        pack(failed, members(transaction_an2=honest))


def test_what_nothing_could_assess_is_full_frontal_when_a_person_has_said_so() -> None:
    face = manifest().face
    assert face is not None
    asked = (gate(), gate(Verdict.NOT_ASSESSED).model_copy(update={"id": "glasses"}))
    sent = write_transaction(content(face=FaceImage(jpeg_by_hand(), asked, None, confirmed=("glasses",))))
    answered = face.model_copy(update={"gates": asked, "confirmed": ("glasses",)})
    assert unpack(pack(manifest(face=answered), members(transaction_an2=sent))).portrait_jpeg == jpeg_by_hand()
    open_still = face.model_copy(update={"gates": asked})
    assert _refused(manifest(face=open_still), transaction_an2=sent).part == "face"


def test_the_print_of_somebody_else() -> None:
    other = finger_record.write(OTHER_WSQ, finger=LEFT, quality=54)
    assert _refused(left_index_fir=other).part == "left-index"


def test_a_record_of_another_finger_than_its_name() -> None:
    other = finger_record.write(wsq_by_hand(), finger=Finger.RIGHT_MIDDLE, quality=61)
    assert _refused(right_index_fir=other).part == "right-index"


def test_a_print_of_another_size_than_stated() -> None:
    entries = (finger_entry(RIGHT, OTHER_WSQ, OWN_QUALITY), manifest().fingers[1])
    assert _refused(manifest(fingers=entries)).part == "right-index"


def test_another_score_in_the_record() -> None:
    other = finger_record.write(wsq_by_hand(), finger=RIGHT, quality=62)
    assert _refused(right_index_fir=other).part == "right-index"


@pytest.mark.parametrize(
    "quality",
    [
        Quality(score=55, algorithm="NFIQ 2", version="2.3.0"),
        Quality(score=54, algorithm="NFIQ 2", version="2.2"),
        Quality(score=54, algorithm="smilius-ridges", version="1.0"),
    ],
)
def test_another_score_or_algorithm_in_the_transaction(quality: Quality) -> None:
    left = FingerImage(LEFT, wsq_by_hand(data=b"other"), quality, None)
    changed = write_transaction(content(fingers=(content().fingers[0], left)))
    assert _refused(transaction_an2=changed).part == "left-index"


@pytest.mark.parametrize("quality", [OWN_QUALITY.model_copy(update=one) for one in ({"score": 62}, {"version": "2.0"})])
def test_another_comment_on_the_score_in_the_transaction(quality: Quality) -> None:
    right = FingerImage(RIGHT, wsq_by_hand(), quality, None)
    changed = write_transaction(content(fingers=(right, content().fingers[1])))
    assert _refused(transaction_an2=changed).part == "right-index"


def test_a_print_that_is_not_compressed_as_stated() -> None:
    right, left = manifest().fingers
    wrong = right.model_copy(update={"compression_ratio": right.compression_ratio * 1.001})
    assert _refused(manifest(fingers=(wrong, left))).part == "right-index"


@pytest.mark.parametrize("change", [{"x_px": 81}, {"y_px": 121}])
def test_a_finger_that_does_not_lie_within_its_print(change: dict[str, int]) -> None:
    right, left = manifest().fingers
    wrong = right.model_copy(update={"area": AREA.model_copy(update=change)})
    assert _refused(manifest(fingers=(wrong, left))).part == "right-index"
    nobody_looked = right.model_copy(update={"area": None})
    assert unpack(pack(manifest(fingers=(nobody_looked, left)), members())).manifest.fingers[0].area is None


def test_a_print_that_only_the_transaction_has() -> None:
    thumb = FingerImage(Finger.LEFT_THUMB, wsq_by_hand(), NFIQ, None)
    changed = write_transaction(content(fingers=(*content().fingers, thumb)))
    assert _refused(transaction_an2=changed).part == "left-thumb"


def test_a_print_that_the_transaction_lacks() -> None:
    changed = write_transaction(content(fingers=content().fingers[:1]))
    assert _refused(transaction_an2=changed).part == "left-index"


@pytest.mark.parametrize("simulated", [False, True])
def test_a_certified_record_needs_a_certified_scanner(*, simulated: bool) -> None:
    certified = finger_record.write(wsq_by_hand(), finger=RIGHT, quality=61, certified=True)
    assert _refused(right_index_fir=certified).part == "right-index"
    device = manifest().devices[0].model_copy(update={"certified": True, "simulated": simulated})
    camera = device.model_copy(update={"kind": DeviceKind.CAMERA, "simulated": False})
    if simulated:
        assert _refused(manifest(devices=(device, camera)), right_index_fir=certified).part == "right-index"
    else:
        assert unpack(pack(manifest(devices=(device,)), members(right_index_fir=certified))).finger_records


@pytest.mark.parametrize(
    "missing",
    [
        (),
        (MissingFinger(Finger.LEFT_RING, MissingReason.INJURED),),
        (MissingFinger(Finger.LEFT_LITTLE, MissingReason.AMPUTATED),),
    ],
)
def test_another_missing_finger(missing: tuple[MissingFinger, ...]) -> None:
    changed = write_transaction(content(missing=missing))
    assert _refused(transaction_an2=changed).part in {"left-ring", "left-little"}


def test_a_missing_finger_that_the_transaction_lacks() -> None:
    entry = MissingEntry(finger=Finger.RIGHT_LITTLE, reason=MissingReason.BANDAGED, permanent=False)
    assert _refused(manifest(missing=(*manifest().missing, entry))).part == "right-little"
