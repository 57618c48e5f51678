"""The station's memory for its guard, and its way to central: the journal's ledger, and the courier."""

from datetime import datetime
from pathlib import Path
from typing import Final

from agent.visit.attestation import LEDGER
from agent.visit.courier_client import CourierClient
from agent.visit.journal import Journal
from drivers.contract import in_thread
from vault.chain import EMPTY, Head
from vault.ledger import Detail


class StationNotebook:
    """What the station's guard writes and says."""

    ledger: Final = LEDGER

    def __init__(self, journal: Journal, courier: CourierClient, *, path: Path) -> None:
        """:param path: the station's database."""
        self._journal = journal
        self._courier = courier
        self.path: Final = path

    async def write(self, kind: str, *, at: datetime, detail: Detail) -> None:
        """A line of the station's ledger."""
        await in_thread(lambda: self._journal.remark(kind, at=at, detail=detail))

    async def tell(self, event: str, signed: bytes) -> None:
        """Hand it to the courier. :raises: PeerSilent, Refused."""
        await self._courier.tell_central(event, signed)

    async def witnessed(self) -> Head:
        """None: the attestation compares what central has receipted of this ledger."""
        return EMPTY
