"""The manifest: one written form, and nothing in it that contradicts itself."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from capture.missing import MissingReason
from capture.records.errors import PackageManifestInvalid
from capture.records.manifest import (
    MANIFEST_BYTES_MAX,
    CameraEntry,
    DeviceEntry,
    FingerEntry,
    Kind,
    Manifest,
    MissingEntry,
    RatioRemark,
    Times,
    read_manifest,
    write_manifest,
)
from capture.rejection import RejectionReason
from capture.sample import Quality
from drivers.contract import CameraSettings, DeviceKind, Facts, Finger
from tests.capture.records.damage import SETTINGS, damaged, outcome
from tests.capture.records.specimens import CREATED, LEFT, PARCEL, RIGHT, finger_entry, gate, manifest, wsq_by_hand

WRITTEN = write_manifest(manifest())


def test_what_was_written_is_read() -> None:
    assert read_manifest(WRITTEN) == manifest()


def test_the_form_is_canonical_json() -> None:
    parsed = json.loads(WRITTEN)
    canonical = json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical.encode() == WRITTEN
    assert parsed["times"] == {"opened": "2026-11-22T08:15:30.000Z", "sealed": "2026-11-22T08:15:30.000Z"}
    assert (parsed["kind"], parsed["format_version"], parsed["amends"]) == ("enrolment", 1, None)
    assert parsed["missing"] == [{"finger": "left-ring", "permanent": True, "reason": "amputated"}]


def test_text_in_any_language_is_kept() -> None:
    face = manifest().face
    assert face is not None
    accepted = manifest(face=face.model_copy(update={"accepted_with_reason": "Akių raištis, „nenuimamas“"}))
    assert read_manifest(write_manifest(accepted)) == accepted


def test_a_parcel_from_before_the_cameras_settings_still_reads_and_is_still_written_so() -> None:
    assert b'"camera"' not in WRITTEN.split(b'"face":{')[1].split(b"}")[0]
    face = manifest().face
    assert face is not None
    assert face.camera is None
    settings = CameraSettings(exposure_us=9_000, gain_ratio=1.5, white_balance_ratios=(1.9, 1.6))
    told = manifest(face=face.model_copy(update={"camera": CameraEntry.of(settings)}))
    written = write_manifest(told)
    assert json.loads(written)["face"]["camera"] == {
        "exposure_us": 9_000,
        "gain_ratio": 1.5,
        "white_balance_ratios": [1.9, 1.6],
        "focus_dioptres": None,
    }
    assert read_manifest(written) == told
    steps = CameraSettings(exposure_us=9_000, gain_steps=40, white_balance_k=4_600, focus_steps=30)
    by_steps = manifest(face=face.model_copy(update={"camera": CameraEntry.of(steps)}))
    entry = json.loads(write_manifest(by_steps))["face"]["camera"]
    assert (entry["gain_steps"], entry["white_balance_k"], entry["focus_steps"]) == (40, 4_600, 30)
    assert read_manifest(write_manifest(by_steps)) == by_steps
    assert CameraEntry.of(None) is None
    assert b"rejected_before" not in written
    assert b"relaxation" not in written
    relaxed = manifest(face=face.model_copy(update={"relaxation": "child"}))
    assert read_manifest(write_manifest(relaxed)) == relaxed
    rejected = manifest(face=face.model_copy(update={"rejected_before": (RejectionReason.GAZE,)}))
    assert json.loads(write_manifest(rejected))["face"]["rejected_before"] == ["gaze"]
    assert read_manifest(write_manifest(rejected)) == rejected


def test_nothing_of_the_person_is_in_the_repr() -> None:
    assert "EA-2026" not in repr(manifest())


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(WRITTEN + b"\n", id="a line end"),
        pytest.param(WRITTEN.replace(b":", b": ", 1), id="a space"),
        pytest.param(WRITTEN.replace(b'{"amends":null,', b'{"amends":null,"amends":null,'), id="a key twice"),
        pytest.param(WRITTEN.replace(b'"exempt":false', b'"exempt":0'), id="another type"),
        pytest.param(WRITTEN.replace(b'"exempt":false', b'"exempt":"no"'), id="text for a truth value"),
        pytest.param(WRITTEN.replace(b'"attempts":1', b'"attempts":1.0', 1), id="a float for a count"),
        pytest.param(WRITTEN.replace(b"70.7", b"7.07e1", 1), id="a number in another form"),
        pytest.param(WRITTEN.replace(b"70.7", b"NaN", 1), id="a number that is none"),
        pytest.param(WRITTEN.replace(b"08:15:30.000Z", b"08:15:30Z", 1), id="no milliseconds"),
        pytest.param(WRITTEN.replace(b"08:15:30.000Z", b"08:15:30.000+00:00", 1), id="an offset"),
        pytest.param(WRITTEN.replace(b"11-22T", b"02-30T", 1), id="a day that is none"),
        pytest.param(WRITTEN.replace(b'"format_version":1', b'"format_version":2'), id="another version"),
        pytest.param(WRITTEN.replace(b'"amends":null,', b""), id="a default left out"),
        pytest.param(WRITTEN.replace(b'"amends":null,', b'"amends":null,"amnesty":1,'), id="an unknown key"),
        pytest.param(WRITTEN.replace(b'"face":{', b'"face":{"camera":null,'), id="a later key without content"),
        pytest.param(WRITTEN.replace(PARCEL.encode(), b"01JD0000000000000000000000"), id="not a ULID"),
        pytest.param(WRITTEN.replace(b'"tenant":"md"', b'"tenant":"MD/.."'), id="not a name"),
        pytest.param(WRITTEN.replace(b'"score":61', b'"score":"61"'), id="text for a score"),
        pytest.param(b" " * (MANIFEST_BYTES_MAX + 1), id="too large"),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
def test_any_other_form_is_refused(written: bytes) -> None:
    with pytest.raises(PackageManifestInvalid):
        read_manifest(written)


def test_the_refusal_repeats_nothing_that_was_read() -> None:
    with pytest.raises(PackageManifestInvalid) as refused:
        read_manifest(WRITTEN.replace(b"EA-2026-000123", b"EA 2026 SECRET"))
    assert "SECRET" not in refused.value.sentence + str(refused.value.__cause__)


def test_a_number_that_is_none_is_not_written() -> None:
    face = manifest().face
    assert face is not None
    unmeasured = gate().model_copy(update={"value": float("nan")})
    with pytest.raises(PackageManifestInvalid):
        write_manifest(manifest(face=face.model_copy(update={"gates": (unmeasured,)})))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"kind": Kind.AMENDMENT}, id="an amendment of nothing"),
        pytest.param({"amends": PARCEL}, id="an enrolment that amends"),
        pytest.param({"exempt": True}, id="exempt with prints"),
        pytest.param({"fingers": manifest().fingers * 2}, id="a finger twice"),
        pytest.param(
            {"missing": (MissingEntry(finger=RIGHT, reason=MissingReason.INJURED, permanent=False),)},
            id="taken and missing",
        ),
        pytest.param({"application_number": "A B"}, id="a space in the number"),
        pytest.param({"operator": ""}, id="no operator"),
        pytest.param({"station": "../x"}, id="a path"),
        pytest.param({"profile": {"name": "x", "version": 0}}, id="version 0"),
        pytest.param({"notice": {"language": "lietuvių", "shown": CREATED}}, id="not a language tag"),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        manifest(**changes)


def test_the_reason_decides_whether_a_finger_stays_missing() -> None:
    with pytest.raises(ValidationError):
        MissingEntry(finger=LEFT, reason=MissingReason.BANDAGED, permanent=True)


def test_an_amendment_may_have_one_print_only() -> None:
    other = "01jd0000000000000000000001"
    entry = finger_entry(Finger.RIGHT_MIDDLE, wsq_by_hand(), Quality(score=40, algorithm="own", version="1"))
    amendment = manifest(kind=Kind.AMENDMENT, amends=other, face=None, fingers=(entry,))
    assert read_manifest(write_manifest(amendment)).amends == other


def test_times_are_cut_to_milliseconds_and_must_be_utc() -> None:
    fine = datetime(2026, 1, 2, 3, 4, 5, 678999, tzinfo=UTC)
    assert Times(opened=fine, sealed=fine).model_dump_json() == (
        '{"opened":"2026-01-02T03:04:05.678Z","sealed":"2026-01-02T03:04:05.678Z"}'
    )
    for other in (fine.replace(tzinfo=None), fine.astimezone(timezone(timedelta(hours=2)))):
        with pytest.raises(ValidationError):
            Times(opened=fine, sealed=other)


def test_a_device_s_own_words_never_stop_a_visit() -> None:
    facts = Facts(
        kind=DeviceKind.CAMERA,
        make="Sony\x00",
        model="x" * 300,
        serial="",
        firmware="",
        certified=False,
        simulated=True,
    )
    entry = DeviceEntry.of(facts)
    assert (entry.kind, entry.make, len(entry.model), entry.simulated) == (DeviceKind.CAMERA, "Sony?", 200, True)


@SETTINGS
@given(data=st.deferred(lambda: damaged(WRITTEN)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    read = outcome(read_manifest, data, error=PackageManifestInvalid)
    if isinstance(read, Manifest):
        assert write_manifest(read) == data


@pytest.mark.parametrize(
    ("ratio", "remark"),
    [(9.999, "below-10-to-1"), (10.0, None), (15.0, None), (20.0, None), (20.001, "above-20-to-1")],
)
def test_a_ratio_outside_the_usual_is_remarked_on(ratio: float, remark: str | None) -> None:
    assert RatioRemark.of(ratio) == remark
    entry = manifest().fingers[0].model_dump(mode="json") | {"compression_ratio": ratio}
    assert FingerEntry.model_validate(entry | {"compression_remark": remark}).compression_remark == remark
    other = "above-20-to-1" if remark is None else None
    with pytest.raises(ValidationError, match="the ratio decides"):
        FingerEntry.model_validate(entry | {"compression_remark": other})


def test_what_is_said_to_the_client_is_not_written() -> None:
    face = manifest().face
    assert face is not None
    spoken = tuple(one.model_copy(update={"client_sentence": "Please hold still."}) for one in face.gates)
    written = write_manifest(manifest(face=face.model_copy(update={"gates": spoken})))
    assert spoken
    assert written == write_manifest(manifest())
