"""The register of requests: each step is one transaction, together with its line in the ledger.

The ledger's line names request, step and instruction; the reason, which a person wrote, stands in the register only.
"""

import os
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central.bridge.beside import writing_beside
from central.bridge.ledger import append_line
from central.errors import SubjectRefused, SubjectRequestUnknown
from central.paths import Paths
from central.settings import load_settings
from central.subject.deadline import answer_by, day_of, extended_to, order_by
from central.subject.machine import (
    ANSWERABLE,
    CLOSED,
    WITH_INSTRUCTION,
    WITH_REASON,
    RequestForm,
    RequestKind,
    RequestState,
    Step,
    after,
)
from central.subject.recipient import refuse_while_untold
from central.subject.tables import RequestRow, StepRow
from vault.ledger import Detail

REFERENCE_LENGTH_MAX = 120
REASON_LENGTH_MAX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for, as it came."""

    tenant: str
    """Whose clients they are."""
    kind: RequestKind
    """What they ask for."""
    form: RequestForm
    """How it came, and so how it is answered."""
    language: str
    """`lt` or `en`: the language of the drafts."""
    proof: str
    """Where the proof of who they are is kept: a reference, never a copy."""
    mandate: str | None
    """Where the representative's mandate is kept; None when they ask for themselves."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person at headquarters says with a step."""

    reason: str | None = None
    """Why, as the person who asked was told."""
    instruction: str | None = None
    """The controller's instruction: its reference."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day by which something had to be done, and when it was."""

    what: str
    """`order`, `answer` or `extended-answer`."""
    day: date
    """The last day, in Vilnius."""
    done: date | None
    """The day on which it was done."""

    def kept(self, today: date) -> bool | None:
        """None while nothing was done and there is still time."""
        if self.done is not None:
            return self.done <= self.day
        return None if today <= self.day else False


def register(paths: Paths, asked: Asked, *, received: datetime, at: datetime) -> RequestRow:
    """Write a request down. :raises: SubjectRefused when it cannot be so; SetUpError."""
    if received > at:
        raise SubjectRefused("A request cannot have come in the future.")
    if asked.tenant not in load_settings(paths.settings).tenants:
        raise SubjectRefused("There is no such tenant.")
    for reference in (asked.proof, asked.mandate):
        check_reference(reference)
    with writing_beside(paths) as session:
        year = day_of(at).year
        number = session.scalar(select(func.count()).where(RequestRow.id.startswith(f"{year}-"))) or 0
        row = RequestRow(
            id=f"{year}-{number + 1:04d}",
            tenant=asked.tenant,
            kind=asked.kind.value,
            form=asked.form.value,
            language=asked.language,
            proof=asked.proof,
            mandate=asked.mandate,
            state=RequestState.RECEIVED.value,
            received_at=received,
        )
        session.add(row)
        session.flush()
        note(session, row, at=at, kind="subject-registered", detail={"asks": row.kind, "form": row.form})
        session.expunge(row)
    return row


def take(paths: Paths, request: str, *, step: Step, given: Given, at: datetime) -> RequestRow:
    """Take a step. :raises: SubjectRequestUnknown; SubjectRefused when it is not allowed now, or lacks its reason."""
    _check(step, given)
    with writing_beside(paths) as session:
        row = known(session, request)
        state = after(RequestState(row.state), step)
        if step is Step.EXTEND and day_of(at) > answer_day(session, row):
            raise SubjectRefused("The time for an extension is over: it is told inside the first month.")
        if step is Step.ANSWER:
            refuse_while_untold(session, row)
        row.state = state.value
        number = session.scalar(select(func.count()).where(StepRow.request == row.id)) or 0
        session.add(
            StepRow(
                request=row.id,
                number=number + 1,
                step=step.value,
                state=state.value,
                at=at,
                reason=given.reason,
                instruction=given.instruction,
                uid=os.getuid(),
            )
        )
        session.flush()
        detail: Detail = {"step": step.value, "state": state.value, "instruction": given.instruction}
        note(session, row, at=at, kind="subject-step", detail=detail)
        session.expunge(row)
    return row


def known(session: Session, request: str) -> RequestRow:
    """The request. :raises: SubjectRequestUnknown."""
    row = session.get(RequestRow, request)
    if row is None:
        raise SubjectRequestUnknown("The register has no such request: see `smilius-central subject list`.")
    return row


def in_hand(session: Session, request: str, *, kinds: frozenset[RequestKind] = frozenset(RequestKind)) -> RequestRow:
    """A request for which something may be done: who asks is proven, and it is open.

    :param kinds: for which kinds this may be done.
    :raises: SubjectRequestUnknown, SubjectRefused.
    """
    row = known(session, request)
    if RequestState(row.state) not in ANSWERABLE:
        raise SubjectRefused(f"Nothing is done for a request that is {row.state}: it must be in order first.")
    if RequestKind(row.kind) not in kinds:
        raise SubjectRefused(f"That is not done for a request for {row.kind}.")
    return row


def note(session: Session, row: RequestRow, *, at: datetime, kind: str, detail: Detail) -> None:
    """A line in the ledger about a request; what it tells of was written in this transaction before."""
    append_line(session, at, kind=kind, detail={"tenant": row.tenant, "request": row.id, "uid": os.getuid(), **detail})


def requests(session: Session, *, open_only: bool) -> list[RequestRow]:
    """Every request, oldest first."""
    wanted = select(RequestRow).order_by(RequestRow.id)
    if open_only:
        wanted = wanted.where(RequestRow.state.not_in([state.value for state in CLOSED]))
    return list(session.scalars(wanted))


def steps(session: Session, row: RequestRow) -> list[StepRow]:
    """What was done about it, oldest first."""
    return list(session.scalars(select(StepRow).where(StepRow.request == row.id).order_by(StepRow.number)))


def deadlines(session: Session, row: RequestRow) -> list[Deadline]:
    """Every day that mattered for the request so far, and whether it was kept."""
    taken = {Step(step.step): day_of(step.at) for step in steps(session, row)}
    withdrawn, end = taken.get(Step.WITHDRAW), taken.get(Step.ANSWER, taken.get(Step.REFUSE))
    found: list[Deadline] = []
    if Step.RETURN in taken or Step.ACCEPT not in taken:
        received = order_by(day_of(row.received_at))
        found.append(Deadline("order", received, taken.get(Step.RETURN, withdrawn)))
    if Step.ACCEPT in taken or Step.RETURN not in taken:
        # the notice of an extension is what the first month asks for then
        first = answer_day(session, row)
        found.append(Deadline("answer", first, taken.get(Step.EXTEND, end or withdrawn)))
        if Step.EXTEND in taken:
            found.append(Deadline("extended-answer", extended_to(first), end or withdrawn))
    return found


def answer_day(session: Session, row: RequestRow) -> date:
    """The last day for an answer before any extension; for what had been returned it counts from its completion."""
    taken = {Step(step.step): step.at for step in steps(session, row)}
    completed = Step.RETURN in taken and Step.ACCEPT in taken
    return answer_by(day_of(taken[Step.ACCEPT] if completed else row.received_at))


def check_reference(reference: str | None) -> None:
    """:raises: SubjectRefused when it is too long, empty or not one line."""
    if reference is not None and not (reference.isprintable() and 0 < len(reference) <= REFERENCE_LENGTH_MAX):
        raise SubjectRefused(f"A reference is one line of at most {REFERENCE_LENGTH_MAX} characters.")


def _check(step: Step, given: Given) -> None:
    if step in WITH_REASON and not given.reason:
        raise SubjectRefused("This step needs the reason that the person was told.")
    if given.reason is not None and len(given.reason) > REASON_LENGTH_MAX:
        raise SubjectRefused(f"A reason has at most {REASON_LENGTH_MAX} characters.")
    if step in WITH_INSTRUCTION and given.instruction is None:
        raise SubjectRefused("This step needs the controller's instruction: its reference.")
    check_reference(given.instruction)
