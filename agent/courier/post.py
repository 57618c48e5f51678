"""What is published for parcels and events: topics and contents, made but not sent."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal

from agent.courier.machine import ParcelState
from agent.courier.record import Parcel
from agent.wire import Bill, ParcelKind, StationTopics, chunk_of, sign_document
from agent.wire.bill import chunks_in
from vault.envelope import SigningKey
from vault.labels import ParcelId


class Rank(IntEnum):
    """What goes first when the line is thin. Source: design.md section 6 and issue 7 (receipts, commands, new, old)."""

    QUESTION = 0
    """A person waits for the answer."""
    WORD = 1
    """What was done about receipts and commands, alarms, the ledger's heads."""
    BILL = 2
    """A parcel that central does not have."""
    CHUNK = 3
    """The bytes of one."""
    REMINDER = 4
    """A parcel that central has had for a while and not decided on."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to central."""

    topic: str
    """Where it goes."""
    payload: bytes
    """Its content."""
    rank: Rank = Rank.WORD
    """What it goes before."""
    parcel: ParcelId | None = None
    """Whose bill or chunk it is."""
    qos: Literal[0, 1] = 1
    """0 where a word that is late says as little as one that is lost."""


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
        rank = Rank.REMINDER if parcel.state is ParcelState.STORED else Rank.BILL
        return Outgoing(self._topics.bill(parcel.id), sign_document(bill, self._key), rank, parcel.id)

    def chunks(self, parcel: Parcel, content: bytes, *, missing: tuple[int, ...]) -> list[Outgoing]:
        """The chunks that central lacks; numbers that the parcel does not have are passed over."""
        wanted = sorted({number for number in missing if number < chunks_in(parcel.size)})
        return [
            Outgoing(self._topics.chunk(parcel.id, number), chunk_of(content, number), Rank.CHUNK, parcel.id)
            for number in wanted
        ]

    def event(self, event: str, signed: bytes) -> Outgoing:
        """A signed event."""
        return Outgoing(self._topics.event(event), signed)
