"""What the courier's store keeps and gives, as values: a parcel, and what is written with each of its moves."""

from dataclasses import dataclass
from datetime import datetime

from agent.courier.machine import ParcelEvent, ParcelState
from agent.wire import Command, CommandOutcome, Stage
from vault.labels import Digest, ParcelId
from vault.ledger import Detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel as the database has it."""

    id: ParcelId
    """Its id."""
    kind: str
    """What it is about."""
    state: ParcelState
    """Where it is."""
    digest: Digest
    """SHA-256 of the sealed bytes."""
    size: int
    """Their size in bytes."""
    trouble: str | None
    """Why a human must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burial:
    """What is written in the transaction that says *wiped* or *destroyed*."""

    tombstone: bytes
    """The signed tombstone."""
    event: str
    """The id under which it goes to central."""
    detail: Detail
    """The ledger's line."""
    end: ParcelEvent = ParcelEvent.GONE
    """What ended it: a wipe, or an authorised destruction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What is written in the transaction that says *quarantined*."""

    trouble: str
    """The code of what a person must look at."""
    event: str
    """The id under which central hears of it."""
    signed: bytes
    """What it hears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldHead:
    """That an event is the head of a ledger."""

    ledger: str
    """Whose: `station` or `courier`."""
    number: int
    """Number of its newest line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadEvent:
    """How central is told of a ledger's head."""

    event: str
    """The id under which it goes."""
    signed: bytes
    """The signed head."""
    head: ToldHead
    """Which one it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that is known of one parcel."""

    parcel: Parcel
    """The parcel."""
    milestones: dict[str, datetime]
    """When it first reached each state."""
    receipts: dict[Stage, bytes]
    """The signed receipts."""
    tombstone: bytes | None
    """The signed tombstone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """What is written in the transaction that ends a command."""

    command: Command
    """The command."""
    outcome: CommandOutcome
    """What became of it."""
    event: str
    """The id under which central hears of it."""
    signed: bytes
    """The signed result."""
