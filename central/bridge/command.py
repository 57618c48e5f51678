"""Commands to stations: a person writes them beside the bridge, here they are published until they are answered.

To one station they go one after the other: what would come after a later one, the station does not carry out.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.wire import CentralTopics, Command, CommandOutcome, CommandResult, sign_document
from agent.wire.document import instant_text
from central.bridge.ledger import append_line
from central.bridge.message import Reply
from central.bridge.subject import Subject
from central.bridge.tables import CommandRow, EventRow
from central.database import Sessions
from vault.envelope import SigningKey
from vault.ledger import Detail

_log = logging.getLogger(__name__)

COMMAND_LIFE = timedelta(days=14)
"""A station that is away so long is asked anew."""


class Commands:
    """Synchronous: the bridge calls it from its one database thread."""

    def __init__(self, sessions: Sessions, *, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def open(self) -> list[Reply]:
        """The oldest open command of each station; those whose time is over end here."""
        with self._sessions() as session:
            if not _unanswered(session):
                return []
        with self._sessions.begin() as session:
            return self._open(session, now=self._clock.now())

    def _open(self, session: Session, *, now: datetime) -> list[Reply]:
        first: dict[tuple[str, str], CommandRow] = {}
        for row in _unanswered(session):
            if row.expires_at < now:
                row.outcome, row.answered_at = CommandOutcome.EXPIRED.value, now
                session.flush()
                append_line(session, now, kind="command-unanswered", detail=_detail(row))
            else:
                first.setdefault((row.tenant, row.station), row)
        return [Reply(CentralTopics(*place).command(row.id), row.signed) for place, row in first.items()]


def close_command(session: Session, result: CommandResult, *, subject: Subject) -> None:
    """A station says what became of a command; its event is stored in this transaction."""
    row = session.get(CommandRow, (subject.tenant, subject.station, result.command))
    if row is None or row.result is not None:
        _log.warning("%s/%s answers a command that it was not given", subject.tenant, subject.station)
        return
    heard = session.get_one(EventRow, (subject.tenant, subject.station, subject.id))
    row.outcome, row.result, row.answered_at = result.outcome.value, subject.id, heard.heard_at
    session.flush()
    append_line(session, heard.heard_at, kind="command-answered", detail={**_detail(row), "outcome": row.outcome})


def issue(session: Session, command: Command, *, key: SigningKey, request: str | None = None) -> None:
    """Sign a command and keep it; the bridge publishes it when this transaction is committed.

    :param request: the person's request that it is for.
    """
    session.add(
        CommandRow(
            tenant=command.tenant,
            station=command.station,
            id=command.id,
            counter=command.counter,
            verb=command.verb.value,
            request=request,
            signed=sign_document(command, key),
            made_at=command.issued,
            expires_at=command.expires,
        )
    )
    session.flush()


def next_counter(session: Session, tenant: str, *, station: str) -> int:
    """The counter of the next command to this station."""
    of_it = (CommandRow.tenant == tenant, CommandRow.station == station)
    return (session.scalar(select(func.max(CommandRow.counter)).where(*of_it)) or 0) + 1


def _unanswered(session: Session) -> list[CommandRow]:
    wanted = select(CommandRow).where(CommandRow.outcome.is_(None)).order_by(CommandRow.counter)
    return list(session.scalars(wanted))


def _detail(row: CommandRow) -> Detail:
    return {
        "tenant": row.tenant,
        "station": row.station,
        "command": row.id,
        "verb": row.verb,
        "request": row.request,
        "expires": instant_text(row.expires_at),
    }
