"""Who else has the data, and whether they were told what was changed. Duty: R-DSR-4."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.errors import SubjectRefused
from central.subject.machine import RequestKind
from central.subject.tables import RecipientRow, RequestRow

MIGRIS = "migris"
"""The Migration Department's system: it has whatever it accepted."""

PASSED_ON = frozenset({RequestKind.RECTIFICATION, RequestKind.ERASURE, RequestKind.RESTRICTION})
"""What recipients must hear of."""


def name(session: Session, request: str, *, recipient: str) -> None:
    """They have the data; naming them twice is well."""
    if session.get(RecipientRow, (request, recipient)) is None:
        session.add(RecipientRow(request=request, recipient=recipient))


def recipients(session: Session, request: str) -> list[RecipientRow]:
    """All of them, by name."""
    wanted = select(RecipientRow).where(RecipientRow.request == request).order_by(RecipientRow.recipient)
    return list(session.scalars(wanted))


def was_told(session: Session, request: str, *, recipient: str, reference: str, at: datetime) -> None:
    """They were told; where that can be looked up. :raises: SubjectRefused when they are no recipient."""
    row = _known(session, request, recipient=recipient)
    row.told, row.not_told_because, row.noted_at = reference, None, at


def cannot_be_told(session: Session, request: str, *, recipient: str, because: str, at: datetime) -> None:
    """It is impossible or disproportionate, and why. :raises: SubjectRefused when they are no recipient."""
    row = _known(session, request, recipient=recipient)
    row.told, row.not_told_because, row.noted_at = None, because, at


def refuse_while_untold(session: Session, row: RequestRow) -> None:
    """:raises: SubjectRefused when something was changed for the person and a recipient does not know of it yet."""
    if RequestKind(row.kind) not in PASSED_ON:
        return
    untold = [one.recipient for one in recipients(session, row.id) if one.noted_at is None]
    if untold:
        raise SubjectRefused(f"Recipients were not told yet: {', '.join(untold)}.")


def _known(session: Session, request: str, *, recipient: str) -> RecipientRow:
    row = session.get(RecipientRow, (request, recipient))
    if row is None:
        raise SubjectRefused("The request names no such recipient.")
    return row
