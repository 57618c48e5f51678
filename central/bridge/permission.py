"""A tenant's permission to transfer: a person revokes or gives it beside the bridge; here stations are told until they
have confirmed it, at once and whenever one that has not is heard.

What has arrived here already goes on to MIGRIS, and what still arrives is kept and receipted: a station that was cut
off half-way has nothing to fear for it.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from agent.clock import Clock
from agent.wire import CentralTopics, PermissionHeld, TransferPermission, sign_document
from agent.wire.document import instant_text
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.ledger import append_line
from central.bridge.message import Arrived, Reply
from central.bridge.subject import Subject
from central.bridge.tables import EventRow, PermissionHeldRow, PermissionRow
from central.database import Sessions
from central.errors import PermissionRefused, StationUnknown
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.registry import Registry
from central.settings import load_settings
from vault.ledger import Detail

Place = tuple[str, str]


class Permissions:
    """Synchronous: the bridge calls it from its one database thread."""

    def __init__(self, sessions: Sessions, registry: Registry, *, keys: OwnKeys, clock: Clock) -> None:
        """:param keys: the receipt key of now signs anew what one of before has signed."""
        self._sessions = sessions
        self._registry = registry
        self._keys = keys
        self._clock = clock
        self._seen: int | None = None

    def news(self) -> list[Reply]:
        """What stations have not confirmed, if a person has changed anything since this was last asked."""
        with self._sessions() as session:
            newest = session.scalar(select(func.sum(PermissionRow.number))) or 0
            if newest == self._seen:
                return []
            self._seen = newest
        return self.open()

    def open(self) -> list[Reply]:
        """What any enrolled station has not confirmed."""
        return self._for(self._registry.places())

    def for_whom_speaks(self, batch: Sequence[Arrived]) -> list[Reply]:
        """The same for the stations that have come online, announced a parcel or reported something: they are there."""
        speaking = {(one.where.tenant, one.where.station) for one in batch if one.where.part in {"", "m"}}
        return self._for(sorted(speaking))

    def _for(self, places: Sequence[Place]) -> list[Reply]:
        if not places:
            # a batch of chunks, mostly: nobody who is not told already
            return []
        with self._sessions() as session:
            rows = {row.tenant: row for row in session.scalars(select(PermissionRow))}
            concerned = [place for place in places if place[0] in rows]
            if not concerned:
                return []
            confirmed = _confirmed(session, rows.values())
        return [
            Reply(CentralTopics(*place).permission(rows[place[0]].id), self._signed(rows[place[0]]))
            for place in concerned
            if (place, self._unit(place)) not in confirmed
        ]

    def _unit(self, place: Place) -> str | None:
        try:
            return self._registry.known(*place).link_kid
        except StationUnknown:
            return None

    def _signed(self, row: PermissionRow) -> bytes:
        """By the key of now: a station that was away for long, or has just been enrolled, may believe no other."""
        key = self._keys.signer(self._clock.now())
        document = _document(row, key=key.kid, at=self._clock.now())
        return sign_document(document, key)


def note_held(session: Session, held: PermissionHeld, *, subject: Subject, signer: str) -> Detail:
    """A station confirms; its event is stored in this transaction. What its ledger line says of it."""
    heard = session.get_one(EventRow, (subject.tenant, subject.station, subject.id))
    row = session.get(PermissionHeldRow, (held.tenant, held.station))
    if row is None or row.link_key != signer or held.number >= row.number:
        session.merge(
            PermissionHeldRow(
                tenant=held.tenant,
                station=held.station,
                link_key=signer,
                number=held.number,
                transfer=held.transfer,
                kept=held.kept,
                heard_at=heard.heard_at,
            )
        )
    return {"permission": held.number, "transfer": held.transfer, "kept": held.kept}


def decide(paths: Paths, tenant: str, *, transfer: bool, reason: str, at: datetime) -> int:
    """Revoke or give the permission; the bridge tells the stations. How many stations it concerns.

    :raises: PermissionRefused when it is so already; SetUpError, CentralError.
    """
    if tenant not in load_settings(paths.settings).tenants:
        raise PermissionRefused("This tenant is none of headquarters'.")
    # nobody else takes the number meanwhile
    with writing_beside(paths) as session:
        row = session.get(PermissionRow, tenant)
        if transfer == (row is None or row.transfer):
            raise PermissionRefused("This tenant may transfer already." if transfer else "It is revoked already.")
        row = row or PermissionRow(tenant=tenant, number=0)
        row.id, row.number, row.transfer = str(ULID.from_datetime(at)).lower(), row.number + 1, transfer
        row.reason, row.since = reason, at
        session.add(row)
        detail: Detail = {"tenant": tenant, "permission": row.number, "reason": reason, "uid": os.getuid()}
        append_line(session, at, kind="transfer-granted" if transfer else "transfer-revoked", detail=detail)
    return sum(place == tenant for place, _ in Registry(paths.stations).places())


def shown(paths: Paths) -> Iterator[str]:
    """One JSON object for each tenant, and below it one for each of its stations. :raises: SetUpError, CentralError."""
    registry = Registry(paths.stations)
    with opened_beside(paths) as session:
        rows = {row.tenant: row for row in session.scalars(select(PermissionRow))}
        told = {(row.tenant, row.station): row for row in session.scalars(select(PermissionHeldRow))}
        for tenant in load_settings(paths.settings).tenants:
            row = rows.get(tenant)
            yield json.dumps(_tenant_view(tenant, row))
            if row is None:
                continue
            for place in [one for one in registry.places() if one[0] == tenant]:
                yield json.dumps(_station_view(place, told.get(place), row=row))


def _tenant_view(tenant: str, row: PermissionRow | None) -> dict[str, object]:
    if row is None:
        return {"tenant": tenant, "transfer": True, "since": None, "reason": None}
    return {"tenant": tenant, "transfer": row.transfer, "since": instant_text(row.since), "reason": row.reason}


def _station_view(place: Place, told: PermissionHeldRow | None, *, row: PermissionRow) -> dict[str, object]:
    confirmed = told is not None and told.number == row.number
    return {
        "tenant": place[0],
        "station": place[1],
        "confirmed": confirmed,
        "confirmed_at": instant_text(told.heard_at) if told is not None and confirmed else None,
        "kept": told.kept if told is not None and confirmed else None,
    }


def _confirmed(session: Session, rows: Iterable[PermissionRow]) -> set[tuple[Place, str]]:
    """Stations that have confirmed the newest, with the unit that did: one that replaced it knows nothing of it."""
    numbers = {row.tenant: row.number for row in rows}
    held = session.scalars(select(PermissionHeldRow))
    return {((one.tenant, one.station), one.link_key) for one in held if one.number >= numbers.get(one.tenant, 0)}


def _document(row: PermissionRow, *, key: str, at: datetime) -> TransferPermission:
    return TransferPermission(
        tenant=row.tenant, id=row.id, number=row.number, transfer=row.transfer, issued=at, key=key
    )
