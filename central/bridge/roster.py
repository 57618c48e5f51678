"""Lists of operators: left at the broker until the station's twin says that it has the newest, however long that takes.

A person changes accounts beside the bridge; each change makes a new list for every station that it concerns.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.wire import CentralTopics, Roster, Twin, sign_document
from agent.wire.roster import RosterEntry
from central.bridge.ledger import append_line
from central.bridge.message import Reply
from central.bridge.tables import OperatorRow, RosterRow
from central.database import Sessions
from vault.envelope import SigningKey
from vault.ledger import Detail


class Rosters:
    """Synchronous: the bridge calls it from its one database thread."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._left: set[tuple[str, str, int]] = set()

    def open(self) -> list[Reply]:
        """The newest of each station that does not have it."""
        with self._sessions() as session:
            rows = {(row.tenant, row.station): row for row in _open(session)}
            self._left.update((row.tenant, row.station, row.number) for row in rows.values())
            return [Reply(CentralTopics(*place).operators, row.signed, retain=True) for place, row in rows.items()]

    def news(self) -> list[Reply]:
        """Those of them that were never left at the broker in this life of the bridge: somebody just changed them."""
        with self._sessions() as session:
            newest = {(row.tenant, row.station): row.number for row in _open(session)}
        return self.open() if {(*place, number) for place, number in newest.items()} - self._left else []


def write_roster(session: Session, place: tuple[str, str], *, key: SigningKey, at: datetime) -> int:
    """A new list for the station, of all accounts as they are now; its number."""
    tenant, station = place
    of_it = (RosterRow.tenant == tenant, RosterRow.station == station)
    number = (session.scalar(select(func.max(RosterRow.number)).where(*of_it)) or 0) + 1
    there = select(OperatorRow).where(OperatorRow.tenant == tenant, OperatorRow.station == station)
    entries = session.scalars(there.order_by(OperatorRow.operator))
    roster = Roster(
        tenant=tenant,
        station=station,
        number=number,
        operators=tuple(RosterEntry(operator=row.operator, revoked=row.revoked_at is not None) for row in entries),
        issued=at,
        key=key.kid,
    )
    session.add(RosterRow(tenant=tenant, station=station, number=number, signed=sign_document(roster, key), made_at=at))
    session.flush()
    return number


def hear_roster(session: Session, twin: Twin, *, at: datetime) -> None:
    """A station says which list it has: whoever was locked out by it is locked out there."""
    if twin.operators is None:
        return
    for row in _open(session, place=(twin.tenant, twin.station)):
        if row.number <= twin.operators:
            row.held_at = at
            session.flush()
            detail: Detail = {"tenant": row.tenant, "station": row.station, "roster": row.number}
            append_line(session, at, kind="operators-held", detail=detail)


def _open(session: Session, *, place: tuple[str, str] | None = None) -> list[RosterRow]:
    """Oldest first. :param place: tenant and station; None is every one's."""
    wanted = select(RosterRow).where(RosterRow.held_at.is_(None))
    if place is not None:
        wanted = wanted.where(RosterRow.tenant == place[0], RosterRow.station == place[1])
    return list(session.scalars(wanted.order_by(RosterRow.number)))
