"""Whether the members of a package say the same: manifest, transaction, portrait's record and fingers' records."""

from collections.abc import Mapping
from math import isclose

from capture.records.errors import FACE, PackageInconsistent, Part
from capture.records.face_record import FaceRecord
from capture.records.finger_record import FingerRecord
from capture.records.manifest import FaceEntry, FingerEntry, Kind, Manifest
from capture.records.transaction import comment_on, is_full_frontal, nfiq_2_product
from capture.records.transaction_reading import ReadFace, ReadFinger, Transaction
from capture.sample import PrintArea
from drivers.contract import DeviceKind, Finger


def check_agreement(
    manifest: Manifest,
    *,
    transaction: Transaction,
    portrait: FaceRecord | None,
    prints: Mapping[Finger, FingerRecord],
) -> None:
    """Compare all that more than one member says.

    :param portrait: the portrait's record, None where the manifest has no face.
    :param prints: a record for exactly the fingers of the manifest.
    :raises: PackageInconsistent, with the face or the finger where they differ.
    """
    _demand(
        transaction.application_number == manifest.application_number and transaction.control_number == manifest.parcel,
        "The transaction and the manifest are not of the same application and parcel.",
    )
    _demand(
        transaction.same_day or manifest.kind is Kind.AMENDMENT, "The pictures of one visit are not all of one day."
    )
    _check_face(manifest.face, record=portrait, sent=transaction.face)
    taken = {entry.finger: entry for entry in manifest.fingers}
    for finger in sorted(taken.keys() | transaction.fingers.keys() | prints.keys()):
        _check_finger(finger, entry=taken.get(finger), record=prints.get(finger), sent=transaction.fingers.get(finger))
    _check_certified(manifest, prints=prints)
    _check_missing(manifest, missing=transaction.missing)


def _demand(agreed: bool, sentence: str, *, part: Part | None = None) -> None:
    if not agreed:
        raise PackageInconsistent(sentence, part=part)


def _check_face(entry: FaceEntry | None, *, record: FaceRecord | None, sent: ReadFace | None) -> None:
    if entry is None and record is None and sent is None:
        return
    if entry is None or record is None or sent is None:
        raise PackageInconsistent("The portrait is not in all members that should have it.", part=FACE)
    _demand(record.jpeg == sent.jpeg, "The transaction's portrait is not that of its record.", part=FACE)
    stated = (entry.width_px, entry.height_px, entry.jpeg_bytes)
    found = (record.width_px, record.height_px, len(record.jpeg))
    _demand(stated == found, "The portrait is not of the size that the manifest states.", part=FACE)
    full_frontal = is_full_frontal(entry.gates, confirmed=entry.confirmed)
    claimed = sent.full_frontal == record.full_frontal == full_frontal
    _demand(claimed, "The portrait's profile is not what its gates allow.", part=FACE)


def _check_finger(
    finger: Finger, *, entry: FingerEntry | None, record: FingerRecord | None, sent: ReadFinger | None
) -> None:
    if entry is None or record is None or sent is None:
        raise PackageInconsistent("The print is not in all members that should have it.", part=finger)
    _demand(record.finger is finger, "The finger record is of another finger than its name says.", part=finger)
    _demand(record.wsq == sent.wsq, "The transaction's print is not that of its record.", part=finger)
    _demand(entry.wsq_bytes == len(record.wsq), "The print is not of the size that the manifest states.", part=finger)
    stated_px = entry.compression_ratio * entry.wsq_bytes
    whole = isclose(stated_px, record.width_px * record.height_px, rel_tol=1e-9)
    _demand(whole, "The print is not compressed as the manifest states.", part=finger)
    _demand(_within(entry.area, record=record), "The finger does not lie within its print.", part=finger)
    product = nfiq_2_product(entry.quality)
    registered = None if product is None else (entry.quality.score, product)
    claimed = None if sent.registered is None else (sent.registered.score, sent.registered.product)
    told = sent.comment == comment_on(entry.quality)
    scored = record.quality == entry.quality.score and claimed == registered and told
    _demand(scored, "The print's score is not the same everywhere.", part=finger)


def _within(area: PrintArea | None, *, record: FingerRecord) -> bool:
    return area is None or (
        area.x_px + area.width_px <= record.width_px and area.y_px + area.height_px <= record.height_px
    )


def _check_certified(manifest: Manifest, *, prints: Mapping[Finger, FingerRecord]) -> None:
    certified = any(
        device.certified and not device.simulated
        for device in manifest.devices
        if device.kind is DeviceKind.FINGERPRINT
    )
    for finger, record in prints.items():
        claimed = certified or not record.certified
        _demand(claimed, "The finger record claims a certified scanner, and none took part.", part=finger)


def _check_missing(manifest: Manifest, *, missing: Mapping[Finger, str]) -> None:
    stated = {entry.finger: entry.reason.amp_code for entry in manifest.missing}
    for finger in sorted(stated.keys() | missing.keys()):
        same = stated.get(finger) == missing.get(finger)
        _demand(same, "The transaction and the manifest do not agree on a missing finger.", part=finger)
