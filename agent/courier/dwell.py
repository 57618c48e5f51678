"""The alarm about parcels that wait at the station for too long: said once, to central and in the log.

Only said: nothing is ever wiped because it is old. What was said is in the database, so that no later life repeats it.
A clock that jumps ahead raises the alarm early, which costs somebody a look.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker
from ulid import ULID

from agent.clock import Clock
from agent.courier.machine import ENDED_STATES
from agent.courier.tables import DwellRow, EventRow, MilestoneRow, ParcelRow
from agent.wire import Dwell, sign_document
from agent.wire.document import instant_text
from vault.envelope import SigningKey
from vault.ledger import Ledger

_log = logging.getLogger(__name__)


class DwellWatch:
    """Looks at how long parcels have been on the disk."""

    def __init__(self, engine: Engine, *, key: SigningKey, clock: Clock, limit: timedelta) -> None:
        """:param key: the link key, which signs events. :param limit: so long a parcel may be here."""
        self._session = sessionmaker(engine)
        self._ledger = Ledger()
        self._key = key
        self._clock = clock
        self._limit = limit

    def look(self) -> None:
        """Raise what has waited for too long, end what has left; each once."""
        with self._session.begin() as session:
            raised = [self._raise(session, parcel, since=since) for parcel, since in self._overdue(session)]
            ended = self._end(session)
        for parcel, state in raised:
            _log.warning("parcel %s has waited for too long: it is %s", parcel, state)
        for parcel in ended:
            _log.info("parcel %s, which had waited for too long, has left", parcel)

    def dwelling(self) -> int:
        """How many parcels the alarm stands for now."""
        with self._session() as session:
            open_alarms = select(func.count()).select_from(DwellRow).where(DwellRow.ended_at.is_(None))
            return session.scalar(open_alarms) or 0

    def oldest(self) -> datetime | None:
        """When the parcel was spooled that is here for longest; None when none is."""
        here = (
            select(func.min(MilestoneRow.at))
            .join(ParcelRow, ParcelRow.id == MilestoneRow.parcel)
            .where(ParcelRow.state.not_in(ENDED_STATES))
        )
        with self._session() as session:
            return session.scalar(here)

    def _overdue(self, session: Session) -> list[tuple[ParcelRow, datetime]]:
        # kept as sortable text, so that the database finds the earliest
        spooled_at = func.min(MilestoneRow.at)
        wanted = (
            select(ParcelRow, spooled_at)
            .join(MilestoneRow, MilestoneRow.parcel == ParcelRow.id)
            .join(DwellRow, DwellRow.parcel == ParcelRow.id, isouter=True)
            .where(ParcelRow.state.not_in(ENDED_STATES), DwellRow.parcel.is_(None))
            .group_by(ParcelRow.id)
            .having(spooled_at <= self._clock.now() - self._limit)
            .order_by(ParcelRow.id)
        )
        return [(parcel, since) for parcel, since in session.execute(wanted)]

    def _raise(self, session: Session, parcel: ParcelRow, *, since: datetime) -> tuple[str, str]:
        now = self._clock.now()
        told = Dwell(
            parcel=parcel.id,
            kind=parcel.kind,
            digest=parcel.digest,
            state=parcel.state,
            spooled_at=since,
            time=now,
        )
        event = str(ULID.from_datetime(now)).lower()
        session.add(DwellRow(parcel=parcel.id, event=event, raised_at=now, ended_at=None))
        session.add(EventRow(id=event, signed=sign_document(told, self._key), made_at=now, receipted_at=None))
        detail = {"parcel": parcel.id, "state": parcel.state, "spooled_at": instant_text(since)}
        self._ledger.append(session, kind="parcel-dwells", time=instant_text(now), detail=detail)
        return parcel.id, parcel.state

    def _end(self, session: Session) -> list[str]:
        left = (
            select(DwellRow)
            .join(ParcelRow, ParcelRow.id == DwellRow.parcel)
            .where(DwellRow.ended_at.is_(None), ParcelRow.state.in_(ENDED_STATES))
        )
        rows = session.scalars(left).all()
        for row in rows:
            row.ended_at = self._clock.now()
        return [row.parcel for row in rows]
