"""The tombstone: the station's signed word that nothing of a parcel is left."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from agent.wire.document import Document, Instant
from agent.wire.ident import DigestText, Ulid


class How(StrEnum):
    """In which way the content ended. Source: design.md section 3."""

    WIPED = "wiped"
    """On a receipt that says accepted or rejected."""
    DESTROYED = "destroyed"
    """On two people's orders or the paper code, undelivered."""
    CANCELLED = "cancelled"
    """Before anything was sealed."""
    EXPIRED = "expired"
    """A question that nobody needed any more."""


class Tombstone(Document):
    """Signed by the station's link key, written in the same transaction as its ledger line, and sent to central."""

    content_type: ClassVar[str] = "application/x.smilius.tombstone+json; v=1"

    parcel: Ulid
    """The parcel."""
    kind: str = Field(pattern=r"^[a-z-]{1,20}$")
    """Its kind."""
    digest: DigestText
    """SHA-256 of the sealed bytes, recomputed from the disk before they went; of a destroyed one as it was taken in."""
    stage: str = Field(pattern=r"^[a-z]{1,20}$")
    """The receipt's stage; of a destroyed parcel the state that it was in."""
    receipt: DigestText | None
    """SHA-256 of the signed receipt that was the ground."""
    how: How
    """In which way it ended."""
    authorised_by: str = Field(max_length=80)
    """The receipt key's id, or who signed for a destruction."""
    time: Instant
    """When its absence was verified."""
    verified: bool
    """That key and file were looked for afterwards and were not there. Headquarters says it of its copy only where its
    database overwrites what is deleted: a server's log and archives still have it for a while."""
