"""What is published for parcels and events: topics and contents, made but not sent."""

from dataclasses import dataclass
from datetime import datetime

from agent.courier.record import Parcel
from agent.wire import Bill, ParcelKind, StationTopics, chunk_of, sign_document
from agent.wire.bill import chunks_in
from vault.envelope import SigningKey


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to central."""

    topic: str
    """Where it goes."""
    payload: bytes
    """Its content."""


class Post:
    """Writes bills, cuts chunks, addresses events."""

    def __init__(self, tenant: str, station: str, *, key: SigningKey) -> None:
        """:param key: the link key, which signs bills."""
        self._tenant = tenant
        self._station = station
        self._key = key
        self._topics = StationTopics(tenant, station)

    def bill(self, parcel: Parcel, *, at: datetime) -> Outgoing:
        """The signed head of the upload."""
        bill = Bill(
            tenant=self._tenant,
            station=self._station,
            parcel=parcel.id,
            kind=ParcelKind(parcel.kind),
            digest=parcel.digest,
            size=parcel.size,
            chunks=chunks_in(parcel.size),
            amends=None,
            time=at,
            key=self._key.kid,
        )
        return Outgoing(self._topics.bill(parcel.id), sign_document(bill, self._key))

    def chunks(self, parcel: Parcel, content: bytes, *, missing: tuple[int, ...]) -> list[Outgoing]:
        """The chunks that central lacks; numbers that the parcel does not have are passed over."""
        wanted = sorted({number for number in missing if number < chunks_in(parcel.size)})
        return [Outgoing(self._topics.chunk(parcel.id, number), chunk_of(content, number)) for number in wanted]

    def event(self, event: str, signed: bytes) -> Outgoing:
        """A signed event."""
        return Outgoing(self._topics.event(event), signed)
