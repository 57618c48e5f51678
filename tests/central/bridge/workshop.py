"""An opener with headquarters' keys, and the MIGRIS that it speaks to."""

from dataclasses import dataclass

from central.bridge.frames import Ask, Deliver, Delivered
from central.bridge.opener import Opener
from central.errors import ConnectorRefused, ConnectorSilent
from central.migris.simulator.store import MigrisStore
from tests.central.clock import HandClock
from tests.central.headquarters import Station
from tests.central.migris.direct import DirectConnector
from tests.central.parcels import Parcel
from vault.envelope import SigningKey

SILENT = ConnectorSilent("MIGRIS does not answer.")
REFUSED = ConnectorRefused("MIGRIS makes nothing of it.")


@dataclass
class Workshop:
    """An opener with headquarters' keys, and the MIGRIS that it speaks to."""

    opener: Opener
    migris: DirectConnector
    store: MigrisStore
    clock: HandClock
    receipt_key: SigningKey

    async def deliver(self, parcel: Parcel, /, **changes: str | bytes | bool) -> Delivered:
        """As the bridge asks for it; a change is of one field of the request."""
        request = Deliver(
            number=7,
            tenant=parcel.station.tenant,
            station=parcel.station.name,
            parcel=parcel.id,
            kind=parcel.kind.value,
            seal_public=parcel.station.seal.public.pem(),
            content=parcel.content,
        )
        delivered = await self.opener.deliver(request.model_copy(update=changes))
        assert delivered.number == 7
        return delivered

    async def answer(self, station: Station, content: bytes, *, question: str) -> bytes | None:
        request = Ask(
            number=8,
            tenant=station.tenant,
            station=station.name,
            question=question,
            seal_public=station.seal.public.pem(),
            content=content,
        )
        answered = await self.opener.answer(request)
        assert answered.number == 8
        return answered.content
