"""From samples to the package: manifest, transaction, records, one file. Pure; runs in the worker only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from agent.visit.channel import Pack
from capture.profile import Profile
from capture.records import face_record, finger_record
from capture.records.manifest import (
    CameraEntry,
    DeviceEntry,
    FaceEntry,
    FingerEntry,
    Kind,
    Manifest,
    MissingEntry,
    Notice,
    ProfileName,
    RatioRemark,
    Times,
)
from capture.records.package import pack
from capture.records.transaction import (
    DeviceName,
    FaceImage,
    FingerImage,
    MissingFinger,
    TransactionContent,
    is_full_frontal,
    write_transaction,
)
from capture.sample import FaceSample, FingerSample
from drivers.contract import Facts, Finger


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the worker holds when the operator confirms."""

    tenant: str
    """Whose station it is."""
    station: str
    """Which station."""
    application: str = field(repr=False)
    """The application's number."""
    profile: Profile
    """What the visit asked for."""
    camera: Facts
    """The camera."""
    sensor: Facts
    """The fingerprint sensor."""
    portrait: tuple[FaceSample, datetime] = field(repr=False)
    """The portrait and when its frame was taken."""
    prints: Mapping[Finger, tuple[FingerSample, datetime]] = field(repr=False)
    """The prints that go in, and when their frames were taken."""


def write_package(material: Material, order: Pack, *, now: datetime) -> bytes:
    """The package's bytes. :raises: RecordError when the samples cannot become records."""
    members = {
        "transaction.an2": write_transaction(_transaction(material, order, now=now)),
        "portrait.fac": _portrait_record(material.portrait[0]),
    }
    for finger, (sample, _) in material.prints.items():
        members[f"{finger.value}.fir"] = finger_record.write(
            sample.wsq, finger=finger, quality=sample.quality.score, certified=material.sensor.certified
        )
    return pack(_manifest(material, order, now=now), members)


def _portrait_record(portrait: FaceSample) -> bytes:
    full_frontal = is_full_frontal(portrait.gates, confirmed=_confirmed(portrait))
    return face_record.write(portrait.jpeg, eyes_px=portrait.eyes_px, full_frontal=full_frontal)


def _confirmed(portrait: FaceSample) -> tuple[str, ...]:
    """What the operator was asked about it: nothing is packed before it is confirmed."""
    return tuple(gate.id for gate in portrait.gates if gate.asks)


def _transaction(material: Material, order: Pack, *, now: datetime) -> TransactionContent:
    portrait, taken = material.portrait
    sensor = _device_name(material.sensor)
    return TransactionContent(
        rule=material.profile.record,
        control_number=order.parcel,
        application_number=material.application,
        created=now,
        captured_on=taken.date(),
        face=FaceImage(portrait.jpeg, portrait.gates, _device_name(material.camera), confirmed=_confirmed(portrait)),
        fingers=tuple(
            FingerImage(finger, sample.wsq, sample.quality, sensor) for finger, (sample, _) in material.prints.items()
        ),
        missing=tuple(MissingFinger(entry.finger, entry.reason) for entry in order.missing),
    )


def _manifest(material: Material, order: Pack, *, now: datetime) -> Manifest:
    profile = material.profile
    return Manifest(
        parcel=order.parcel,
        kind=Kind.ENROLMENT,
        tenant=material.tenant,
        station=material.station,
        application_number=material.application,
        operator=order.operator,
        profile=ProfileName(name=profile.name, version=profile.version),
        notice=Notice(language=order.notice_language, shown=order.notice_shown),
        software=f"smilius {version('smilius')}",
        devices=(DeviceEntry.of(material.camera), DeviceEntry.of(material.sensor)),
        times=Times(opened=order.opened, sealed=now),
        face=_face_entry(material, order),
        fingers=tuple(_finger_entry(material, order, finger=kept.finger) for kept in order.fingers),
        missing=tuple(
            MissingEntry(finger=entry.finger, reason=entry.reason, permanent=entry.reason.permanent)
            for entry in order.missing
        ),
        exempt=order.exempt,
    )


def _face_entry(material: Material, order: Pack) -> FaceEntry:
    sample, taken = material.portrait
    return FaceEntry(
        taken=taken,
        # what the client was told is not part of the manifest's form
        gates=tuple(gate.model_copy(update={"client_sentence": ""}) for gate in sample.gates),
        accepted_with_reason=order.face_reason,
        confirmed=_confirmed(sample),
        width_px=sample.width_px,
        height_px=sample.height_px,
        jpeg_bytes=len(sample.jpeg),
        compression_ratio=sample.width_px * sample.height_px * 3 / len(sample.jpeg),
        camera=CameraEntry.of(sample.settings),
        rejected_before=order.face_rejections,
        relaxation=order.face_relaxation,
    )


def _finger_entry(material: Material, order: Pack, *, finger: Finger) -> FingerEntry:
    sample, taken = material.prints[finger]
    attempts = next(kept.attempts for kept in order.fingers if kept.finger == finger)
    ratio = sample.pixels.size / len(sample.wsq)
    return FingerEntry(
        finger=finger,
        taken=taken,
        quality=sample.quality,
        threshold=material.profile.finger.threshold(finger),
        attempts=attempts,
        measures=sample.measures,
        wsq_bytes=len(sample.wsq),
        compression_ratio=ratio,
        compression_remark=RatioRemark.of(ratio),
        area=sample.area,
        accepted_with_reason=order.fingers_reason,
    )


def _device_name(facts: Facts) -> DeviceName:
    return DeviceName(make=facts.make, model=facts.model, serial=facts.serial)
