"""Questions to MIGRIS, and its answers: sealed both ways, in nobody's files.

The question carries an ephemeral HPKE public key; its private half lives only in the asker's memory, so the answer can
be read by nobody else and by nobody later.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from agent.wire.document import Document, Instant
from agent.wire.ident import Base64, Ulid

QUESTION_KIND = "question"
ANSWER_KIND = "answer"


class ApplicationCheck(Document):
    """Does MIGRIS know this application, and may biometrics be added to it? Duty: R-VISIT-1."""

    application: Annotated[str, Field(min_length=1, max_length=64)]
    """The application's number as the client gave it."""


class Question(Document):
    """What is inside the seal of `up/ask/{id}`."""

    content_type: ClassVar[str] = ""

    id: Ulid
    """The question's id; the seal's context names it too."""
    check: ApplicationCheck
    """What is asked."""
    reply_key: Base64
    """The ephemeral HPKE public key to seal the answer for."""
    expires: Instant
    """After this nobody waits for the answer."""


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
