"""A station's backup and its way back: what the archive says of itself, the request of the unit that is to have it,
and headquarters' order, with central's word on what came after the backup.

A *backup* is sealed for the controller: the station that made it cannot read it. A *restore* is the same files with an
order, sealed for one unit. Nothing in either is biometric, nothing is a key.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from agent.errors import WireError
from agent.wire.document import Document, Instant, instant_text
from agent.wire.ident import Base64, DigestText, Kid, Name, Ulid
from agent.wire.table import from_lines
from vault.chain import Head
from vault.labels import Digest

BACKUP, RESTORE = "backup", "restore"
"""What the seals' contexts call them."""

FORMAT = 1
"""How the archive is laid out: `manifest.json`, `order.json`, tables as `PROCESS/TABLE.jsonl`, `etc/*`, `trust/*`."""

MANIFEST, ORDER, LEFT = "manifest.json", "order.json", "courier/left.jsonl"
"""Names in the archive: what it is, what headquarters says to it, parcels whose content was at the unit only."""

RESTORED = "ledger-restored"
"""The kind of the line that a restored ledger goes on with."""

LINE_COLUMNS = ("number", "body", "digest")
"""Of a ledger's table."""

LEDGERS = ("station", "courier")


class LedgerEnd(Document):
    """The newest line of a ledger in a backup."""

    ledger: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    """Whose: `station` or `courier`."""
    number: Annotated[int, Field(ge=0)]
    """Its number, 0 when there is none."""
    digest: DigestText
    """Its digest."""

    @property
    def head(self) -> Head:
        """The same as a head."""
        return Head(self.number, Digest(self.digest))


class BackupManifest(Document):
    """What a backup is."""

    format: Annotated[int, Field(ge=1)]
    """How it is laid out."""
    id: Ulid
    """The backup's own id."""
    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    unit: Kid
    """Which hardware: the id of its link key."""
    made: Instant
    """When, by the station's clock."""
    generation: Annotated[int, Field(ge=0)]
    """How often the station was restored before."""
    station_revision: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    """The revision of the station's database."""
    courier_revision: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    """Of the courier's."""
    ends: Annotated[tuple[LedgerEnd, ...], Field(min_length=2, max_length=2)]
    """The newest lines of both ledgers."""

    @property
    def age(self) -> tuple[int, int]:
        """Orders a station's backups without any clock: later ones are larger."""
        return self.generation, sum(end.number for end in self.ends)


class RestoreRequest(Document):
    """Signed with the link key of the unit that is to have a backup; serves for one restore."""

    content_type: ClassVar[str] = "application/x.smilius.restore-request+json; v=1"

    tenant: Name
    """Whose station."""
    station: Name
    """Which station."""
    unit: Kid
    """Which hardware: the id of its link key."""
    recipient_public: Base64
    """What the restore is sealed for; the private half never leaves the unit."""
    time: Instant
    """When it was asked."""


class Resumption(LedgerEnd):
    """How a ledger goes on, and what central has witnessed of it that the backup may not have."""

    witnessed_number: Annotated[int, Field(ge=0)]
    """The furthest line that central knows, 0 when it knows none."""
    witnessed_digest: DigestText
    """Its digest."""
    complete: bool
    """Whether that line is in the backup."""

    @property
    def gap(self) -> str | None:
        """What a person must know: what central has witnessed, and the ledger will not have."""
        if self.complete:
            return None
        return (
            f"Central has witnessed line {self.witnessed_number} of the {self.ledger}'s ledger, and the backup, which "
            f"ends at line {self.number}, does not have it: what came after the backup is lost there."
        )


class RestoreOrder(Document):
    """Headquarters' word that a backup may become a unit's records. It travels inside the seal that central signs."""

    id: Ulid
    """The order's own id."""
    tenant: Name
    """Whose station."""
    station: Name
    """Which station."""
    unit: Kid
    """Which hardware."""
    backup: Ulid
    """The backup's id."""
    made: Instant
    """When that was made, by the station's clock."""
    generation: Annotated[int, Field(ge=1)]
    """The how many-th restore of the station it is, counted in the ledger."""
    resumptions: Annotated[tuple[Resumption, ...], Field(min_length=2, max_length=2)]
    """Of both ledgers."""
    time: Instant
    """When it was given."""

    def line(self, resumption: Resumption) -> dict[str, str | int | bool]:
        """What the ledger's next line says, beside its kind and this order's time: headquarters knows its digest."""
        return {
            "backup": self.backup,
            "made": instant_text(self.made),
            "order": self.id,
            "unit": self.unit,
            "generation": self.generation,
            "old_line": resumption.number,
            "old_digest": resumption.digest,
            "witnessed_line": resumption.witnessed_number,
            "witnessed_digest": resumption.witnessed_digest,
            "complete": resumption.complete,
        }


class LeftParcel(Document):
    """A parcel that was under way: its content was never in the backup."""

    parcel: Ulid
    """The parcel."""
    state: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    """Its state when the backup was made."""
    digest: DigestText
    """SHA-256 of the sealed bytes."""
    stage: Annotated[str | None, Field(pattern=r"^[a-z]{1,20}$")]
    """How far it is at central, None when central was never given it or was not asked."""


def lines_in(content: bytes) -> Iterator[tuple[int, bytes, str]]:
    """The lines of a ledger's table as a chain is followed. :raises: WireError."""
    for number, body, digest in from_lines(LINE_COLUMNS, content):
        if not (isinstance(number, int) and isinstance(body, str) and isinstance(digest, str)):
            raise WireError("A ledger in the archive cannot be read.")
        yield number, body.encode(), digest


def restores_in(content: bytes) -> int:
    """How often the lines of a ledger's table say that it was restored. :raises: WireError."""
    # a text inside a body has its quotation marks escaped, and no detail is called kind
    mark = f'"kind":"{RESTORED}"'.encode()
    return sum(mark in body for _, body, _ in lines_in(content))
