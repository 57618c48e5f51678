"""An amendment put into the package that it amends: a whole visit again, of what is good in one and new in the other.

Every picture keeps its record as it was made: its device, its day, its score. Who drove the later visit, when, and with
which software, is the later manifest's word.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from capture.records.errors import FACE, AmendmentRefused, AmendsOtherApplication, AmendsPartMissing, Part
from capture.records.itl import TaggedRecord, read_records, single, write_record
from capture.records.manifest import FingerEntry, Manifest, MissingEntry
from capture.records.package import MANIFEST, PORTRAIT, TRANSACTION, Package, pack
from capture.records.transaction import with_contents
from drivers.contract import Finger

DEVICES_MAX = 8
"""As many as a manifest has room for; those of the later visit first."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What of the amended package stays."""

    face: bool
    fingers: tuple[FingerEntry, ...]
    missing: tuple[MissingEntry, ...]

    @property
    def named(self) -> frozenset[Finger]:
        return frozenset(entry.finger for entry in self.fingers) | {entry.finger for entry in self.missing}

    @property
    def members(self) -> frozenset[str]:
        prints = (f"{entry.finger}.fir" for entry in self.fingers)
        return frozenset((*prints, *((PORTRAIT,) if self.face else ())))


def amend(amended: Package, new: Package, *, rejected: Part | None) -> bytes:
    """The whole visit's package, under the amendment's id; what the amendment has takes the place of what was there.

    :param amended: what was rejected, or rejected and amended already.
    :param rejected: the part for which it was: it does not stay.
    :raises: AmendmentRefused, AmendsOtherApplication, AmendsPartMissing; PackageError or TransactionInvalid when the
        whole would be none.
    """
    if new.manifest.amends != amended.manifest.parcel:
        raise AmendmentRefused("The amendment names another package than the one that it is put into.")
    if amended.manifest.application_number != new.manifest.application_number:
        raise AmendsOtherApplication("The amendment is of another application than what it amends.")
    kept = _kept(amended.manifest, new.manifest, rejected=rejected)
    manifest = _whole(amended.manifest, new.manifest, kept=kept)
    members = {name: content for name, content in amended.members.items() if name in kept.members}
    members |= {name: content for name, content in new.members.items() if name != MANIFEST}
    return pack(manifest, members | {TRANSACTION: _transaction(amended.members, new.members, kept=kept)})


def _kept(amended: Manifest, new: Manifest, *, rejected: Part | None) -> _Kept:
    again = {entry.finger for entry in new.fingers} | {entry.finger for entry in new.missing}
    goes = again | ({rejected} if isinstance(rejected, Finger) else set())
    return _Kept(
        face=amended.face is not None and new.face is None and rejected != FACE,
        fingers=() if new.exempt else tuple(entry for entry in amended.fingers if entry.finger not in goes),
        missing=tuple(entry for entry in amended.missing if entry.finger not in again),
    )


def _whole(amended: Manifest, new: Manifest, *, kept: _Kept) -> Manifest:
    face = amended.face if kept.face else new.face
    fingers = (*kept.fingers, *new.fingers)
    if face is None:
        raise AmendsPartMissing("With the amendment there is no portrait.", part=FACE)
    exempt = new.exempt or (amended.exempt and not fingers)
    if not fingers and not exempt:
        raise AmendsPartMissing("With the amendment there is no print, and nobody says that there can be none.")
    # who gives no other finger for the one that was rejected says why
    if len(fingers) < len(amended.fingers) and not new.missing and not exempt:
        raise AmendsPartMissing("With the amendment there are fewer prints than before, and it does not say why.")
    values = {
        "face": face,
        "fingers": fingers,
        "missing": (*kept.missing, *new.missing),
        "exempt": exempt,
        "devices": tuple(dict.fromkeys((*new.devices, *amended.devices)))[:DEVICES_MAX],
    }
    return new.model_copy(update=values)


def _transaction(amended: Mapping[str, bytes], new: Mapping[str, bytes], *, kept: _Kept) -> bytes:
    first, second, *pictures = read_records(new[TRANSACTION])
    _, _, *others = read_records(amended[TRANSACTION])
    wanted = {str(finger.code) for finger in kept.named}
    stay = [record for record in others if (kept.face if record.record_type == 10 else record.text(13) in wanted)]
    # as they are written at first: the portrait, the prints, what is missing
    ordered = sorted((*stay, *pictures), key=lambda record: (record.record_type, record.data is None))
    numbered = [_numbered(record, number) for number, record in enumerate((second, *ordered))]
    return b"".join(map(write_record, (with_contents(first, numbered), *numbered)))


def _numbered(record: TaggedRecord, idc: int) -> TaggedRecord:
    return TaggedRecord(record.record_type, record.fields | {2: single(str(idc))}, record.data)
