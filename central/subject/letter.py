"""Drafts of letters, in Lithuanian or English: printed for a person who decides, signs and sends. Nothing is sent here.

A refusal has its reasons, and every letter the way to complain to the inspectorate. Duty: R-DSR-5.
"""

from enum import StrEnum

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import select

from central.bridge.beside import opened_beside
from central.bridge.tables import RestrictionRow
from central.errors import SubjectRefused
from central.paths import Paths
from central.subject.deadline import day_of, extended_to
from central.subject.machine import RequestForm, RequestKind
from central.subject.recipient import recipients
from central.subject.register import answer_day, known


class Letter(StrEnum):
    """What a letter says."""

    ANSWER = "answer"
    """It was done, and who else was told."""
    REFUSAL = "refusal"
    """It is not done, and why."""
    EXTENSION = "extension"
    """It takes longer, until when, and why."""
    RETURN = "return"
    """It is not in order, and why."""
    LIFT = "lift"
    """A restriction will be lifted, and why."""


LETTERS = Environment(
    loader=PackageLoader("central.subject", "letters"),
    # plain text or Markdown for a person to read, written by this program alone: there is no markup to escape
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
"""The drafts of everything that a person is told, by name and language."""

_ABOUT = {
    "lt": {
        RequestKind.ACCESS: "prašymo susipažinti su savo asmens duomenimis",
        RequestKind.RECTIFICATION: "prašymo ištaisyti asmens duomenis",
        RequestKind.ERASURE: "prašymo ištrinti asmens duomenis",
        RequestKind.RESTRICTION: "prašymo apriboti asmens duomenų tvarkymą",
        RequestKind.PORTABILITY: "prašymo perkelti asmens duomenis",
        RequestKind.OBJECTION: "nesutikimo, kad asmens duomenys būtų tvarkomi",
        RequestKind.INFORMATION: "prašymo suteikti informaciją apie asmens duomenų tvarkymą",
    },
    "en": {
        RequestKind.ACCESS: "your request for access to your personal data",
        RequestKind.RECTIFICATION: "your request to have personal data rectified",
        RequestKind.ERASURE: "your request to have personal data erased",
        RequestKind.RESTRICTION: "your request to have the processing of personal data restricted",
        RequestKind.PORTABILITY: "your request for portable personal data",
        RequestKind.OBJECTION: "your objection to the processing of personal data",
        RequestKind.INFORMATION: "your request for information about the processing of personal data",
    },
}
_FORM = {
    "lt": {
        RequestForm.LETTER: "paštu",
        RequestForm.EMAIL: "el. paštu",
        RequestForm.PORTAL: "per elektroninių paslaugų portalą",
        RequestForm.IN_PERSON: "asmeniškai",
    },
    "en": {
        RequestForm.LETTER: "by post",
        RequestForm.EMAIL: "by e-mail",
        RequestForm.PORTAL: "through the portal of electronic services",
        RequestForm.IN_PERSON: "in person",
    },
}
_REASONED = frozenset({Letter.REFUSAL, Letter.EXTENSION, Letter.RETURN, Letter.LIFT})


def draft(paths: Paths, request: str, *, letter: Letter, language: str | None, reason: str | None) -> str:
    """The draft's text.

    :param language: None is the request's own.
    :raises: SubjectRequestUnknown, SubjectRefused when its reason is lacking, SetUpError.
    """
    if letter in _REASONED and not reason:
        raise SubjectRefused("This letter needs its reason.")
    with opened_beside(paths) as session:
        row = known(session, request)
        named = recipients(session, request)
        open_ones = (RestrictionRow.request == request, RestrictionRow.lifted_at.is_(None))
        said = {
            "request": row.id,
            "received": day_of(row.received_at).isoformat(),
            "answer_by": extended_to(answer_day(session, row)).isoformat(),
            "reason": reason,
            "restricted": session.scalars(select(RestrictionRow).where(*open_ones)).first() is not None,
            "told": [one.recipient for one in named if one.told],
            "not_told": [
                {"recipient": one.recipient, "because": one.not_told_because} for one in named if one.not_told_because
            ],
        }
        tongue = language or row.language
        said |= {"about": _ABOUT[tongue][RequestKind(row.kind)], "form": _FORM[tongue][RequestForm(row.form)]}
    return LETTERS.get_template(f"{letter}.{tongue}.j2").render(said)
