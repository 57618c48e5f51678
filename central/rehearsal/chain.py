"""A player's words about itself: tombstones, and the heads of a ledger that is kept as a chain only."""

from datetime import datetime

from ulid import ULID

from agent.courier.record import Parcel
from agent.wire import How, LedgerHead, Receipt, Tombstone, sign_document
from central.rehearsal.identity import Identity
from vault.chain import EMPTY, Head, digest_after
from vault.envelope import digest_of


class Chain:
    """What a courier would tell of each parcel's end: its tombstone, and where its ledger stands then."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._head = EMPTY

    def bury(self, parcel: Parcel, receipt: Receipt, *, signed: bytes, at: datetime) -> dict[str, bytes]:
        """Two signed events by their ids. :param signed: the receipt, as it came."""
        identity = self._identity
        tombstone = Tombstone(
            parcel=parcel.id,
            kind=parcel.kind,
            digest=parcel.digest,
            stage=receipt.stage.value,
            receipt=digest_of(signed),
            how=How.WIPED,
            authorised_by=receipt.key,
            time=at,
            verified=True,
        )
        # a ledger's line would say the same; central is told its digest only
        self._head = Head(self._head.number + 1, digest_after(self._head.digest, tombstone.canonical()))
        head = LedgerHead(
            tenant=identity.tenant,
            station=identity.name,
            ledger="courier",
            number=self._head.number,
            digest=self._head.digest,
            time=at,
        )
        return {new_id(at): sign_document(document, identity.link) for document in (tombstone, head)}


def new_id(at: datetime) -> str:
    """A new id, as the wire has it."""
    return str(ULID.from_datetime(at)).lower()
