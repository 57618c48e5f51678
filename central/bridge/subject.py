"""What a receipt is about: a parcel or an event of one station."""

from dataclasses import dataclass

from agent.wire import CentralTopics
from central.bridge.message import Reply
from central.bridge.tables import ParcelRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Id, place and content of what arrived."""

    tenant: str
    """Whose station."""
    station: str
    """Which station."""
    id: str
    """The parcel's or the event's id."""
    kind: str
    """The parcel's kind, or `event`."""
    digest: str
    """SHA-256 of what arrived."""
    size: int
    """Its size in bytes."""

    def detail(self) -> dict[str, str | int | None]:
        """What a ledger line says of it."""
        return {"tenant": self.tenant, "station": self.station, "subject": self.id, "digest": self.digest}

    def receipt(self, signed: bytes) -> Reply:
        """Its receipt, addressed to its station."""
        return Reply(CentralTopics(self.tenant, self.station).receipt(self.id), signed)


def subject_of(row: ParcelRow) -> Subject:
    """A parcel in the ledger as the subject of a receipt."""
    return Subject(
        tenant=row.tenant, station=row.station, id=row.parcel, kind=row.kind, digest=row.digest, size=row.size
    )
