"""Reads the sealed copies that are kept here: opened in memory, one at a time, by a command that ends soon after.

Beside the opener this is the only place that has the recipient key. Every opening is first a line in the ledger
(R-DATA-2).
"""

import os
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from agent.private_memory import keep_memory_private
from capture.records.errors import RecordError
from capture.records.package import Package, unpack
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.ledger import append_line
from central.bridge.tables import OutboxRow, ParcelRow
from central.errors import SealKeyUnknown, StationUnknown
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.registry import Registry
from vault.envelope import Pinned, VaultError, VerifyingKey, open_sealed, recipient_of
from vault.ledger import Detail


@dataclass(frozen=True, slots=True)
class SealedCopy:
    """A sealed parcel that is kept here."""

    tenant: str
    """Whose station it is from."""
    parcel: str
    """Its id."""
    station: str
    """The station."""
    seal_key: str | None
    """Id of the key that its station had when it was billed."""
    content: bytes
    """The sealed bytes."""


class Reader:
    """Opens sealed copies for one request of a person. Whoever makes one has this process's memory kept private."""

    def __init__(self, paths: Paths, request: str) -> None:
        """:raises: SetUpError, KeyMissing when the recipient's key cannot be read."""
        keep_memory_private()
        self._paths = paths
        self._request = request
        self._keys = OwnKeys(paths)
        self._keys.recipients()
        self._registry = Registry(paths.stations)

    def kept(self, tenant: str) -> list[str]:
        """Ids of a tenant's parcels of which there is a sealed copy here, oldest first."""
        wanted = select(OutboxRow.parcel).where(OutboxRow.tenant == tenant).order_by(OutboxRow.parcel)
        with opened_beside(self._paths) as session:
            return list(session.scalars(wanted))

    def open(self, tenant: str, parcel: str, *, at: datetime) -> Package | None:
        """What is in a parcel; None when there is no copy of it any more, or nobody can read it."""
        with writing_beside(self._paths) as session:
            copy = _copy(session, tenant, parcel=parcel)
            if copy is None:
                return None
            detail: Detail = {"tenant": tenant, "subject": parcel, "request": self._request, "uid": os.getuid()}
            append_line(session, at, kind="parcel-opened-for-subject", detail=detail)
        try:
            return self._package(copy)
        except (VaultError, RecordError, StationUnknown, SealKeyUnknown):
            return None

    def _package(self, copy: SealedCopy) -> Package:
        pem = self._registry.known(copy.tenant, copy.station).seal_pem(copy.seal_key)
        pinned = Pinned([VerifyingKey.from_pem(pem)])
        key = self._keys.recipient(recipient_of(copy.content))
        _, plain = open_sealed(copy.content, recipient=key, pinned=pinned)
        try:
            return unpack(bytes(plain.view()))
        finally:
            plain.zero()


def _copy(session: Session, tenant: str, *, parcel: str) -> SealedCopy | None:
    of_one_parcel = and_(OutboxRow.tenant == ParcelRow.tenant, OutboxRow.parcel == ParcelRow.parcel)
    wanted = select(ParcelRow, OutboxRow.content).join(OutboxRow, of_one_parcel)
    found = session.execute(wanted.where(OutboxRow.tenant == tenant, OutboxRow.parcel == parcel)).first()
    if found is None:
        return None
    row, content = found
    return SealedCopy(row.tenant, row.parcel, row.station, row.seal_key, content)
