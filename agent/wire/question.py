"""Questions to MIGRIS, and its answers: sealed both ways, in nobody's files.

The question carries an ephemeral HPKE public key; its private half lives only in the asker's memory, so the answer can
be read by nobody else and by nobody later.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from agent.wire.document import Document, Instant
from agent.wire.ident import Base64, Ulid

QUESTION_KIND = "question"
ANSWER_KIND = "answer"

PRINT_BYTES_MAX = 23_000
"""Two such prints, and what is around them, are within what a document may have."""

CANDIDATES_MAX = 20
"""More of one person than MIGRIS ever has open."""


class Likeness(StrEnum):
    """What a comparison came to. MIGRIS's word; nobody here compares."""

    SAME = "same"
    """Of one person."""
    OTHER = "other"
    """Of different people."""
    UNSURE = "unsure"
    """The pictures do not let anybody say."""


class ApplicationCheck(Document):
    """Does MIGRIS know this application, and may biometrics be added to it? Duty: R-VISIT-1."""

    application: Annotated[str, Field(min_length=1, max_length=64)]
    """The application's number as the client gave it."""


class Applicant(Document):
    """What MIGRIS lets the operator compare; shown, never stored, never editable. Duty: R-VISIT-6."""

    given_name: str
    """Given name."""
    surname: str
    """Surname."""
    birth_date: str
    """YYYY-MM-DD."""
    citizenship: str
    """ISO 3166-1 alpha-3."""


class PersonCheck(Document):
    """Which applications has exactly this person? Duty: R-VISIT-1."""

    person: Applicant
    """All four of what names a person; MIGRIS is not asked for namesakes."""


def _small_enough(wsq: bytes) -> bytes:
    if not 0 < len(wsq) <= PRINT_BYTES_MAX:
        raise ValueError("a print for comparison is not empty and not larger than a question has room for")
    return wsq


class PrintSample(Document):
    """One print, taken now."""

    finger: Annotated[str, Field(pattern=r"^[a-z-]{1,20}$")]
    """Which finger."""
    wsq: Annotated[Base64, AfterValidator(_small_enough)] = Field(repr=False)
    """The picture, WSQ."""


class HandoverCheck(Document):
    """Are these the prints of the application's applicant? Duty: R-VISIT-4."""

    application: Annotated[str, Field(min_length=1, max_length=64)]
    """The application's number."""
    prints: Annotated[tuple[PrintSample, ...], Field(min_length=1, max_length=2)]
    """What was taken at the handover."""


class Question(Document):
    """What is inside the seal of `up/ask/{id}`."""

    content_type: ClassVar[str] = ""

    id: Ulid
    """The question's id; the seal's context names it too."""
    check: ApplicationCheck | PersonCheck | HandoverCheck
    """What is asked; each has an answer of its own: `Answer`, `PersonAnswer`, `HandoverAnswer`."""
    reply_key: Base64
    """The ephemeral HPKE public key to seal the answer for."""
    expires: Instant
    """After this nobody waits for the answer."""


class Answer(Document):
    """What is inside the seal of `dn/answer/{id}`."""

    id: Ulid
    """The question's id."""
    known: bool
    """Whether MIGRIS has such an application."""
    open: bool
    """Whether biometrics may be added to it now."""
    state: str | None = Field(max_length=40)
    """The application's state at MIGRIS."""
    applicant: Applicant | None
    """Whom the operator should see in front of the desk."""
    failure: str | None = Field(default=None, max_length=60)
    """A code when MIGRIS could not be asked; then nothing else in the answer means anything."""


class Candidate(Document):
    """One of a person's applications."""

    application: str = Field(max_length=64)
    """Its number."""
    open: bool
    """Whether biometrics may be added to it now."""
    state: str = Field(max_length=40)
    """Its state at MIGRIS."""


class PersonAnswer(Document):
    """Inside the seal of `dn/answer/{id}`, to a `PersonCheck`."""

    id: Ulid
    """The question's id."""
    applications: Annotated[tuple[Candidate, ...], Field(max_length=CANDIDATES_MAX)]
    """Those of exactly this person; none when MIGRIS has none."""
    failure: str | None = Field(default=None, max_length=60)
    """A code when MIGRIS could not be asked; then nothing else in the answer means anything."""


class HandoverAnswer(Document):
    """Inside the seal of `dn/answer/{id}`, to a `HandoverCheck`."""

    id: Ulid
    """The question's id."""
    likeness: Likeness | None
    """None when MIGRIS has no such application, or no prints for it."""
    failure: str | None = Field(default=None, max_length=60)
    """A code when MIGRIS could not be asked; then nothing else in the answer means anything."""
