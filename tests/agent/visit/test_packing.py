"""From samples to the package, and back through the strict reader."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from agent.visit.channel import KeptFinger, MissedFinger, Pack
from agent.visit.packing import Material, write_package
from capture.missing import MissingReason
from capture.profile import Profile
from capture.records.errors import PackageMemberMissing, RecordError
from capture.records.package import Package, unpack
from capture.rejection import RejectionReason
from capture.sample import WAIVED, FaceSample, FingerSample, Gate, Quality, Verdict
from drivers.contract import CameraSettings, DeviceKind, Facts, Finger
from tests.capture.records.specimens import EYES_PX, PARCEL, gate, jpeg_by_hand, wsq_by_hand

OPENED = datetime(2026, 11, 22, 8, 0, 0, 123_000, tzinfo=UTC)
FRAMED, NOW = OPENED + timedelta(seconds=40), OPENED + timedelta(seconds=90)
RIGHT, LEFT = Finger.RIGHT_INDEX, Finger.LEFT_INDEX
SENSOR = Facts(
    kind=DeviceKind.FINGERPRINT,
    make="Futronic",
    model="FS80H",
    serial="A1",
    firmware="1.2",
    certified=True,
    simulated=False,
)
CAMERA = replace(SENSOR, kind=DeviceKind.CAMERA, make="smilius", model="sim", serial="", certified=False)


def _face(*gates: Gate) -> FaceSample:
    return FaceSample(
        jpeg=jpeg_by_hand(), width_px=480, height_px=640, eyes_px=EYES_PX, gates=gates or (gate(),), taken_ns=1
    )


def _print(finger: Finger) -> FingerSample:
    return FingerSample(
        finger=finger,
        pixels=np.full((480, 320), 9, np.uint8),
        wsq=wsq_by_hand(data=finger.value.encode()),
        ppi=500,
        quality=Quality(score=61, algorithm="smilius-29794-4", version="1.0"),
        measures={"UniformImage": 70.5},
        taken_ns=2,
    )


def _material(*fingers: Finger, face: FaceSample | None = None, sensor: Facts = SENSOR) -> Material:
    return Material(
        tenant="lt",
        station="vilnius-1",
        application="EA-2026-000123",
        profile=Profile(),
        camera=CAMERA,
        sensor=sensor,
        portrait=(face or _face(), FRAMED),
        prints={finger: (_print(finger), FRAMED) for finger in fingers},
    )


def _order(*fingers: Finger, missing: Mapping[Finger, MissingReason] | None = None, **changes: object) -> Pack:
    values: dict[str, object] = {
        "parcel": PARCEL,
        "operator": "op-7",
        "notice_language": "lt",
        "notice_shown": OPENED,
        "opened": OPENED,
        "face_reason": None,
        "fingers": tuple(KeptFinger(finger=finger, attempts=2) for finger in fingers),
        "fingers_reason": None,
        "missing": tuple(MissedFinger(finger=finger, reason=reason) for finger, reason in (missing or {}).items()),
        "exempt": False,
    }
    return Pack.model_validate({**values, **changes})


def _packed(*fingers: Finger, missing: Mapping[Finger, MissingReason] | None = None, **changes: object) -> Package:
    return unpack(write_package(_material(*fingers), _order(*fingers, missing=missing, **changes), now=NOW))


def test_what_was_taken_comes_out_byte_for_byte() -> None:
    package = _packed(RIGHT, LEFT)
    assert package.portrait_jpeg == jpeg_by_hand()
    assert package.prints == {finger: _print(finger).wsq for finger in (RIGHT, LEFT)}
    assert sorted(package.members) == [
        "left-index.fir",
        "manifest.json",
        "portrait.fac",
        "right-index.fir",
        "transaction.an2",
    ]


def test_the_same_content_is_the_same_package_byte_for_byte() -> None:
    first, second = (write_package(_material(RIGHT, LEFT), _order(RIGHT, LEFT), now=NOW) for _ in range(2))
    assert first == second


def test_the_manifest_tells_how_it_came_about() -> None:
    manifest = _packed(RIGHT, LEFT, face_reason="smiles", missing={Finger.LEFT_RING: MissingReason.AMPUTATED}).manifest
    assert (manifest.tenant, manifest.station, manifest.operator) == ("lt", "vilnius-1", "op-7")
    assert (manifest.application_number, manifest.parcel) == ("EA-2026-000123", PARCEL)
    assert (manifest.profile.name, manifest.profile.version) == ("lt-eresident", 1)
    assert (manifest.times.opened, manifest.times.sealed, manifest.notice.shown) == (OPENED, NOW, OPENED)
    assert manifest.face is not None
    assert (manifest.face.taken, manifest.face.accepted_with_reason) == (FRAMED, "smiles")
    assert manifest.face.jpeg_bytes == len(jpeg_by_hand())
    first = manifest.fingers[0]
    assert (first.finger, first.attempts, first.threshold, first.taken) == (RIGHT, 2, 26, FRAMED)
    assert first.wsq_bytes == len(_print(RIGHT).wsq)
    assert first.compression_ratio == pytest.approx(480 * 320 / first.wsq_bytes)
    assert (first.compression_remark, first.area) == ("above-20-to-1", None)
    assert first.measures == {"UniformImage": 70.5}
    assert [(entry.finger, entry.permanent) for entry in manifest.missing] == [(Finger.LEFT_RING, True)]
    assert [device.model for device in manifest.devices] == ["sim", "FS80H"]
    assert manifest.software.startswith("smilius ")


def test_the_portrait_tells_what_the_camera_took_it_with() -> None:
    face = replace(_face(), settings=CameraSettings(exposure_us=9_000))
    manifest = unpack(write_package(_material(RIGHT, face=face), _order(RIGHT), now=NOW)).manifest
    assert manifest.face is not None
    assert manifest.face.camera is not None
    assert (manifest.face.camera.exposure_us, manifest.face.camera.gain_ratio) == (9_000, None)
    silent = _packed(RIGHT).manifest.face
    assert silent is not None
    assert silent.camera is None


def test_what_the_client_was_told_stays_out_of_the_manifest() -> None:
    told = gate().model_copy(update={"client_sentence": "Please close your mouth."})
    face = unpack(write_package(_material(RIGHT, face=_face(told)), _order(RIGHT), now=NOW)).manifest.face
    assert face is not None
    assert face.gates == (gate(),)


def test_why_portraits_were_rejected_before_travels() -> None:
    reasons = (RejectionReason.GATES_FAILED, RejectionReason.GAZE)
    face = _packed(RIGHT, face_rejections=reasons).manifest.face
    assert face is not None
    assert face.rejected_before == reasons


def test_by_which_relaxation_the_portrait_was_judged_travels() -> None:
    told, silent = _packed(RIGHT, face_relaxation="child").manifest.face, _packed(RIGHT).manifest.face
    assert told is not None
    assert silent is not None
    assert (told.relaxation, silent.relaxation) == ("child", None)


def test_the_transaction_says_the_same() -> None:
    transaction = _packed(RIGHT, missing={LEFT: MissingReason.BANDAGED}, fingers_reason="urgent").transaction
    assert (transaction.application_number, transaction.control_number) == ("EA-2026-000123", PARCEL)
    assert transaction.fingers.keys() == {RIGHT}
    assert transaction.missing == {LEFT: "UP"}


def test_fewer_fingers_carry_the_supervisors_reason() -> None:
    manifest = _packed(RIGHT, fingers_reason="flight tomorrow").manifest
    assert [entry.accepted_with_reason for entry in manifest.fingers] == ["flight tomorrow"]


def test_who_is_exempt_has_no_prints() -> None:
    package = _packed(exempt=True, missing=dict.fromkeys(Finger, MissingReason.CANNOT_BE_CAPTURED))
    assert (package.manifest.exempt, package.prints, len(package.manifest.missing)) == (True, {}, 10)


def test_a_visit_without_prints_that_is_not_exempt_is_no_package() -> None:
    with pytest.raises(PackageMemberMissing):
        _packed()


@pytest.mark.parametrize("simulated", [False, True])
def test_a_certified_sensor_is_called_so(simulated: bool) -> None:
    sensor = replace(SENSOR, simulated=simulated, certified=not simulated)
    package = unpack(write_package(_material(RIGHT, sensor=sensor), _order(RIGHT), now=NOW))
    assert package.finger_records[RIGHT].certified == (not simulated)


def test_a_failed_gate_stays_failed_although_it_was_accepted() -> None:
    face = _face(gate(Verdict.FAIL))
    package = unpack(write_package(_material(RIGHT, face=face), _order(RIGHT, face_reason="smiles"), now=NOW))
    assert package.transaction.face is not None
    assert not package.transaction.face.full_frontal


def test_what_was_asked_and_confirmed_makes_it_full_frontal_and_is_said() -> None:
    asked = gate(Verdict.NOT_ASSESSED).model_copy(update={"id": "glasses"})
    whole = unpack(write_package(_material(RIGHT, face=_face(gate(), asked)), _order(RIGHT), now=NOW))
    assert whole.transaction.face is not None
    assert whole.portrait is not None
    assert whole.manifest.face is not None
    assert whole.manifest.face.confirmed == ("glasses",)
    assert (whole.transaction.face.full_frontal, whole.portrait.full_frontal) == (True, True)


def test_what_was_waived_is_neither_asked_nor_full_frontal() -> None:
    waived = gate(Verdict.NOT_ASSESSED).model_copy(update={"id": "yaw", "limit": WAIVED})
    whole = unpack(write_package(_material(RIGHT, face=_face(gate(), waived)), _order(RIGHT), now=NOW))
    assert whole.portrait is not None
    assert whole.manifest.face is not None
    assert (whole.portrait.full_frontal, whole.manifest.face.confirmed) == (False, ())


def test_samples_that_cannot_become_records_are_an_error_of_the_floor_below() -> None:
    material = _material(RIGHT)
    torn = replace(material.portrait[0], jpeg=b"\xff\xd8 torn")
    with pytest.raises(RecordError):
        write_package(replace(material, portrait=(torn, FRAMED)), _order(RIGHT), now=NOW)


def test_nothing_of_the_person_is_in_a_repr() -> None:
    shown = repr(_material(RIGHT))
    assert "EA-2026" not in shown
    assert "JFIF" not in shown
