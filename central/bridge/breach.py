"""What a person at headquarters is shown of incidents, and may do: report, close, say that a unit is lost."""

import json
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.wire import Stage, Trigger
from agent.wire.document import instant_text
from central.bridge import incident
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.breach_report import as_page, as_text
from central.bridge.suspicion import Finding
from central.bridge.tables import IncidentRow, ParcelRow
from central.paths import Paths


def listed(paths: Paths, *, everything: bool, now: datetime) -> list[str]:
    """One line an incident, the most urgent first. :raises: SetUpError."""
    with opened_beside(paths) as session:
        return [_line(row, now=now) for row in incident.incidents(session, everything=everything)]


def shown(paths: Paths, name: str, *, now: datetime) -> str:
    """Everything that is known of one, as JSON. :raises: IncidentUnknown, SetUpError."""
    with opened_beside(paths) as session:
        row = incident.incident(session, name)
        times = {
            "since": row.since,
            "known_at": row.known_at,
            "due_at": row.due_at,
            "reported_at": row.reported_at,
            "closed_at": row.closed_at,
        }
        known = {
            **incident.detail_of(row),
            "hours_left": round(incident.hours_left(row, at=now), 1),
            "reason": row.reason,
            **{field: None if at is None else instant_text(at) for field, at in times.items()},
        }
        return json.dumps(known, indent=2, ensure_ascii=False)


def report(paths: Paths, name: str, *, language: str, layout: Literal["text", "html"], now: datetime) -> str:
    """The report to send. :raises: IncidentUnknown, SetUpError."""
    write = as_text if layout == "text" else as_page
    with opened_beside(paths) as session:
        row = incident.incident(session, name)
        return write(row, language=language, parcels=_undecided(session, row), now=now)


def sent(paths: Paths, name: str, *, now: datetime) -> None:
    """A person has sent the report; the clock stands. :raises: IncidentUnknown, SetUpError."""
    with writing_beside(paths) as session:
        incident.reported(session, name, at=now)


def closed(paths: Paths, name: str, *, reason: str, now: datetime) -> None:
    """A person has ended it, with a reason. :raises: IncidentUnknown, SetUpError."""
    with writing_beside(paths) as session:
        incident.close(session, name, reason=reason[:400], at=now)


def lost(paths: Paths, place: tuple[str, str], *, now: datetime) -> str:
    """A person says that a station's unit is lost; returns the incident's id. :raises: SetUpError."""
    finding = Finding(
        trigger=Trigger.UNIT_LOST, tenant=place[0], station=place[1], what="unit", records=None, since=now
    )
    with writing_beside(paths) as session:
        return incident.open_incident(session, finding, known_at=now, at=now).id


def _line(row: IncidentRow, *, now: datetime) -> str:
    left = "closed" if row.closed_at else "reported" if row.reported_at else f"{incident.hours_left(row, at=now):.1f} h"
    return f"{row.id}  {left:>9}  {row.tenant}/{row.station}  {row.trigger}  {row.what}"


def _undecided(session: Session, row: IncidentRow) -> int:
    of_station = (ParcelRow.tenant == row.tenant, ParcelRow.station == row.station)
    wanted = select(func.count()).select_from(ParcelRow).where(*of_station, ParcelRow.stage == Stage.STORED.value)
    return session.scalar(wanted) or 0
