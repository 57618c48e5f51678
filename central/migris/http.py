"""The connector over HTTPS with client certificates: the far side of the simulator, and of whoever speaks like it.

Application numbers travel in bodies, never in addresses.
"""

import ssl
from base64 import b64encode
from http import HTTPStatus
from typing import Annotated, TypeVar

import httpx
from pydantic import Field, ValidationError

from agent.wire import Applicant, Cause, Likeness
from agent.wire.document import Document
from agent.wire.question import PrintSample
from central.errors import ConnectorRefused, ConnectorSilent
from central.migris.connector import Accepted, ApplicationView, Declined, Handover, Outcome, Submission, Submitted

TIME_LIMIT_S = 20.0

LISTED_MAX = 1000
"""More of one person than MIGRIS ever has."""

# 400, 401, 403 and 404 are also what a proxy says of a certificate or an address: they pass, and cost nobody a parcel
_REFUSALS = frozenset(
    {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class FindRequest(Document):
    """Asks for an application."""

    application: str
    """Its number."""


class FindAnswer(Document):
    """What is known of it."""

    known: bool
    """Whether there is one."""
    open: bool
    """Whether biometrics may be added now."""
    state: str | None = Field(max_length=40)
    """Its state."""
    applicant: Applicant | None
    """Whose it is."""


class OutcomeAnswer(Document):
    """What became of a submission."""

    accepted: bool | None
    """None when there is none under this key."""
    reference: str | None = Field(max_length=80)
    """MIGRIS's reference when accepted."""
    cause: Cause | None
    """Why not, when declined."""

    def outcome(self) -> Outcome | None:
        """As the connector says it. :raises: ConnectorSilent when the answer contradicts itself."""
        if self.accepted is None:
            return None
        if self.accepted and self.reference:
            return Accepted(self.reference)
        if not self.accepted and self.cause:
            return Declined(self.cause)
        raise ConnectorSilent("MIGRIS gave an answer that contradicts itself.")


class CompareRequest(Document):
    """Asks whether prints are the applicant's."""

    application: str
    """The application's number."""
    prints: tuple[PrintSample, ...]
    """What was taken at the handover."""


class CompareAnswer(Document):
    """What the comparison came to."""

    likeness: Likeness | None
    """None when there is no such application, or no prints for it."""


class SearchAnswer(Document):
    """Applications of one person."""

    applications: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=LISTED_MAX)]
    """Their numbers."""


class SubmissionEntry(Document):
    """One submission."""

    key: str = Field(max_length=80)
    """The idempotency key."""
    reference: str | None = Field(max_length=80)
    """MIGRIS's reference when accepted."""


class SubmissionsAnswer(Document):
    """What was submitted for an application."""

    submissions: Annotated[tuple[SubmissionEntry, ...], Field(max_length=LISTED_MAX)]
    """Oldest first."""


class HttpConnector:
    """One connection pool to MIGRIS."""

    def __init__(self, url: str, *, tls: ssl.SSLContext) -> None:
        self._client = httpx.AsyncClient(base_url=url, verify=tls, timeout=TIME_LIMIT_S)

    @property
    def remembers(self) -> bool:
        """It has an idempotency key, and can be asked by it."""
        return True

    async def find(self, application: str) -> ApplicationView | None:
        """The application, or None when MIGRIS has none of this number."""
        body = await self._post("/v1/applications/find", content=FindRequest(application=application).canonical())
        answer = _read(body, FindAnswer)
        if not answer.known or answer.applicant is None or answer.state is None:
            return None
        return ApplicationView(state=answer.state, open=answer.open, applicant=answer.applicant)

    async def outcome(self, key: str) -> Outcome | None:
        """What became of an earlier submission under this key, or None."""
        body = await self._post("/v1/submissions/outcome", headers={"Idempotency-Key": key})
        return _read(body, OutcomeAnswer).outcome()

    async def submit(self, submission: Submission) -> Outcome:
        """Hand over the package; the same key twice has the effect of once."""
        headers = {"Idempotency-Key": submission.key, "Content-Type": "application/zip"}
        body = await self._post("/v1/submissions", content=submission.package, headers=headers)
        outcome = _read(body, OutcomeAnswer).outcome()
        if outcome is None:
            raise ConnectorSilent("MIGRIS took a package and does not say what became of it.")
        return outcome

    async def compare(self, handover: Handover) -> Likeness | None:
        """Whether prints are the applicant's; None without application or prints."""
        prints = tuple(PrintSample(finger=name, wsq=b64encode(wsq)) for name, wsq in sorted(handover.prints.items()))
        asked = CompareRequest(application=handover.application, prints=prints).canonical()
        return _read(await self._post("/v1/applications/compare", content=asked), CompareAnswer).likeness

    async def search(self, applicant: Applicant) -> tuple[str, ...]:
        """Numbers of the applications of exactly this person."""
        return _read(
            await self._post("/v1/applications/search", content=applicant.canonical()), SearchAnswer
        ).applications

    async def submissions(self, application: str) -> tuple[Submitted, ...]:
        """All that was submitted for an application, oldest first."""
        asked = FindRequest(application=application).canonical()
        answer = _read(await self._post("/v1/applications/submissions", content=asked), SubmissionsAnswer)
        return tuple(Submitted(entry.key, entry.reference) for entry in answer.submissions)

    async def forget(self, key: str) -> None:
        """Nothing is kept here."""

    async def close(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def _post(self, path: str, *, content: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
        try:
            answer = await self._client.post(path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise ConnectorSilent("MIGRIS does not answer.") from error
        if answer.status_code in _REFUSALS:
            raise ConnectorRefused("MIGRIS makes nothing of what it was sent.")
        if answer.status_code != HTTPStatus.OK:
            raise ConnectorSilent("MIGRIS answers that it cannot.")
        return answer.content


_Answer = TypeVar("_Answer", bound=Document)


def _read(body: bytes, model: type[_Answer]) -> _Answer:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        raise ConnectorSilent("MIGRIS gave an answer that cannot be read.") from None
