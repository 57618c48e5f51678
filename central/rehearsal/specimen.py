"""What simulated stations seal: whole packages with prints of the simulated world and a portrait of nobody.

The prints are of hands that no person has (`drivers.world`), pressed and encoded once a process. The portrait is a
shape in front of a wall, of the size that a real one has: nobody's photograph is used.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version

import numpy as np
from PIL import Image

from agent.wire import ParcelKind
from capture.profile import RecordRule
from capture.records import face_record, finger_record, wsq
from capture.records.manifest import (
    DeviceEntry,
    FaceEntry,
    FingerEntry,
    Kind,
    Manifest,
    Notice,
    ProfileName,
    RatioRemark,
    Times,
)
from capture.records.package import pack
from capture.records.transaction import DeviceName, FaceImage, FingerImage, TransactionContent, write_transaction
from capture.sample import Gate, Quality, Verdict
from central.rehearsal.identity import Identity
from drivers.contract import DeviceKind, Finger
from drivers.world.finger import WorldFinger
from drivers.world.press import Press
from vault.envelope import Context, Plain, Sealed, seal

APPLICATION, CLOSED_APPLICATION = "MIG-2026-000101", "MIG-2026-000199"
"""Of the simulated MIGRIS: one that takes biometrics, and one that does not any more."""

_PROFILE = ProfileName(name="lt-eresident", version=1)
_HANDS = 20_261_122
_WIDTH_PX, _HEIGHT_PX = 480, 640
_EYES_PX = ((173, 275), (307, 275))
_QUALITY = Quality(score=60, algorithm="smilius-rehearsal", version="1")
_GATE = Gate(id="rehearsal", value=0.0, unit="ratio", limit="-", verdict=Verdict.FAIL, sentence="This is no portrait.")


@dataclass(frozen=True, slots=True)
class Specimen:
    """Pictures that every package of a process shares."""

    jpeg: bytes
    """The portrait."""
    prints: dict[Finger, bytes]
    """The prints, WSQ."""


@cache
def specimen() -> Specimen:
    """Drawn when first asked for, which takes a second or two; the same in every process."""
    fingers = (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)
    return Specimen(_portrait(), {finger: _print(finger) for finger in fingers})


def sealed(identity: Identity, parcel: str, *, application: str, at: datetime) -> Sealed:
    """A whole package, sealed by this station for headquarters."""
    plain = Plain(_package(identity, parcel, application=application, at=at))
    context = Context(
        tenant=identity.tenant,
        station=identity.name,
        parcel=parcel,
        kind=ParcelKind.ENROLMENT.value,
        profile=f"{_PROFILE.name}/{_PROFILE.version}",
        plain_bytes=len(plain),
    )
    try:
        return seal(plain, context, recipient=identity.recipient, signer=identity.seal)
    finally:
        plain.zero()


def _package(identity: Identity, parcel: str, *, application: str, at: datetime) -> bytes:
    shared = specimen()
    content = TransactionContent(
        rule=RecordRule(),
        control_number=parcel,
        application_number=application,
        created=at,
        captured_on=at.date(),
        face=FaceImage(shared.jpeg, (_GATE,), DeviceName("Smilius", "rehearsal", "")),
        fingers=tuple(FingerImage(finger, image, _QUALITY, None) for finger, image in shared.prints.items()),
        missing=(),
    )
    members = {
        "transaction.an2": write_transaction(content),
        "portrait.fac": face_record.write(shared.jpeg, eyes_px=_EYES_PX, full_frontal=False),
    }
    for finger, image in shared.prints.items():
        members[f"{finger}.fir"] = finger_record.write(image, finger=finger, quality=_QUALITY.score)
    return pack(_manifest(identity, parcel, application=application, at=at), members)


def _manifest(identity: Identity, parcel: str, *, application: str, at: datetime) -> Manifest:
    shared = specimen()
    face = FaceEntry(
        taken=at,
        gates=(_GATE,),
        accepted_with_reason="A rehearsal, and nobody's portrait.",
        width_px=_WIDTH_PX,
        height_px=_HEIGHT_PX,
        jpeg_bytes=len(shared.jpeg),
        compression_ratio=_WIDTH_PX * _HEIGHT_PX * 3 / len(shared.jpeg),
    )
    return Manifest(
        parcel=parcel,
        kind=Kind.ENROLMENT,
        tenant=identity.tenant,
        station=identity.name,
        application_number=application,
        operator="rehearsal",
        profile=_PROFILE,
        notice=Notice(language="lt", shown=at),
        software=f"smilius {version('smilius')}",
        devices=tuple(_device(kind) for kind in (DeviceKind.CAMERA, DeviceKind.FINGERPRINT)),
        times=Times(opened=at, sealed=at),
        face=face,
        fingers=tuple(_finger(finger, image, at=at) for finger, image in shared.prints.items()),
        missing=(),
        exempt=False,
    )


def _finger(finger: Finger, image: bytes, *, at: datetime) -> FingerEntry:
    ratio = wsq.read_header(image).width_px * wsq.read_header(image).height_px / len(image)
    return FingerEntry(
        finger=finger,
        taken=at,
        quality=_QUALITY,
        threshold=26,
        attempts=1,
        measures={},
        wsq_bytes=len(image),
        compression_ratio=ratio,
        compression_remark=RatioRemark.of(ratio),
        area=None,
        accepted_with_reason=None,
    )


def _device(kind: DeviceKind) -> DeviceEntry:
    return DeviceEntry(
        kind=kind, make="Smilius", model="rehearsal", serial="", firmware="", certified=False, simulated=True
    )


def _print(finger: Finger) -> bytes:
    pixels = WorldFinger(_HANDS, finger).press(Press())
    height_px, width_px = pixels.shape
    return wsq.encode(pixels.tobytes(), width_px=width_px, height_px=height_px)


def _portrait() -> bytes:
    rng = np.random.default_rng(_HANDS)
    y, x = np.mgrid[0:_HEIGHT_PX, 0:_WIDTH_PX]
    head = ((x - 240) / 130) ** 2 + ((y - 300) / 190) ** 2 < 1
    shade = np.where(head, 150.0, 215.0)[..., None] * np.array([1.0, 0.94, 0.9])
    # a camera's noise is what makes a portrait as large as it is
    noisy = shade + rng.normal(0.0, 4.0, shade.shape)
    with io.BytesIO() as file:
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=92, subsampling=0)
        return file.getvalue()
