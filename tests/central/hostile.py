"""Packages that no station of ours makes: what whoever has a station's keys could seal."""

import hashlib
import io
import json
import struct
import zipfile

from capture.records.stored_zip import read_zip, write_zip
from tests.capture.records import specimens
from tests.central.parcels import Visit, new_id, print_wsq

MEGABYTE = 1 << 20
PNG = b"\x89PNG\r\n\x1a\n" + bytes(400)
JPEG_2000 = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(400)
FLAGS_AT = 6
"""Offset of the flags in a member's header."""


def members() -> dict[str, bytes]:
    """A good package's."""
    return read_zip(Visit(parcel=new_id()).package(), members_max=16, member_bytes_max=2 * MEGABYTE)


def relisted(changed: dict[str, bytes]) -> bytes:
    """Stored as we store, with a manifest that lists what is there, sizes and digests right."""
    manifest = json.loads(changed["manifest.json"])
    for member in manifest["members"]:
        content = changed[member["name"]]
        member |= {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return write_zip(changed | {"manifest.json": text.encode()})


def with_member(name: str, content: bytes) -> bytes:
    """One member is another, and the manifest agrees."""
    return relisted(members() | {name: content})


def bomb() -> bytes:
    """A hundred megabytes in a hundred kilobytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(100 * MEGABYTE))
    return whole.getvalue()


def encrypted() -> bytes:
    """A member says that it is encrypted."""
    package = bytearray(write_zip(members()))
    package[FLAGS_AT] |= 1
    return bytes(package)


def with_sizes(stored: int) -> bytes:
    """A member says that it has so many bytes."""
    package = bytearray(write_zip(members()))
    struct.pack_into("<II", package, 18, stored, stored)
    return bytes(package)


def nested() -> bytes:
    """A package in a package, under a name of its own."""
    return write_zip(members() | {"package.zip": Visit(parcel=new_id()).package()})


def nested_as_a_record() -> bytes:
    """A package in a package, under a record's name."""
    return with_member("portrait.fac", Visit(parcel=new_id()).package())


def too_many() -> bytes:
    """More members than a package has."""
    return write_zip({f"{number}.fir": b"" for number in range(17)})


def too_large() -> bytes:
    """One member that is larger than any is."""
    return write_zip({"manifest.json": bytes(2 * MEGABYTE + 1)})


def all_too_large() -> bytes:
    """No member is, and all together are."""
    return write_zip({f"{number}.fir": bytes(MEGABYTE) for number in range(5)})


def another_digest() -> bytes:
    """A member is not the one that the manifest lists."""
    changed = members()
    record = bytearray(changed["right-index.fir"])
    record[-1] ^= 1
    return write_zip(changed | {"right-index.fir": bytes(record)})


def print_instead(wsq: bytes) -> bytes:
    """Something else where the right index finger's print was, of the same size."""
    record = members()["right-index.fir"]
    start = record.index(b"\xff\xa0")
    return with_member("right-index.fir", record[:start] + wsq.ljust(len(record) - start, b"\x00"))


def print_flipped(position: int, by: int) -> bytes:
    """A print that says that it is one, and is damaged behind its head, in every member that has it."""
    wsq = bytearray(print_wsq())
    wsq[position] ^= by
    return Visit(parcel=new_id(), right=bytes(wsq)).package()


def portrait_instead(picture: bytes) -> bytes:
    """Something else where the portrait was."""
    record = members()["portrait.fac"]
    return with_member("portrait.fac", record[: record.index(b"\xff\xd8")] + picture)


def portrait_of_other_size() -> bytes:
    """A JPEG of other dimensions than its record says."""
    record = members()["portrait.fac"]
    small = specimens.jpeg_by_hand(240, 320)
    whole = specimens.jpeg_by_hand()
    start = record.index(b"\xff\xd8")
    return with_member("portrait.fac", record[:start] + small.ljust(len(whole), b"\x00"))
