"""The receipt: central's signed word on what became of a parcel. The only thing that a wipe may rest on."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from agent.wire.document import Document, Instant
from agent.wire.ident import DigestText, Kid, Name, Ulid
from vault.labels import RECEIPT_TYPE


class Stage(StrEnum):
    """How far a parcel has come at central."""

    STORED = "stored"
    """Safe in central's ledger; MIGRIS does not have it yet."""
    ACCEPTED = "accepted"
    """MIGRIS has it. Final."""
    REJECTED = "rejected"
    """MIGRIS or central's checks refuse it, with the cause. Final."""
    CONFLICT = "conflict"
    """The same id was announced with another digest: a person must look; nothing is wiped."""


class Cause(Document):
    """Why a parcel was rejected, so that the client can be called back to the chair for the right thing."""

    part: str | None = Field(max_length=40)
    """A finger's name, `face`, or None when it is the whole."""
    code: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    """Stable code."""
    sentence: str = Field(max_length=300)
    """One sentence for the operator, without personal data."""


class Receipt(Document):
    """Signed by central's receipt key, over the digest of what the station sealed."""

    content_type: ClassVar[str] = RECEIPT_TYPE

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station that the receipt is for."""
    parcel: Ulid
    """The parcel's or the event's id."""
    kind: str = Field(pattern=r"^[a-z-]{1,20}$")
    """The parcel's kind, or `event`."""
    digest: DigestText
    """SHA-256 of the sealed bytes (of the signed bytes for an event)."""
    size: Annotated[int, Field(gt=0)]
    """Their size in bytes."""
    stage: Stage
    """How far it has come."""
    cause: Cause | None
    """Why it was rejected; None for every other stage."""
    reference: str | None = Field(max_length=80)
    """MIGRIS's reference, once it has accepted."""
    index: Annotated[int, Field(gt=0)]
    """The running number of receipts to this station."""
    previous: DigestText
    """SHA-256 of the signed receipt before it, or 64 zeros."""
    time: Instant
    """When central decided."""
    key: Kid
    """The receipt key that signs it."""

    @property
    def signed_at(self) -> datetime:
        """When central decided, and signed."""
        return self.time
