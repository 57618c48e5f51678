"""Ids and names as the wire writes them."""

from typing import Annotated

from pydantic import StringConstraints

ULID_PATTERN = r"^[0-7][0-9a-hjkmnp-tv-z]{25}$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"

Ulid = Annotated[str, StringConstraints(pattern=ULID_PATTERN)]
"""A ULID in lower case, because topic levels are `[a-z0-9-]`. Source: github.com/ulid/spec."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A tenant's or a station's id: one topic level."""

DigestText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hex."""

Kid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""A key's id: the first 16 hex digits of the SHA-256 of its public half."""

RESERVED_STATIONS = frozenset({"central", "claim"})
"""Names that no station may have."""
