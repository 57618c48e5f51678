"""Labels that keep plain and sealed apart: distinct types, so that mixing them up does not pass the type check."""

import hashlib
from typing import NewType, NoReturn

ParcelId = NewType("ParcelId", str)
"""A parcel's ULID in lower case."""

Digest = NewType("Digest", str)
"""SHA-256 in lower-case hex."""


def digest_of(content: bytes | bytearray | memoryview) -> Digest:
    """SHA-256 of the content."""
    return Digest(hashlib.sha256(content).hexdigest())


PARCEL_BYTES_MAX = 8 * 1024 * 1024
"""No sealed parcel is larger: the spool does not take one that is, and central refuses its bill."""

RECEIPT_TYPE = "application/x.smilius.receipt+json; v=1"
"""Content type of a signed receipt: the one document that the vault itself must understand."""

ORDER_TYPE = "application/x.smilius.destroy-order+json; v=1"
"""Content type of a signed order to destroy: the other document that the vault itself must understand."""


class Unserialised:
    """What holds a secret: it cannot be copied or serialised."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError("what holds a secret is never serialised")


class Plain(Unserialised):
    """Content that only memory may hold. It has no repr, cannot be copied or serialised, and can be overwritten."""

    __slots__ = ("_buffer",)

    def __init__(self, content: bytes | bytearray) -> None:
        self._buffer = bytearray(content)

    def __len__(self) -> int:
        return len(self._buffer)

    def __repr__(self) -> str:
        return "Plain(…)"

    def view(self) -> memoryview:
        """The content, not copied. Release it before `zero`."""
        return memoryview(self._buffer)

    def zero(self) -> None:
        """Overwrite the content. What ends it for good is the end of the process."""
        self._buffer[:] = bytes(len(self._buffer))


class Sealed:
    """COSE_Sign1 bytes around HPKE bytes: readable by central's key only."""

    __slots__ = ("content", "digest")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.digest = digest_of(content)

    def __len__(self) -> int:
        return len(self.content)

    def __repr__(self) -> str:
        return f"Sealed({self.digest[:12]}…, {len(self.content)} bytes)"
