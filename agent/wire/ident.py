"""Ids, names and bytes as the wire writes them."""

import re
from base64 import b64decode, b64encode
from typing import Annotated

from pydantic import EncodedBytes, EncoderProtocol, StringConstraints
from pydantic_core import PydanticCustomError

ULID_PATTERN = r"^[0-7][0-9a-hjkmnp-tv-z]{25}$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"

_NAME = re.compile(NAME_PATTERN)

Ulid = Annotated[str, StringConstraints(pattern=ULID_PATTERN)]
"""A ULID in lower case, because topic levels are `[a-z0-9-]`. Source: github.com/ulid/spec."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A tenant's or a station's id: one topic level."""

DigestText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hex."""

Kid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""A key's id: the first 16 hex digits of the SHA-256 of its public half."""


class _WholeBase64(EncoderProtocol):
    """Every character counts: the library's own type passes over what is none, and makes something of raw bytes."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return b64decode(data, validate=True)
        except ValueError:
            raise PydanticCustomError("base64", "this is not base64") from None

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return b64encode(value)

    @classmethod
    def get_json_format(cls) -> str:
        return "base64"


Base64 = Annotated[bytes, EncodedBytes(encoder=_WholeBase64)]
"""Bytes that are given, and travel, as base64. Source: RFC 4648 section 4."""

Pem = Annotated[str, StringConstraints(max_length=8192, pattern=r"^-----BEGIN ")]
"""A key or certificate as text. Source: RFC 7468."""

RESERVED_STATIONS = frozenset({"central", "claim"})
"""Names that no station may have."""


def is_place_name(text: str) -> bool:
    """Whether a tenant or a station may be called so: one topic level, and none of headquarters' own."""
    return _NAME.fullmatch(text) is not None and text not in RESERVED_STATIONS
