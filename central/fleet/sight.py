"""What is known of stations now: the registry, the roll, open incidents, put together. Nothing personal."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.wire import Twin
from agent.wire.document import instant_text
from central.bridge.beside import opened_beside
from central.bridge.roll import Presence, read_twin
from central.bridge.tables import IncidentRow, StationRow
from central.errors import StationUnknown
from central.paths import Paths
from central.pki.registry import Registry
from vault.envelope import Pinned

View = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One enrolled station."""

    tenant: str
    """Whose."""
    station: str
    """Which."""
    presence: Presence
    """Whether it is there."""
    since: datetime | None
    """Since when, as headquarters' clock has it; None when it was never heard."""
    twin: Twin | None
    """What its unit said last of itself."""
    heard_at: datetime | None
    """When that was heard."""
    incidents: int
    """Incidents about it that are open."""

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.tenant}/{self.station}"

    @property
    def alarms(self) -> tuple[str, ...]:
        """Codes of what somebody should see to."""
        said = [f"incidents:{self.incidents}"] if self.incidents else []
        if self.twin is None:
            return tuple(said)
        queue, word, configuration = self.twin.queue, self.twin.word, self.twin.configuration
        said += [
            f"{name}:{count}"
            for name, count in (("quarantined", queue.quarantined), ("dwelling", queue.dwelling))
            if count
        ]
        if configuration.state in {"refused", "reverted"}:
            said.append(f"configuration-{configuration.state}")
        said += self.twin.warnings
        said += ("station-silent",) if word is None else word.warnings
        return tuple(said)

    def view(self) -> View:
        """JSON-ready, with the whole twin."""
        twin = None if self.twin is None else json.loads(self.twin.canonical())
        return {
            "tenant": self.tenant,
            "station": self.station,
            "presence": self.presence.value,
            "since": None if self.since is None else instant_text(self.since),
            "alarms": list(self.alarms),
            "incidents": self.incidents,
            "twin_heard_at": None if self.heard_at is None else instant_text(self.heard_at),
            "twin": twin,
        }


def sighted(paths: Paths) -> list[Sight]:
    """Every enrolled station, in the order of their names. :raises: SetUpError, CentralError."""
    registry = Registry(paths.stations)
    with opened_beside(paths) as session:
        return list(_sighted(session, registry))


def one_of(sights: list[Sight], name: str) -> Sight:
    """The station that a person names: with its tenant, or without where that is clear. :raises: StationUnknown."""
    found = [one for one in sights if name in {one.name, one.station}]
    if not found:
        raise StationUnknown("No such station is enrolled.")
    if len(found) > 1:
        raise StationUnknown("Several tenants have a station of this name: write TENANT/STATION.")
    return found[0]


def _sighted(session: Session, registry: Registry) -> Iterator[Sight]:
    rows = {(row.tenant, row.station): row for row in session.scalars(select(StationRow))}
    open_ones = select(IncidentRow.tenant, IncidentRow.station, func.count()).where(IncidentRow.closed_at.is_(None))
    grouped = session.execute(open_ones.group_by(IncidentRow.tenant, IncidentRow.station))
    incidents = {(tenant, station): count for tenant, station, count in grouped}
    for place in registry.places():
        row = rows.get(place)
        yield Sight(
            tenant=place[0],
            station=place[1],
            presence=Presence.UNKNOWN if row is None else Presence(row.presence),
            since=None if row is None else row.since,
            twin=None if row is None else read_twin(row.twin, link=_link(registry, place)),
            heard_at=None if row is None else row.twin_heard_at,
            incidents=incidents.get(place, 0),
        )


def _link(registry: Registry, place: tuple[str, str]) -> Pinned:
    """What verifies its twin: nothing does while its keys cannot be read."""
    try:
        return registry.known(*place).link
    except StationUnknown:
        return Pinned([])
