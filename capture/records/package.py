"""All of a visit in one file: the manifest, the transaction, the portrait's record and one record a finger.

Members: `manifest.json`, `transaction.an2`, `portrait.fac`, `<finger>.fir`. A package that comes from a station is
foreign bytes: it is read with limits, every byte of it has one allowed form, and then its members must say the same.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from capture.records.agreement import check_agreement
from capture.records.errors import (
    FACE,
    PackageDamaged,
    PackageInconsistent,
    PackageManifestInvalid,
    PackageMemberDamaged,
    PackageMemberMissing,
    PackageMemberUnexpected,
    PackageRecordInvalid,
    PackageTooLarge,
    Part,
    RecordError,
)
from capture.records.face_record import FaceRecord
from capture.records.face_record import read as read_face_record
from capture.records.finger_record import FingerRecord
from capture.records.finger_record import read as read_finger_record
from capture.records.manifest import Kind, Manifest, Member, read_manifest, write_manifest
from capture.records.stored_zip import read_zip, write_zip
from capture.records.transaction_reading import Transaction, read_transaction
from drivers.contract import Finger

MANIFEST: Final = "manifest.json"
TRANSACTION: Final = "transaction.an2"
PORTRAIT: Final = "portrait.fac"
FINGERS: Final = {f"{finger}.fir": finger for finger in Finger}
"""The finger that a member is about, by the member's name."""

_MEDIA_TYPES = {
    TRANSACTION: "application/x-ansi-nist-itl",
    PORTRAIT: "application/x-iso-19794-5",
    **dict.fromkeys(FINGERS, "application/x-iso-19794-4"),
}
_KINDS = frozenset({Kind.ENROLMENT, Kind.AMENDMENT})

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """What a reader is ready to look at."""

    package_bytes: int = 4 * 1024 * 1024
    """Size of the whole file."""
    members: int = 16
    """Number of members, the manifest included."""
    member_bytes: int = 2 * 1024 * 1024
    """Size of one member."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose members were read and compared; its repr shows nothing of them."""

    manifest: Manifest = field(repr=False)
    """What the package says of itself."""
    transaction: Transaction = field(repr=False)
    """What the ANSI/NIST transaction says."""
    portrait: FaceRecord | None = field(repr=False)
    """The portrait's record, None when an amendment has none."""
    finger_records: dict[Finger, FingerRecord] = field(repr=False)
    """The prints' records."""
    members: dict[str, bytes] = field(repr=False)
    """Every member's bytes by name, the manifest among them."""

    @property
    def portrait_jpeg(self) -> bytes | None:
        """The portrait as a JPEG file."""
        return None if self.portrait is None else self.portrait.jpeg

    @property
    def prints(self) -> dict[Finger, bytes]:
        """The prints as WSQ files."""
        return {finger: record.wsq for finger, record in self.finger_records.items()}


def pack(manifest: Manifest, members: Mapping[str, bytes]) -> bytes:
    """The package's bytes, the same for the same content; a package that `unpack` would refuse is not made.

    :param manifest: all that the package says of itself but its list of members, which is filled in here.
    :param members: content by name: the transaction, the portrait's record, a record for each finger taken.
    :raises: PackageError, as `unpack` does.
    """
    _check_names(members)
    listed = tuple(_entry(name, members[name]) for name in sorted(members))
    whole = manifest.model_copy(update={"members": listed})
    data = write_zip({MANIFEST: write_manifest(whole), **{member.name: members[member.name] for member in listed}})
    if unpack(data).manifest != whole:
        raise PackageManifestInvalid("The manifest cannot be read back as it was written.")
    return data


def unpack(data: bytes, *, limits: PackageLimits | None = None) -> Package:
    """The package's content, after every byte was accounted for and every member was compared with the others.

    :raises: PackageError; where one finger or the face is at fault, its `part` says which.
    """
    members = _contents(data, limits=limits or PackageLimits())
    manifest = read_manifest(members[MANIFEST])
    contents = {name: content for name, content in members.items() if name != MANIFEST}
    _check_kind(manifest)
    _check_members(manifest, contents)
    transaction = _read(read_transaction, contents[TRANSACTION])
    portrait = _read(read_face_record, contents[PORTRAIT], part=FACE) if PORTRAIT in contents else None
    finger_records = {
        FINGERS[name]: _read(read_finger_record, content, part=FINGERS[name])
        for name, content in contents.items()
        if name in FINGERS
    }
    check_agreement(manifest, transaction=transaction, portrait=portrait, prints=finger_records)
    return Package(
        manifest=manifest,
        transaction=transaction,
        portrait=portrait,
        finger_records=finger_records,
        members=members,
    )


def _contents(data: bytes, *, limits: PackageLimits) -> dict[str, bytes]:
    """Members by name, the manifest's among them, all of allowed names."""
    if len(data) > limits.package_bytes:
        raise PackageTooLarge("The package is larger than is allowed.")
    contents = read_zip(data, members_max=limits.members, member_bytes_max=limits.member_bytes)
    others = [name for name in contents if name != MANIFEST]
    if MANIFEST not in contents:
        raise PackageMemberMissing("The package has no manifest.")
    _check_names(others)
    if list(contents) != [MANIFEST, *sorted(others)]:
        raise PackageDamaged("The package's members are not in their order.")
    return contents


def _check_names(names: Iterable[str]) -> None:
    if not _MEDIA_TYPES.keys() >= set(names):
        raise PackageMemberUnexpected("The package has a member of a name that no package has.")


def _check_kind(manifest: Manifest) -> None:
    if manifest.kind not in _KINDS:
        raise PackageManifestInvalid("The package is of a kind that this version does not carry.")
    if manifest.kind is Kind.ENROLMENT and manifest.face is None:
        raise PackageMemberMissing("An enrolment has a portrait.", part=FACE)
    if manifest.kind is Kind.ENROLMENT and not manifest.fingers and not manifest.exempt:
        raise PackageMemberMissing("An enrolment has prints, or says that the client is exempt.")


def _check_members(manifest: Manifest, contents: Mapping[str, bytes]) -> None:
    """Exactly the members that the manifest lists, as it lists them, and exactly those that its entries ask for."""
    listed = {member.name: member for member in manifest.members}
    portraits = {PORTRAIT} if manifest.face else set()
    asked = {TRANSACTION} | portraits | {f"{entry.finger}.fir" for entry in manifest.fingers}
    missing = sorted((asked | listed.keys()) - contents.keys())
    if missing:
        raise PackageMemberMissing("The package lacks a member.", part=_part(missing[0]))
    extra = sorted(contents.keys() - (asked & listed.keys()))
    if extra:
        raise PackageMemberUnexpected("The manifest does not ask for one of the members.", part=_part(extra[0]))
    changed = [name for name, content in contents.items() if listed[name] != _entry(name, content)]
    if changed:
        raise PackageMemberDamaged("A member is not the one that the manifest lists.", part=_part(changed[0]))
    if [member.name for member in manifest.members] != list(contents):
        raise PackageInconsistent("The manifest does not list the members in their order.")


def _entry(name: str, content: bytes) -> Member:
    digest = hashlib.sha256(content).hexdigest()
    return Member(name=name, media_type=_MEDIA_TYPES[name], size_bytes=len(content), sha256=digest)


def _part(name: str) -> Part | None:
    return FACE if name == PORTRAIT else FINGERS.get(name)


def _read(read: Callable[[bytes], _Record], content: bytes, *, part: Part | None = None) -> _Record:
    try:
        return read(content)
    except RecordError as error:
        raise PackageRecordInvalid(error.sentence, part=part or error.part) from error
