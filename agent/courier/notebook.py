"""The courier's memory for its guard, and its way to central: its own ledger and its own outbox."""

from datetime import datetime
from pathlib import Path
from typing import Final

from agent.courier.courier import Courier
from agent.courier.desk import Desk
from agent.courier.store import Store
from agent.errors import WireError
from agent.wire import LedgerHead, read_signed
from vault.chain import EMPTY, Head
from vault.envelope import Pinned
from vault.labels import Digest
from vault.ledger import Detail


class CourierNotebook:
    """What the courier's guard writes and says, at the desk: nobody else is at the database meanwhile."""

    ledger: Final = "courier"

    def __init__(self, courier: Courier, desk: Desk, *, store: Store, path: Path, own: Pinned) -> None:
        """:param path: the courier's database. :param own: the link key, which its heads are signed with."""
        self._courier = courier
        self._desk = desk
        self._store = store
        self._own = own
        self.path: Final = path

    async def write(self, kind: str, *, at: datetime, detail: Detail) -> None:
        """A line of the courier's ledger."""
        await self._courier.at_desk(lambda: self._store.note(kind, at=at, detail=detail))

    async def tell(self, event: str, signed: bytes) -> None:
        """Into the outbox."""
        await self._courier.at_desk(lambda: self._desk.take_event(event, signed, head=None))
        self._courier.look()

    async def witnessed(self) -> Head:
        """The furthest head that central has receipted, if this unit's link key has signed it."""
        found = await self._courier.read_desk(lambda: self._store.witnessed_head(self.ledger))
        if found is None:
            return EMPTY
        try:
            head = read_signed(found[0], LedgerHead, pinned=self._own)
        except WireError:
            # signed by an earlier unit's key, of an earlier ledger
            return EMPTY
        return Head(head.number, Digest(head.digest))
