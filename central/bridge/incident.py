"""Incidents: from a finding on, a person has 24 hours to report it or to close it with a reason.

One open incident for the same thing at the same place. Source: requirement R-BREACH-1 (at most 24 hours after it is
known); what is known is known when headquarters hears of it, or when the station noticed, whichever is earlier.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from central.bridge.ledger import append_line
from central.bridge.suspicion import Finding
from central.bridge.tables import IncidentRow
from central.errors import IncidentUnknown
from vault.ledger import Detail

_log = logging.getLogger(__name__)

TIME_LIMIT = timedelta(hours=24)
"""From when it is known to when the controller has the report."""

REMIND_HOURS_LEFT = (12, 6, 3, 1, 0)
"""When the log and the ledger say how long is left."""


def open_incident(session: Session, finding: Finding, *, known_at: datetime, at: datetime) -> IncidentRow:
    """The incident of this finding, made now or open already; in the caller's transaction.

    :param known_at: a station's clock may be ahead: nothing is known later than now.
    """
    same = select(IncidentRow).where(
        IncidentRow.tenant == finding.tenant,
        IncidentRow.station == finding.station,
        IncidentRow.trigger == finding.trigger.value,
        IncidentRow.what == finding.what,
        IncidentRow.closed_at.is_(None),
    )
    there = session.scalars(same).first()
    if there is not None:
        return there
    known_at = min(known_at, at)
    row = IncidentRow(
        id=str(ULID.from_datetime(at)).lower(),
        tenant=finding.tenant,
        station=finding.station,
        trigger=finding.trigger.value,
        what=finding.what,
        records=finding.records,
        since=finding.since,
        known_at=known_at,
        due_at=known_at + TIME_LIMIT,
        reminded=24,
    )
    session.add(row)
    session.flush()
    _log.error("incident %s: %s at %s/%s; 24 hours run", row.id, row.trigger, row.tenant, row.station)
    append_line(session, at, kind="incident-opened", detail=detail_of(row))
    return row


def remind(session: Session, *, at: datetime) -> list[str]:
    """Say of every incident that nobody reported how long is left; each step of the clock once. Returns their ids."""
    unreported = select(IncidentRow).where(IncidentRow.closed_at.is_(None), IncidentRow.reported_at.is_(None))
    reminded = []
    for row in session.scalars(unreported.order_by(IncidentRow.due_at)):
        left_h = hours_left(row, at=at)
        passed = [step for step in REMIND_HOURS_LEFT if left_h <= step < row.reminded]
        if not passed:
            continue
        row.reminded = min(passed)
        session.flush()
        _log.error("incident %s is not reported: %.1f hours left", row.id, left_h)
        append_line(session, at, kind="incident-reminded", detail={**detail_of(row), "hours_left": int(left_h)})
        reminded.append(row.id)
    return reminded


def hours_left(row: IncidentRow, *, at: datetime) -> float:
    """Until the controller must have the report; negative when that is past."""
    return (row.due_at - at) / timedelta(hours=1)


def incidents(session: Session, *, everything: bool) -> list[IncidentRow]:
    """Those that are open, or all, the most urgent first."""
    wanted = select(IncidentRow).order_by(IncidentRow.due_at, IncidentRow.id)
    return list(session.scalars(wanted if everything else wanted.where(IncidentRow.closed_at.is_(None))))


def incident(session: Session, name: str) -> IncidentRow:
    """One of them. :raises: IncidentUnknown."""
    row = session.get(IncidentRow, name)
    if row is None:
        raise IncidentUnknown("There is no such incident: see `smilius-central breach list`.")
    return row


def reported(session: Session, name: str, *, at: datetime) -> None:
    """A person has sent the report. The first time counts. :raises: IncidentUnknown."""
    row = incident(session, name)
    if row.reported_at is None:
        row.reported_at = at
        session.flush()
        append_line(session, at, kind="incident-reported", detail=detail_of(row))


def close(session: Session, name: str, *, reason: str, at: datetime) -> None:
    """A person has ended it. :raises: IncidentUnknown, also when it is closed already."""
    row = incident(session, name)
    if row.closed_at is not None:
        raise IncidentUnknown("The incident is closed already.")
    row.closed_at, row.reason = at, reason
    session.flush()
    append_line(session, at, kind="incident-closed", detail={**detail_of(row), "reported": row.reported_at is not None})


def detail_of(row: IncidentRow) -> Detail:
    """What the ledger and people are told of one, without its times."""
    return {
        "incident": row.id,
        "tenant": row.tenant,
        "station": row.station,
        "trigger": row.trigger,
        "what": row.what,
        "records": row.records,
    }
