"""The bill announces a parcel before its chunks; the need says which chunks central does not have yet."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from agent.wire.document import Document, Instant
from agent.wire.ident import DigestText, Kid, Name, Ulid
from agent.wire.kind import ParcelKind
from vault.labels import PARCEL_BYTES_MAX

CHUNK_BYTES = 65_536
"""Size of every chunk but the last. Measured reason: facts/mqtt.md, 3."""


class Bill(Document):
    """The signed head of an upload, by the station's link key."""

    content_type: ClassVar[str] = "application/x.smilius.bill+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    parcel: Ulid
    """The parcel's id; with the tenant it is the idempotency key all the way to MIGRIS."""
    kind: ParcelKind
    """What it is about."""
    digest: DigestText
    """SHA-256 of the sealed bytes."""
    size: Annotated[int, Field(gt=0, le=PARCEL_BYTES_MAX)]
    """Size of the sealed bytes."""
    chunks: Annotated[int, Field(gt=0)]
    """Number of chunks, of CHUNK_BYTES each but the last."""
    amends: Ulid | None
    """The parcel that this one amends."""
    time: Instant
    """When the bill was written."""
    key: Kid
    """The link key that signs it."""

    @model_validator(mode="after")
    def _chunks_fit(self) -> Self:
        if self.chunks != chunks_in(self.size):
            raise ValueError("the number of chunks does not follow from the size")
        return self


class Need(Document):
    """The chunks that central still needs of a parcel; not signed, because it can only cost bandwidth."""

    digest: DigestText
    """Which content the chunks are of."""
    missing: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=PARCEL_BYTES_MAX // CHUNK_BYTES)]
    """Their numbers, from 0."""


def chunks_in(size: int) -> int:
    """How many chunks a parcel of this size has."""
    return -(-size // CHUNK_BYTES)


def chunk_of(content: bytes, number: int) -> bytes:
    """The chunk with this number, from 0."""
    return content[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES]
