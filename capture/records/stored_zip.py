"""ZIP files with stored members only, one byte form for one content.

What is read must be exactly what would be written: there is no room for a second directory, a hidden member, a name
in two spellings, a comment, compression, encryption or ZIP64. Source: PKWARE APPNOTE 6.3, sections 4.3 and 4.4.
"""

import struct
import zlib
from collections.abc import Mapping

from capture.records.errors import PackageDamaged, PackageTooLarge

_LOCAL_SIGNATURE, _DIRECTORY_SIGNATURE, _END_SIGNATURE = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
# signature; then in both: version needed, flags, method, time, date, crc, compressed size, size, name length, extra
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_DIRECTORY = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION_NEEDED, _MADE_BY_UNIX = 10, 0x0314
_FIRST_OF_JANUARY_1980 = 0x0021
_PLAIN_FILE_OF_OWNER = 0o100600 << 16
_NAME_BYTES_MAX = 64


def write_zip(members: Mapping[str, bytes]) -> bytes:
    """The members in their order, stored, dated 1980-01-01, readable by their owner.

    :param members: content by ASCII name; a name is not checked here.
    """
    bodies: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in members.items():
        shared = _shared(name.encode("ascii"), content)
        local = b"".join((_LOCAL.pack(_LOCAL_SIGNATURE, *shared), name.encode("ascii"), content))
        rest = (0, 0, 0, _PLAIN_FILE_OF_OWNER, offset)
        directory.append(_DIRECTORY.pack(_DIRECTORY_SIGNATURE, _MADE_BY_UNIX, *shared, *rest) + name.encode("ascii"))
        bodies.append(local)
        offset += len(local)
    listed = b"".join(directory)
    count = len(directory)
    return b"".join((*bodies, listed, _END.pack(_END_SIGNATURE, 0, 0, count, count, len(listed), offset, 0)))


def read_zip(data: bytes, *, members_max: int, member_bytes_max: int) -> dict[str, bytes]:
    """The members of a file that `write_zip` could have written, in their order.

    :raises: PackageTooLarge when a limit is passed; PackageDamaged when a single byte is another.
    """
    members: dict[str, bytes] = {}
    position = 0
    while data.startswith(_LOCAL_SIGNATURE, position):
        if len(members) == members_max:
            raise PackageTooLarge("The package has more members than are allowed.")
        name, start, end = _member(data, position)
        if end - start > member_bytes_max:
            raise PackageTooLarge("A member of the package is larger than is allowed.")
        if name in members:
            raise PackageDamaged("Two members of the package have the same name.")
        members[name] = data[start:end]
        position = end
    # every other byte follows from the members: checksums, directory, end
    if not members or data != write_zip(members):
        raise PackageDamaged("The package is cut short, was changed, or is not plainly stored.")
    return members


def _shared(name: bytes, content: bytes) -> tuple[int, ...]:
    flags = method = time = extra = 0
    size = len(content)
    return (
        *(_VERSION_NEEDED, flags, method, time, _FIRST_OF_JANUARY_1980),
        *(zlib.crc32(content), size, size, len(name), extra),
    )


def _member(data: bytes, position: int) -> tuple[str, int, int]:
    """Name, and where the content starts and ends."""
    start = position + _LOCAL.size
    if start > len(data):
        raise PackageDamaged("The package is cut short.")
    *_, compressed, size, name_bytes, extra = _LOCAL.unpack_from(data, position)
    name = data[start : start + name_bytes]
    content = start + name_bytes
    if extra or compressed != size or name_bytes > _NAME_BYTES_MAX or not name.isascii() or content + size > len(data):
        raise PackageDamaged("The package is cut short, or a member is not plainly stored.")
    return name.decode("ascii"), content, content + size
