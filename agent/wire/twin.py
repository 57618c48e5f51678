"""The twin: what a station says of itself as a whole, in one retained message; the newest replaces all before it.

It is a picture and no proof: what has to arrive, and has to be believed later, goes as an event. The courier signs it;
what the station process has told the courier of itself is a part of it.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from agent.wire.configuration import TwinConfiguration
from agent.wire.document import Document, Instant
from agent.wire.ident import Kid, Name, Ulid

Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9.+!-]{1,40}$")]
"""A release, as its package has it."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
"""A stable code of the reference's."""

DEVICES_MAX = 40
WARNINGS_MAX = 20


class TwinDevice(Document):
    """A device that the configuration names. It can be told apart from another of its sort, and not looked up."""

    role: Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,59}$")]
    """Its key below `station`, such as `camera` or `relay.lamp`."""
    driver: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    """Which driver drives it."""
    presence: Code
    """How it stands, such as `present` or `gone`."""
    fingerprint: Kid | None
    """Another one, once another device is plugged in; it holds no serial number. None when nothing is plugged in."""


class StationWord(Document):
    """What the station process says of itself."""

    version: Version
    """Its release."""
    key: Kid
    """The id of the seal key."""
    home: Code
    """Where its keys live; `software` when they are plain files."""
    configuration: Annotated[int, Field(ge=1)] | None
    """The number of the fleet's configuration that it runs with; None while it runs with the station's own files."""
    devices: Annotated[tuple[TwinDevice, ...], Field(max_length=DEVICES_MAX)]
    """Those of the configuration; empty while nothing is known of them."""
    warnings: Annotated[tuple[Code, ...], Field(max_length=WARNINGS_MAX)]
    """Codes of what somebody should see to: why no visit can be opened, what is wrong with the ledger."""


class TwinKeys(Document):
    """The courier's keys, and whose word it takes."""

    link: Kid
    """The id of the link key."""
    home: Code
    """Where the courier's keys live; `software` when they are plain files."""
    recipient: Kid
    """What packages are sealed for."""
    receipts: Annotated[tuple[Kid, ...], Field(max_length=64)]
    """Central's receipt keys that are believed."""
    keyring: Annotated[int, Field(ge=1)] | None
    """The keyring that is held; None while the claim's keys are in force."""


class TwinQueue(Document):
    """What has not left."""

    waiting: Annotated[int, Field(ge=0)]
    """Parcels that central has not decided on, those in quarantine included."""
    quarantined: Annotated[int, Field(ge=0)]
    """How many of them wait for a person at the station."""
    dwelling: Annotated[int, Field(ge=0)]
    """How many of them have waited for longer than they should."""
    oldest: Instant | None
    """When the oldest of them was spooled, by the station's clock."""


class Twin(Document):
    """Signed by the courier with the link key."""

    content_type: ClassVar[str] = "application/x.smilius.twin+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    boot: Ulid
    """One id a start of the courier, as in its presence."""
    number: Annotated[int, Field(ge=1)]
    """Counts the twins since that start."""
    time: Instant
    """When it was drawn, by the station's clock."""
    version: Version
    """The courier's release."""
    configuration: TwinConfiguration
    """What became of the fleet's configuration."""
    operators: Annotated[int, Field(ge=1)] | None
    """The number of the list of operators that is in force; None before the first."""
    keys: TwinKeys
    """The courier's keys."""
    free_bytes: Annotated[int, Field(ge=0)]
    """Space that is left for parcels, rounded down so that a twin is not new with every parcel."""
    queue: TwinQueue
    """What has not left."""
    warnings: Annotated[tuple[Code, ...], Field(max_length=WARNINGS_MAX)]
    """Codes of what somebody should see to, from the courier."""
    word: StationWord | None
    """What the station process says; None when it has not spoken lately."""
