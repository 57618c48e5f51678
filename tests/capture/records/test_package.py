"""The package: what a station makes, and what headquarters accepts of what comes as one."""

import hashlib
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records import face_record, finger_record
from capture.records.errors import (
    PackageDamaged,
    PackageError,
    PackageInconsistent,
    PackageManifestInvalid,
    PackageMemberDamaged,
    PackageMemberMissing,
    PackageMemberUnexpected,
    PackageRecordInvalid,
    PackageTooLarge,
)
from capture.records.manifest import Kind, read_manifest, write_manifest
from capture.records.package import Package, PackageLimits, pack, unpack
from capture.records.stored_zip import read_zip, write_zip
from capture.records.transaction import write_transaction
from tests.capture.records.damage import SETTINGS, damaged, outcome
from tests.capture.records.specimens import (
    LEFT,
    PARCEL,
    RIGHT,
    content,
    jpeg_by_hand,
    manifest,
    members,
    package,
    wsq_by_hand,
)

PACKAGE = package()
CONTENTS = read_zip(PACKAGE, members_max=16, member_bytes_max=1 << 20)


def _rezipped(**changes: bytes | None) -> bytes:
    """The package with members replaced or, with None, left out; the manifest stays as it was."""
    named = {name.replace("-", "_").replace(".", "_"): name for name in CONTENTS}
    changed = CONTENTS | {named[key]: value for key, value in changes.items()}
    return write_zip({name: value for name, value in changed.items() if value is not None})


def _relisted(**changes: object) -> bytes:
    """The package with its manifest's keys changed, in canonical form."""
    values = json.loads(CONTENTS["manifest.json"]) | changes
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _rezipped(manifest_json=text.encode())


def test_what_was_packed_is_unpacked() -> None:
    read = unpack(PACKAGE)
    assert read.portrait_jpeg == jpeg_by_hand()
    assert read.prints == {RIGHT: wsq_by_hand(), LEFT: wsq_by_hand(data=b"other")}
    assert read.transaction.application_number == read.manifest.application_number == "EA-2026-000123"
    assert read.members["transaction.an2"] == write_transaction(content())
    assert repr(read) == "Package()"


def test_the_manifest_lists_every_other_member() -> None:
    listed = unpack(PACKAGE).manifest.members
    assert [member.name for member in listed] == [
        "left-index.fir",
        "portrait.fac",
        "right-index.fir",
        "transaction.an2",
    ]
    for member in listed:
        assert member.size_bytes == len(CONTENTS[member.name])
        assert member.sha256 == hashlib.sha256(CONTENTS[member.name]).hexdigest()
    assert next(iter(CONTENTS)) == "manifest.json"


def test_the_bytes_do_not_change() -> None:
    assert package() == PACKAGE
    assert hashlib.sha256(PACKAGE).hexdigest() == "5e51c06d7b1e78f77efd4b660cc3a96ac9c318e726dc86eeb889c13ecb27ec6b"


def test_an_independent_reader_finds_the_members() -> None:
    with zipfile.ZipFile(io.BytesIO(PACKAGE)) as archive:
        assert archive.namelist() == list(CONTENTS)
        assert read_manifest(archive.read("manifest.json")).parcel == PARCEL


def test_a_client_without_any_finger_is_exempt() -> None:
    portrait = {"portrait.fac": members()["portrait.fac"]}
    transaction = {"transaction.an2": write_transaction(content(fingers=()))}
    read = unpack(pack(manifest(fingers=(), exempt=True), portrait | transaction))
    assert (read.manifest.exempt, read.prints) == (True, {})
    with pytest.raises(PackageMemberMissing):
        pack(manifest(fingers=()), portrait | transaction)


def test_an_amendment_brings_only_what_is_new() -> None:
    amendment = manifest(kind=Kind.AMENDMENT, amends=PARCEL, face=None, fingers=manifest().fingers[:1], missing=())
    new = {
        "transaction.an2": write_transaction(content(face=None, fingers=content().fingers[:1], missing=())),
        "right-index.fir": members()["right-index.fir"],
    }
    read = unpack(pack(amendment, new))
    assert (read.portrait_jpeg, list(read.prints)) == (None, [RIGHT])
    with pytest.raises(PackageMemberMissing) as refused:
        pack(manifest(face=None), {name: value for name, value in members().items() if name != "portrait.fac"})
    assert refused.value.part == "face"


@pytest.mark.parametrize("kind", [Kind.HANDOVER, Kind.OUTCOME, Kind.CARD_ACT])
def test_other_kinds_are_not_carried_yet(kind: Kind) -> None:
    with pytest.raises(PackageManifestInvalid):
        pack(manifest(kind=kind), members())


@pytest.mark.parametrize(
    ("name", "part"), [("transaction.an2", None), ("portrait.fac", "face"), ("right-index.fir", "right-index")]
)
def test_a_member_that_is_gone_is_named(name: str, part: str | None) -> None:
    key = name.replace("-", "_").replace(".", "_")
    for attempt in (lambda: unpack(_rezipped(**{key: None})), lambda: pack(manifest(), _all_but(name))):
        with pytest.raises(PackageMemberMissing) as refused:
            attempt()
        assert refused.value.part == part


def _all_but(name: str) -> dict[str, bytes]:
    return {other: value for other, value in members().items() if other != name}


def test_a_package_without_a_manifest_is_refused() -> None:
    with pytest.raises(PackageMemberMissing):
        unpack(_rezipped(manifest_json=None))


def test_a_member_that_nobody_asked_for_is_refused() -> None:
    thumb = finger_record.write(wsq_by_hand(), finger=RIGHT, quality=1)
    with pytest.raises(PackageMemberUnexpected) as refused:
        pack(manifest(), members() | {"right-thumb.fir": thumb})
    assert refused.value.part == "right-thumb"
    with pytest.raises(PackageMemberUnexpected):
        unpack(write_zip(_in_order(CONTENTS | {"right-thumb.fir": thumb})))


def _in_order(contents: dict[str, bytes]) -> dict[str, bytes]:
    return dict(sorted(contents.items(), key=lambda member: (member[0] != "manifest.json", member[0])))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "portrait.fac/", "a\\b", "Portrait.fac", "con", "manifest.json\x00", ""]
)
def test_names_that_no_package_has_are_refused(name: str) -> None:
    with pytest.raises(PackageMemberUnexpected):
        unpack(write_zip(CONTENTS | {name: b"x"}))
    with pytest.raises(PackageMemberUnexpected):
        pack(manifest(), members() | {name: b"x"})


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"portrait_fac": face_record.write(jpeg_by_hand(), eyes_px=None, full_frontal=True)}, "face"),
        ({"left_index_fir": CONTENTS["right-index.fir"]}, "left-index"),
        ({"transaction_an2": b""}, None),
    ],
)
def test_a_member_that_was_exchanged_is_named(changes: dict[str, bytes], part: str | None) -> None:
    with pytest.raises(PackageMemberDamaged) as refused:
        unpack(_rezipped(**changes))
    assert refused.value.part == part


@pytest.mark.parametrize("field", ["size_bytes", "sha256", "media_type"])
def test_a_manifest_that_lists_something_else_is_refused(field: str) -> None:
    listed = json.loads(CONTENTS["manifest.json"])["members"]
    listed[1][field] = {"size_bytes": 5, "sha256": "0" * 64, "media_type": "image/jpeg"}[field]
    with pytest.raises(PackageMemberDamaged) as refused:
        unpack(_relisted(members=listed))
    assert refused.value.part == "face"


def test_a_list_in_another_order_is_refused() -> None:
    listed = json.loads(CONTENTS["manifest.json"])["members"]
    with pytest.raises(PackageInconsistent):
        unpack(_relisted(members=listed[::-1]))
    with pytest.raises(PackageDamaged):
        unpack(write_zip(dict(reversed(CONTENTS.items()))))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"portrait_fac": b"FAC\x00"}, "face"),
        ({"left_index_fir": b"FIR\x00"}, "left-index"),
        ({"transaction_an2": b"1.001:"}, None),
    ],
)
def test_a_member_that_is_no_record_is_named(changes: dict[str, bytes], part: str | None) -> None:
    with pytest.raises(PackageRecordInvalid) as refused:
        pack(manifest(), members(**changes))
    assert refused.value.part == part


def test_limits_are_kept() -> None:
    with pytest.raises(PackageTooLarge):
        unpack(PACKAGE, limits=PackageLimits(package_bytes=len(PACKAGE) - 1))
    with pytest.raises(PackageTooLarge):
        unpack(PACKAGE, limits=PackageLimits(members=4))
    with pytest.raises(PackageTooLarge):
        unpack(PACKAGE, limits=PackageLimits(member_bytes=100))
    with pytest.raises(PackageTooLarge):
        unpack(bytes(4 * 1024 * 1024 + 1))


def test_a_manifest_that_cannot_be_read_back_is_not_packed() -> None:
    """`model_copy` does not validate, so that a wrong value could slip in here and be refused at headquarters."""
    wrong = manifest().model_copy(update={"tenant": "MD"})
    assert write_manifest(wrong)
    with pytest.raises(PackageManifestInvalid):
        pack(wrong, members())


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"left_index_fir": finger_record.write(wsq_by_hand(), finger=RIGHT, quality=1)[:-1]}, "left-index"),
        ({"portrait_fac": b"FAC\x00010\x00" * 20}, "face"),
    ],
)
def test_the_name_of_a_member_decides_which_part_it_is(content: dict[str, bytes], part: str) -> None:
    with pytest.raises(PackageRecordInvalid) as refused:
        pack(manifest(), members(**content))
    assert refused.value.part == part


@pytest.mark.parametrize("name", sorted(members()))
@SETTINGS
@given(draw=st.data())
def test_a_damaged_member_that_is_listed_as_it_is_gives_typed_errors_only(name: str, draw: st.DataObject) -> None:
    member = draw.draw(damaged(members()[name]))
    outcome(lambda data: pack(manifest(), members() | {name: data}), member, error=PackageError)


@SETTINGS
@given(data=st.deferred(lambda: damaged(PACKAGE)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    read = outcome(unpack, data, error=PackageError)
    assert read is None or (isinstance(read, Package) and data == PACKAGE)
