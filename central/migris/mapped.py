"""The http connector: MIGRIS's machine interface, or somebody's in front of it, as a mapping describes it; mTLS.

Where the far side has neither an idempotency key nor a query by key, it does not remember: an answer that was lost
after anything may have arrived is for a person.
"""

import json
import ssl
from base64 import b64encode
from http import HTTPStatus
from typing import Any, NoReturn

import httpx
from pydantic import ValidationError

from agent.wire import Applicant, Cause, Likeness
from capture.records.errors import RecordError
from capture.records.package import TRANSACTION, unpack
from central.errors import ConnectorRefused, ConnectorSilent, ConnectorUnsure
from central.migris.connector import (
    Accepted,
    ApplicationView,
    Declined,
    Handover,
    Outcome,
    Pending,
    Submission,
    Submitted,
)
from central.migris.http import TIME_LIMIT_S
from central.migris.mapping import Mapping
from central.migris.refusal import cause_of_record

_REFUSALS = frozenset(
    {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
# said before anything is taken in: by the far side's door, or by a proxy
_TURNED_AWAY = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS}
)
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_DECLINED = "migris-declined"


class MappedConnector:
    """One connection pool to the far side."""

    def __init__(self, mapping: Mapping, *, tls: ssl.SSLContext) -> None:
        self._mapping = mapping
        self._client = httpx.AsyncClient(base_url=mapping.url, verify=tls, timeout=TIME_LIMIT_S)

    @property
    def remembers(self) -> bool:
        """It has an idempotency key, or can be asked by it."""
        by_key = self._mapping.idempotency_header is not None or self._mapping.submit.key is not None
        return by_key or self._mapping.outcome is not None

    async def outcome(self, key: str) -> Outcome | None:
        """What became of it; None also where only a second submission with the same key would tell."""
        asked = self._mapping.outcome
        if asked is None:
            if self.remembers:
                return None
            raise ConnectorUnsure("MIGRIS cannot be asked about a submission.")
        return self._verdict(await self._ask(asked.path, {asked.key: key} if asked.key else {}, key=key))

    async def submit(self, submission: Submission) -> Outcome:
        """Hand over, as the mapping has it."""
        try:
            content, content_type = self._body(submission)
        except RecordError as error:
            return Declined(cause_of_record(error))
        try:
            answer = await self._post(
                self._mapping.submit.path, content=content, content_type=content_type, key=submission.key
            )
            outcome = self._verdict(answer)
        except ConnectorSilent as silence:
            if self.remembers or isinstance(silence, _NothingLeft):
                raise
            raise ConnectorUnsure("MIGRIS may have a submission and cannot be asked about it.") from silence
        if outcome is None:
            raise ConnectorSilent("MIGRIS took a package and does not say what became of it.")
        return outcome

    async def find(self, application: str) -> ApplicationView | None:
        """The application, or None."""
        asked = self._mapping.find or _nobody()
        answer = await self._ask(asked.path, {asked.application: application})
        state = _text(answer, asked.state)
        if state is None:
            return None
        names = ("given_name", "surname", "birth_date", "citizenship")
        person = {name: _text(answer, getattr(asked, name)) for name in names}
        try:
            return ApplicationView(state[:40], state in asked.open, Applicant.model_validate(person))
        except ValidationError:
            raise ConnectorSilent("MIGRIS gave an answer that cannot be read.") from None

    async def search(self, applicant: Applicant) -> tuple[str, ...]:
        """Numbers of the applications of exactly this person."""
        asked = self._mapping.search or _nobody()
        names = ("given_name", "surname", "birth_date", "citizenship")
        answer = await self._ask(asked.path, {getattr(asked, name): getattr(applicant, name) for name in names})
        return tuple(str(one) for one in _list(answer, asked.applications))

    async def compare(self, handover: Handover) -> Likeness | None:
        """Whether prints are the applicant's."""
        asked = self._mapping.compare or _nobody()
        prints = [
            {asked.finger: finger, asked.wsq: b64encode(wsq).decode()}
            for finger, wsq in sorted(handover.prints.items())
        ]
        answer = await self._ask(asked.path, {asked.application: handover.application, asked.prints: prints})
        word = _text(answer, asked.likeness)
        if word is not None and word not in asked.words:
            raise ConnectorSilent("MIGRIS gave an answer that cannot be read.")
        return None if word is None else asked.words[word]

    async def submissions(self, application: str) -> tuple[Submitted, ...]:
        """All that was submitted for an application, in the far side's order."""
        asked = self._mapping.submissions or _nobody()
        answer = await self._ask(asked.path, {asked.application: application})
        found = []
        for entry in _list(answer, asked.entries):
            key = _text(entry, asked.key)
            if key is None:
                raise ConnectorSilent("MIGRIS gave an answer that cannot be read.")
            found.append(Submitted(key, _text(entry, asked.reference)))
        return tuple(found)

    async def forget(self, key: str) -> None:
        """Nothing is kept here."""

    async def close(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    def _body(self, submission: Submission) -> tuple[bytes, str]:
        asked = self._mapping.submit
        # also where the package travels as it is: what nobody can read is not sent
        transaction = unpack(submission.package).members[TRANSACTION]
        match asked.body:
            case "package":
                return submission.package, asked.content_type or "application/zip"
            case "transaction":
                return transaction, asked.content_type or "application/octet-stream"
            case "json":
                fields = {asked.application: submission.application, asked.content: b64encode(transaction).decode()}
                if asked.key is not None:
                    fields[asked.key] = submission.key
                return json.dumps(fields).encode(), "application/json"

    def _verdict(self, answer: object) -> Outcome | None:
        said = self._mapping.verdicts
        word = _at(answer, said.status)
        if not isinstance(word, str | bool):
            raise ConnectorSilent("MIGRIS gave an answer that cannot be read.")
        reference = _text(answer, said.reference)
        if word in said.accepted and reference is not None and len(reference) <= 80:
            return Accepted(reference)
        if word in said.declined:
            code, part = _text(answer, said.code), _text(answer, said.part)
            ours = said.codes.get(code or "", _DECLINED)
            sentence = (
                "MIGRIS refuses this part: take it again." if part in said.parts else "MIGRIS refuses the parcel."
            )
            return Declined(Cause(part=said.parts.get(part or ""), code=ours, sentence=sentence))
        if word in said.pending:
            return Pending()
        if word in said.unknown:
            return None
        raise ConnectorSilent("MIGRIS gave an answer that cannot be read.")

    async def _ask(self, path: str, fields: dict[str, Any], *, key: str | None = None) -> object:
        return await self._post(path, content=json.dumps(fields).encode(), content_type="application/json", key=key)

    async def _post(self, path: str, *, content: bytes, content_type: str, key: str | None) -> object:
        headers = {"Content-Type": content_type}
        if key is not None and self._mapping.idempotency_header is not None:
            headers[self._mapping.idempotency_header] = key
        try:
            answer = await self._client.post(path, content=content, headers=headers)
        except _NEVER_LEFT as error:
            raise _NothingLeft("MIGRIS does not answer.") from error
        except httpx.HTTPError as error:
            raise ConnectorSilent("MIGRIS does not answer.") from error
        if answer.status_code in _REFUSALS:
            raise ConnectorRefused("MIGRIS makes nothing of what it was sent.")
        if answer.status_code in _TURNED_AWAY:
            raise _NothingLeft("MIGRIS answers that it cannot.")
        if not answer.is_success:
            raise ConnectorSilent("MIGRIS answers that it cannot.")
        try:
            return json.loads(answer.content)
        except ValueError:
            raise ConnectorSilent("MIGRIS gave an answer that cannot be read.") from None


class _NothingLeft(ConnectorSilent):
    """Silence before the far side could take anything in."""


def _nobody() -> NoReturn:
    raise ConnectorSilent("MIGRIS does not answer: the mapping has no such question.")


def _at(answer: object, dotted: str | None) -> object:
    """What is there, None where nothing is."""
    if dotted is None:
        return None
    for name in dotted.split("."):
        if not isinstance(answer, dict):
            return None
        answer = answer.get(name)
    return answer


def _text(answer: object, dotted: str | None) -> str | None:
    found = _at(answer, dotted)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) and found != "" else None


def _list(answer: object, dotted: str) -> list[object]:
    found = _at(answer, dotted)
    if not isinstance(found, list):
        raise ConnectorSilent("MIGRIS gave an answer that cannot be read.")
    return found
