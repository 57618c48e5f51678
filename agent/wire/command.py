"""Commands from headquarters about single parcels, and the station's signed result. Nothing personal is in either.

A command names parcels by their ids: headquarters found them, and the station need not know whose they are.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from agent.wire.document import Document, Instant
from agent.wire.ident import Kid, Name, Ulid

PARCELS_MAX = 100
"""So many parcels a command is about at most: its result is one document too."""


class CommandVerb(StrEnum):
    """What a station is asked."""

    FIND = "find"
    """What there is of the parcels."""
    RESTRICT = "restrict"
    """Keep them and do not send them; what a receipt has decided goes on, because central has its own copy then."""
    LIFT = "lift"
    """Send them again."""
    ERASE = "erase"
    """Finish every wipe whose conditions hold. Nothing else is erased by this command."""
    HOLD = "hold"
    """Keep the station's records of their visits, whatever their age, until a day."""
    UNHOLD = "unhold"
    """Let them have their age again."""


class CommandOutcome(StrEnum):
    """What became of a command."""

    DONE = "done"
    """It was carried out."""
    KEPT = "kept"
    """Of an erasure: something is still there, because no receipt allows its wipe."""
    EXPIRED = "expired"
    """It came after its time; nothing was done."""
    SUPERSEDED = "superseded"
    """A later command was carried out before it came; nothing was done."""


class HoldTerms(BaseModel):
    """Why the records are held, and until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=200)]
    """A case's number, and no name: the station's ledger keeps it."""
    until: Instant
    """From then on they are not held."""


class Command(Document):
    """Signed by central, for one station."""

    content_type: ClassVar[str] = "application/x.smilius.command+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station that is to do it."""
    id: Ulid
    """The command's id: the same again gives the same result."""
    verb: CommandVerb
    """What is asked."""
    parcels: Annotated[tuple[Ulid, ...], Field(min_length=1, max_length=PARCELS_MAX)]
    """Of which parcels."""
    counter: Annotated[int, Field(ge=1)]
    """Grows with each command to this station: what comes after a later one is not carried out."""
    issued: Instant
    """When it was signed."""
    expires: Instant
    """After this it is not carried out."""
    key: Kid
    """The key that signs it."""
    hold: HoldTerms | None = None
    """Of a hold only; else it is not written, so that a station of the release before reads the other commands."""

    @model_validator(mode="after")
    def _terms_are_a_holds(self) -> Self:
        if (self.hold is not None) != (self.verb is CommandVerb.HOLD):
            raise ValueError("a hold has a reason and a day, and nothing else has")
        return self

    @model_serializer(mode="wrap")
    def _without_terms(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields: dict[str, object] = write(self)
        return {name: value for name, value in fields.items() if name != "hold" or value is not None}

    @property
    def signed_at(self) -> datetime:
        """When it was signed."""
        return self.issued


class Holding(Document):
    """What there is of one parcel at the station: no content, and nothing of a person."""

    parcel: Ulid
    """The parcel."""
    state: str | None = Field(pattern=r"^[a-z]{1,20}$")
    """Its state, None when it was never taken in here."""
    file: bool
    """Whether a sealed file is on the disk."""
    key: bool
    """Whether its key is."""
    receipts: Annotated[tuple[str, ...], Field(max_length=10)]
    """Stages of its receipts."""
    tombstone: bool
    """Whether it has a tombstone."""
    restricted: bool
    """Whether it is kept from being sent."""


class CommandResult(Document):
    """Signed by the station; goes to central as an event, and is receipted as one."""

    content_type: ClassVar[str] = "application/x.smilius.command-result+json; v=1"

    command: Ulid
    """The command's id."""
    verb: CommandVerb
    """What was asked."""
    outcome: CommandOutcome
    """What became of it."""
    holdings: Annotated[tuple[Holding, ...], Field(max_length=PARCELS_MAX)]
    """What there is of each parcel now; empty when nothing was done."""
    time: Instant
    """When."""
