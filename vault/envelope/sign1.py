"""Reads a COSE_Sign1 message as `sign` writes it, and nothing else, before its signature can be verified.

What is not verified yet may come from anybody, so this reader is strict where a general one is obliging: one encoding
for one message, nothing unprotected, nothing after the end, no tags that become dates, decimals or patterns at a cost,
no nesting beyond the header's one map. Source: RFC 9052 section 4.2; RFC 8949 sections 3 and 4.2.1.
"""

from typing import NamedTuple

from vault.errors import SealBroken

HEADER_BYTES_MAX = 4096
"""No protected header is larger."""

_BEGINNING = b"\xd2\x84"  # tag 18, list of four
_NOTHING_UNPROTECTED = b"\xa0"
_BYTE_STRING = 2

Header = dict[object, object]


class Sign1(NamedTuple):
    """The parts of a message, NOT verified."""

    protected: Header
    """The protected header."""
    payload: bytes
    """What was signed."""
    signature: bytes
    """Over header and payload."""


def read_sign1(message: bytes) -> Sign1:
    """Take the message apart. :raises: SealBroken when it is not exactly what `sign` writes."""
    try:
        reader = _Reader(message)
        reader.expect(_BEGINNING)
        protected = reader.string(bytes_max=HEADER_BYTES_MAX)
        reader.expect(_NOTHING_UNPROTECTED)
        payload, signature = reader.string(), reader.string()
        reader.end()
        return Sign1(_header(protected), payload, signature)
    except ValueError as error:
        raise SealBroken("The bytes are not a signed document.") from error


def _header(content: bytes) -> Header:
    reader = _Reader(content)
    header = reader.value(depth=2)
    reader.end()
    if not isinstance(header, dict):
        raise ValueError("the protected header is not a map")
    return header


class _Reader:
    """Deterministically encoded CBOR, item by item; a ValueError says what it is not."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def expect(self, wanted: bytes) -> None:
        if self._take(len(wanted)) != wanted:
            raise ValueError("another item was expected")

    def string(self, *, bytes_max: int | None = None) -> bytes:
        major, size = self._head()
        if major != _BYTE_STRING or (bytes_max is not None and size > bytes_max):
            raise ValueError("a byte string was expected")
        return self._take(size)

    def end(self) -> None:
        if self._at != len(self._content):
            raise ValueError("something follows the end")

    def value(self, *, depth: int) -> object:
        major, argument = self._head()
        match major:
            case 0:  # unsigned
                return argument
            case 1:  # negative
                return -1 - argument
            case 2:  # bytes
                return self._take(argument)
            case 3:  # text
                return self._take(argument).decode()
            case 5 if depth > 0:  # map
                return self._map(argument, depth=depth)
        raise ValueError("an item of this sort is never written")

    def _map(self, entries: int, *, depth: int) -> Header:
        found: Header = {}
        for _ in range(entries):
            key = self.value(depth=0)
            if key in found:
                raise ValueError("a key stands twice")
            found[key] = self.value(depth=depth - 1)
        return found

    def _head(self) -> tuple[int, int]:
        """Major type and argument, in the shortest form that there is for it."""
        (first,) = self._take(1)
        major, short = first >> 5, first & 0x1F
        if short < 24:
            return major, short
        if short > 27:
            raise ValueError("lengths are definite")
        size = 1 << (short - 24)
        argument = int.from_bytes(self._take(size))
        if argument < (24 if size == 1 else 1 << (4 * size)):
            raise ValueError("the argument has a shorter form")
        return major, argument

    def _take(self, size: int) -> bytes:
        taken = self._content[self._at : self._at + size]
        if len(taken) != size:
            raise ValueError("the end came too early")
        self._at += size
        return taken
