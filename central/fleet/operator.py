"""Operators' accounts: made, moved, revoked and listed by a person at headquarters. Stations hear of it at once.

Every change is a line of the ledger, with who did it and why: that is how the controller is told (R-USER-3).
"""

import json
import os
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.wire.document import instant_text
from agent.wire.roster import ENTRIES_MAX
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.ledger import append_line
from central.bridge.roster import write_roster
from central.bridge.tables import OperatorRow, RosterRow
from central.errors import OperatorRefused
from central.paths import Paths
from central.pki.set_up import receipt_key

Place = tuple[str, str]


def create(paths: Paths, operator: str, *, place: Place, at: datetime) -> None:
    """An account at a station, which is tenant and name. :raises: OperatorRefused when there is one of this id."""
    key = receipt_key(paths, at=at)
    with writing_beside(paths) as session:
        if session.get(OperatorRow, (place[0], operator)) is not None:
            raise OperatorRefused("There is, or was, an account of this id: nobody else gets it.")
        there = (OperatorRow.tenant == place[0], OperatorRow.station == place[1])
        if (session.scalar(select(func.count()).select_from(OperatorRow).where(*there)) or 0) >= ENTRIES_MAX:
            raise OperatorRefused("The station has as many accounts as a station can have.")
        session.add(OperatorRow(tenant=place[0], operator=operator, station=place[1], made_at=at))
        session.flush()
        _note(session, "operator-created", at=at, detail={"operator": operator, "station": place[1]}, tenant=place[0])
        write_roster(session, place, key=key, at=at)


def move(paths: Paths, operator: str, *, place: Place, at: datetime) -> None:
    """The account works at another station from now on, and no more where it was. :raises: OperatorRefused."""
    key = receipt_key(paths, at=at)
    with writing_beside(paths) as session:
        row = _active(session, place[0], operator=operator)
        before, row.station = row.station, place[1]
        if before == place[1]:
            raise OperatorRefused("The account works at this station already.")
        session.flush()
        detail = {"operator": operator, "station": place[1], "before": before}
        _note(session, "operator-moved", at=at, detail=detail, tenant=place[0])
        # where it was first: for a moment it may work nowhere, and never at both
        for station in (before, place[1]):
            write_roster(session, (place[0], station), key=key, at=at)


def revoke(paths: Paths, operator: str, *, tenant: str, reason: str, at: datetime) -> None:
    """The account's access ends, at once where its station is online and else with its first contact.

    :raises: OperatorRefused when there is no such account, or it was revoked.
    """
    key = receipt_key(paths, at=at)
    with writing_beside(paths) as session:
        row = _active(session, tenant, operator=operator)
        row.revoked_at, row.reason = at, reason
        session.flush()
        detail = {"operator": operator, "station": row.station, "reason": reason}
        _note(session, "operator-revoked", at=at, detail=detail, tenant=tenant)
        write_roster(session, (tenant, row.station), key=key, at=at)


def listed(paths: Paths) -> list[str]:
    """One JSON object an account: where it works, and whether its station has heard of the newest change there."""
    with opened_beside(paths) as session:
        waiting = {(row.tenant, row.station) for row in _unheard(session)}
        rows = session.scalars(select(OperatorRow).order_by(OperatorRow.tenant, OperatorRow.operator))
        return [_line(row, heard=(row.tenant, row.station) not in waiting) for row in rows]


def _unheard(session: Session) -> Iterable[RosterRow]:
    return session.scalars(select(RosterRow).where(RosterRow.held_at.is_(None)))


def _active(session: Session, tenant: str, *, operator: str) -> OperatorRow:
    row = session.get(OperatorRow, (tenant, operator))
    if row is None:
        raise OperatorRefused("There is no such account.")
    if row.revoked_at is not None:
        raise OperatorRefused("The account was revoked, for good.")
    return row


def _note(session: Session, kind: str, *, at: datetime, detail: dict[str, str], tenant: str) -> None:
    append_line(session, at, kind=kind, detail={"tenant": tenant, **detail, "by": f"uid:{os.getuid()}"})


def _line(row: OperatorRow, *, heard: bool) -> str:
    shown = {
        "tenant": row.tenant,
        "operator": row.operator,
        "station": row.station,
        "state": "active" if row.revoked_at is None else "revoked",
        "heard_at_station": heard,
        "made_at": instant_text(row.made_at),
        "revoked_at": None if row.revoked_at is None else instant_text(row.revoked_at),
        "reason": row.reason,
    }
    return json.dumps(shown)
