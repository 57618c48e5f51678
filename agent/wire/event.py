"""Events: signed documents from a station that central keeps and receipts, each under an id of its own."""

from typing import ClassVar

from pydantic import Field

from agent.errors import WireError
from agent.wire.breach import Breach
from agent.wire.command import CommandResult
from agent.wire.decommission import Decommission
from agent.wire.document import Document, Instant, check_size, read_signed
from agent.wire.ident import DigestText, Name, Ulid
from agent.wire.keyring import KeyringHeld
from agent.wire.permission import PermissionHeld
from agent.wire.tombstone import Tombstone
from vault.envelope import Pinned, content_type_of
from vault.errors import SealBroken

EVENT_KIND = "event"
"""The kind that an event's receipt names."""


class LedgerHead(Document):
    """The newest line of one of the station's ledgers, so that a cut-off tail is noticed at central."""

    content_type: ClassVar[str] = "application/x.smilius.ledger-head+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    ledger: str = Field(pattern=r"^[a-z]{1,20}$")
    """Whose ledger: `station` or `courier`."""
    number: int = Field(ge=1)
    """The newest line's number."""
    digest: DigestText
    """Its digest."""
    time: Instant
    """When the head was read."""


class Quarantine(Document):
    """A parcel waits at the station for a person. One each time that it begins to wait."""

    content_type: ClassVar[str] = "application/x.smilius.quarantine+json; v=1"

    parcel: Ulid
    """The parcel."""
    kind: str = Field(pattern=r"^[a-z-]{1,20}$")
    """Its kind."""
    digest: DigestText
    """SHA-256 of the sealed bytes, as they were taken in."""
    trouble: str = Field(pattern=r"^[a-z-]{1,60}$")
    """The code of what a person must look at."""
    time: Instant
    """Since when it waits."""


class LedgerAlarm(Document):
    """A ledger is not what its own process told central before: a tail was cut off, or a line rewritten."""

    content_type: ClassVar[str] = "application/x.smilius.ledger-alarm+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    ledger: str = Field(pattern=r"^[a-z]{1,20}$")
    """Whose ledger: `station`."""
    code: str = Field(pattern=r"^[a-z-]{1,60}$")
    """`ledger-cut-off` or `ledger-rewritten`."""
    number: int = Field(ge=0)
    """The newest line that is there."""
    digest: DigestText
    """Its digest."""
    known_number: int = Field(ge=1)
    """The line that central has receipted."""
    known_digest: DigestText
    """Its digest then."""
    time: Instant
    """When it was noticed."""


class Dwell(Document):
    """A parcel has waited at the station for longer than it should. One a parcel; its tombstone ends it."""

    content_type: ClassVar[str] = "application/x.smilius.dwell+json; v=1"

    parcel: Ulid
    """The parcel."""
    kind: str = Field(pattern=r"^[a-z-]{1,20}$")
    """Its kind."""
    digest: DigestText
    """SHA-256 of the sealed bytes, as they were taken in."""
    state: str = Field(pattern=r"^[a-z-]{1,20}$")
    """Where it is stuck."""
    spooled_at: Instant
    """Since when it is on the disk, by the station's clock."""
    time: Instant
    """When that was too long."""


Event = (
    Tombstone
    | LedgerHead
    | LedgerAlarm
    | Quarantine
    | Dwell
    | CommandResult
    | Decommission
    | Breach
    | KeyringHeld
    | PermissionHeld
)
_MODELS: tuple[type[Event], ...] = (
    Tombstone,
    LedgerHead,
    LedgerAlarm,
    Quarantine,
    Dwell,
    CommandResult,
    Decommission,
    Breach,
    KeyringHeld,
    PermissionHeld,
)


def read_event(signed: bytes, *, pinned: Pinned) -> Event:
    """The event, after its signature was verified.

    :raises: WireError when it is of no known sort, or as `read_signed`.
    """
    content_type = claimed_sort(signed)
    for model in _MODELS:
        if model.content_type == content_type:
            return read_signed(signed, model, pinned=pinned)
    raise WireError("The event is of no known sort.")


def claimed_sort(signed: bytes) -> str:
    """Which sort of event the message says it is; `read_signed` verifies that. :raises: WireError."""
    check_size(signed)
    try:
        return content_type_of(signed)
    except SealBroken as error:
        raise WireError(error.sentence) from error
