"""What a person at headquarters is shown of requests: as values for machines, and as lines for people."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire.document import instant_text
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.tables import CommandRow, RestrictionRow
from central.errors import SubjectRefused
from central.paths import Paths
from central.subject.deadline import day_of
from central.subject.recipient import cannot_be_told, recipients, was_told
from central.subject.register import check_reference, deadlines, in_hand, known, note, requests, steps
from central.subject.tables import FindingRow, RequestRow

View = dict[str, object]


def listing(paths: Paths, *, open_only: bool, now: datetime) -> list[View]:
    """Every request in brief, oldest first. :raises: SetUpError, CentralError."""
    with opened_beside(paths) as session:
        return [_brief(session, row, now=now) for row in requests(session, open_only=open_only)]


def brief(paths: Paths, request: str, *, now: datetime) -> View:
    """One request in brief. :raises: SubjectRequestUnknown, SetUpError, CentralError."""
    with opened_beside(paths) as session:
        return _brief(session, known(session, request), now=now)


def whole(paths: Paths, request: str, *, now: datetime) -> View:
    """All that is known of one request. :raises: SubjectRequestUnknown, SetUpError, CentralError."""
    with opened_beside(paths) as session:
        row = known(session, request)
        return {
            **_brief(session, row, now=now),
            "form": row.form,
            "language": row.language,
            "proof": row.proof,
            "mandate": row.mandate,
            "received": instant_text(row.received_at),
            "steps": [
                {"step": one.step, "at": instant_text(one.at), "reason": one.reason, "instruction": one.instruction}
                for one in steps(session, row)
            ],
            "deadlines": deadlines_shown(session, row, now=now),
            "parcels": _parcels(session, row),
            "commands": _commands(session, row),
            "recipients": _recipients(session, row),
        }


def deadlines_shown(session: Session, row: RequestRow, *, now: datetime) -> list[View]:
    """Every deadline of a request, and whether it was kept: None while there is time."""
    return [
        {
            "what": one.what,
            "by": one.day.isoformat(),
            "done": None if one.done is None else one.done.isoformat(),
            "kept": one.kept(day_of(now)),
        }
        for one in deadlines(session, row)
    ]


def recipients_noted(
    paths: Paths, request: str, *, said: tuple[str | None, str | None, str | None], at: datetime
) -> list[View]:
    """Who else has the data, after something was noted of one of them.

    :param said: the recipient, where it is kept that they were told, and why they were not; all None only shows.
    :raises: SubjectRequestUnknown; SubjectRefused when it is neither one nor the other; SetUpError.
    """
    recipient, told, because = said
    if recipient is None and told is None and because is None:
        with opened_beside(paths) as session:
            return _recipients(session, known(session, request))
    if recipient is None or (told is None) == (because is None):
        raise SubjectRefused("Say of which recipient, and either where it is kept that they were told, or why not.")
    check_reference(told)
    with writing_beside(paths) as session:
        row = in_hand(session, request)
        if told is not None:
            was_told(session, request, recipient=recipient, reference=told, at=at)
        else:
            cannot_be_told(session, request, recipient=recipient, because=str(because), at=at)
        session.flush()
        note(session, row, at=at, kind="subject-recipient", detail={"recipient": recipient, "told": told})
        return _recipients(session, row)


def _recipients(session: Session, row: RequestRow) -> list[View]:
    return [
        {"recipient": one.recipient, "told": one.told, "not_told_because": one.not_told_because}
        for one in recipients(session, row.id)
    ]


def in_words(said: object, *, indent: str = "") -> str:
    """Names and values, one a line; what has parts is indented below its name."""
    if isinstance(said, list):
        return f"\n{indent}--\n".join(in_words(one, indent=indent) for one in said) if said else f"{indent}none"
    if not isinstance(said, dict):
        return f"{indent}{_word(said)}"
    lines = []
    for name, value in said.items():
        title = f"{indent}{name.replace('_', ' ')}:"
        if isinstance(value, list | dict) and value:
            lines += [title, in_words(value, indent=indent + "  ")]
        else:
            lines.append(f"{title} {_word(value)}")
    return "\n".join(lines)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == [] else str(value)


def _brief(session: Session, row: RequestRow, *, now: datetime) -> View:
    waiting = [one.day for one in deadlines(session, row) if one.done is None]
    return {
        "request": row.id,
        "tenant": row.tenant,
        "kind": row.kind,
        "state": row.state,
        "next_deadline": min(waiting).isoformat() if waiting else None,
        "overdue": bool(waiting) and min(waiting) < day_of(now),
    }


def _parcels(session: Session, row: RequestRow) -> list[View]:
    found = session.scalars(select(FindingRow).where(FindingRow.request == row.id).order_by(FindingRow.parcel))
    return [
        {
            "parcel": one.parcel,
            "station": one.station,
            "known_by": one.known_by,
            "restricted": _is_restricted(session, row.tenant, parcel=one.parcel),
        }
        for one in found
    ]


def _is_restricted(session: Session, tenant: str, *, parcel: str) -> bool:
    of_it = (RestrictionRow.tenant == tenant, RestrictionRow.parcel == parcel, RestrictionRow.lifted_at.is_(None))
    return session.scalars(select(RestrictionRow).where(*of_it)).first() is not None


def _commands(session: Session, row: RequestRow) -> list[View]:
    sent = session.scalars(select(CommandRow).where(CommandRow.request == row.id).order_by(CommandRow.id))
    return [
        {
            "command": one.id,
            "station": one.station,
            "verb": one.verb,
            "outcome": one.outcome,
            "answered": None if one.answered_at is None else instant_text(one.answered_at),
        }
        for one in sent
    ]
