"""The roll of stations: which of them are there, and what each says of itself as a whole.

Both are what the broker retains. Whether a station is there is known only while the bridge itself is connected: from
the end of a connection until the broker has told again, nobody is known to be there.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.wire import StationPresence, Twin, WireError, read_signed
from agent.wire.document import read_plain
from central.bridge.desired import hear_twin
from central.bridge.message import Arrived
from central.bridge.roster import hear_roster
from central.bridge.tables import StationRow
from central.database import Sessions
from central.errors import StationUnknown
from central.pki.registry import Registry
from vault.envelope import Pinned

_log = logging.getLogger(__name__)


class Presence(StrEnum):
    """Whether a station is there."""

    ONLINE = "online"
    """It has a connection to the broker."""
    OFFLINE = "offline"
    """Its connection has ended."""
    UNKNOWN = "unknown"
    """It was never heard, or the bridge has no connection itself."""


ROLL = frozenset({"state", "twin"})
"""The subjects that are for the roll."""


class Roll:
    """Synchronous: the bridge calls it from its one database thread."""

    def __init__(self, sessions: Sessions, registry: Registry, *, clock: Clock) -> None:
        self._sessions = sessions
        self._registry = registry
        self._clock = clock
        self._closed = False

    def take(self, batch: Sequence[Arrived]) -> None:
        """What stations said, in its order; committed when this returns."""
        if self._closed:
            return
        with self._sessions.begin() as session:
            for arrived in batch:
                try:
                    self._one(session, arrived)
                except (WireError, StationUnknown) as error:
                    place = f"{arrived.where.tenant}/{arrived.where.station}"
                    _log.warning("what %s says of itself was refused: %s", place, error.sentence)

    def lose(self) -> None:
        """The bridge's own connection has ended, or a new life of it begins: nobody is known to be there."""
        known = update(StationRow).where(StationRow.presence == Presence.ONLINE)
        with self._sessions.begin() as session:
            session.execute(known.values(presence=Presence.UNKNOWN.value))

    def close(self) -> None:
        """At the end: nobody is known to be there, whatever is still heard."""
        self.lose()
        self._closed = True

    def _one(self, session: Session, arrived: Arrived) -> None:
        where, at = arrived.where, self._clock.now()
        keys = self._registry.known(where.tenant, where.station)
        row = session.get(StationRow, (where.tenant, where.station))
        if row is None:
            row = StationRow(tenant=where.tenant, station=where.station, presence=Presence.UNKNOWN.value)
            session.add(row)
        if where.subject == "state":
            _note_presence(row, read_plain(arrived.payload, StationPresence), at=at)
        else:
            self._note_twin(session, row, arrived=arrived, link=keys.link, at=at)

    def _note_twin(self, session: Session, row: StationRow, *, arrived: Arrived, link: Pinned, at: datetime) -> None:
        twin = read_signed(arrived.payload, Twin, pinned=link)
        if (twin.tenant, twin.station) != (arrived.where.tenant, arrived.where.station):
            raise WireError("A twin names another place than its topic.")
        known = read_twin(row.twin, link=link)
        if known is not None and known.boot == twin.boot and known.number >= twin.number:
            # retained, and told again at a new connection
            return
        row.twin, row.twin_heard_at = arrived.payload, at
        hear_twin(session, twin, at=at)
        hear_roster(session, twin, at=at)


def _note_presence(row: StationRow, said: StationPresence, *, at: datetime) -> None:
    """A will may come late, when a later connection is there already: it says nothing then."""
    known = (row.boot or "", row.connection or 0)
    late = (said.boot == row.boot and said.connection < known[1]) or (
        not said.online and (said.boot, said.connection) < known
    )
    if late:
        return
    presence = Presence.ONLINE if said.online else Presence.OFFLINE
    # what the broker tells again when it is asked again is as old as it was
    as_before = {presence.value, Presence.UNKNOWN.value} if said.online else {presence.value}
    if (said.boot, said.connection) != known or row.presence not in as_before:
        row.since = at
    row.presence, row.boot, row.connection = presence.value, said.boot, said.connection


def read_twin(signed: bytes | None, *, link: Pinned) -> Twin | None:
    """A twin that is kept here; None when there is none, or when the unit that signed it was replaced."""
    if signed is None:
        return None
    try:
        return read_signed(signed, Twin, pinned=link)
    except WireError:
        return None
