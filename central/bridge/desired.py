"""Configurations that stations are to have: left at the broker until the station says what became of the newest.

A person writes them beside the bridge. What the station says is in its twin, which repeats the newest it has heard.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.wire import CentralTopics, Configuration, Twin, sign_document
from agent.wire.document import instant_text
from central.bridge.ledger import append_line
from central.bridge.message import Reply
from central.bridge.tables import ConfigurationRow
from central.database import Sessions
from vault.envelope import SigningKey, digest_of
from vault.ledger import Detail

SUPERSEDED, EXPIRED = "superseded", "expired"
"""What headquarters itself says of one that the station has never answered."""


class Desired:
    """Synchronous: the bridge calls it from its one database thread."""

    def __init__(self, sessions: Sessions, *, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._left: set[tuple[str, str, int]] = set()

    def open(self) -> list[Reply]:
        """The newest of each station that it has not answered; those whose time is over end here."""
        with self._sessions() as session:
            if not _unanswered(session):
                return []
        with self._sessions.begin() as session:
            return self._open(session, now=self._clock.now())

    def news(self) -> list[Reply]:
        """Those of them that were never left at the broker in this life of the bridge: somebody has just set them."""
        with self._sessions() as session:
            new = {(row.tenant, row.station, row.number) for row in _unanswered(session)} - self._left
        return self.open() if new else []

    def _open(self, session: Session, *, now: datetime) -> list[Reply]:
        newest: dict[tuple[str, str], ConfigurationRow] = {}
        for row in _unanswered(session):
            if row.expires_at < now:
                _end(session, row, outcome=EXPIRED, at=now)
            else:
                newest[row.tenant, row.station] = row
            self._left.add((row.tenant, row.station, row.number))
        return [Reply(CentralTopics(*place).config, row.signed, retain=True) for place, row in newest.items()]


def hear_twin(session: Session, twin: Twin, *, at: datetime) -> None:
    """A station says which is the newest it has heard, and what became of it."""
    said = twin.configuration
    if said.newest is None:
        return
    for row in _unanswered(session, place=(twin.tenant, twin.station)):
        if row.number < said.newest:
            _end(session, row, outcome=SUPERSEDED, at=at)
        elif row.number == said.newest and said.state in {"applied", "refused", "reverted"}:
            row.reason, row.sentence = said.reason, said.sentence
            _end(session, row, outcome=said.state, at=at)


def keep(session: Session, configuration: Configuration, *, key: SigningKey, by: str) -> None:
    """Sign one; the bridge leaves it at the broker when this transaction is committed."""
    signed = sign_document(configuration, key)
    row = ConfigurationRow(
        tenant=configuration.tenant,
        station=configuration.station,
        number=configuration.number,
        signed=signed,
        digest=digest_of(signed),
        made_at=configuration.issued,
        made_by=by,
        expires_at=configuration.expires,
    )
    session.add(row)
    session.flush()
    append_line(session, configuration.issued, kind="configuration-set", detail={**_detail(row), "by": by})


def next_number(session: Session, tenant: str, *, station: str) -> int:
    """The number of the next configuration for this station."""
    of_it = (ConfigurationRow.tenant == tenant, ConfigurationRow.station == station)
    return (session.scalar(select(func.max(ConfigurationRow.number)).where(*of_it)) or 0) + 1


def _unanswered(session: Session, *, place: tuple[str, str] | None = None) -> list[ConfigurationRow]:
    """Oldest first."""
    wanted = select(ConfigurationRow).where(ConfigurationRow.outcome.is_(None))
    if place is not None:
        wanted = wanted.where(ConfigurationRow.tenant == place[0], ConfigurationRow.station == place[1])
    return list(session.scalars(wanted.order_by(ConfigurationRow.number)))


def _end(session: Session, row: ConfigurationRow, *, outcome: str | None, at: datetime) -> None:
    row.outcome, row.answered_at = outcome, at
    session.flush()
    append_line(session, at, kind="configuration-ended", detail={**_detail(row), "outcome": outcome})


def _detail(row: ConfigurationRow) -> Detail:
    return {
        "tenant": row.tenant,
        "station": row.station,
        "configuration": row.number,
        "digest": row.digest,
        "reason": row.reason,
        "expires": instant_text(row.expires_at),
    }
