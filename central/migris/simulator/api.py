"""The machine interface: find, search, submit, outcome, submissions. Served over TLS to the connector only."""

import asyncio
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.clock import Clock
from agent.wire import Applicant, Cause, Likeness, WireError
from agent.wire.document import Document, read_plain
from capture.records.errors import WsqDecoderFailed
from central.migris.http import (
    CompareAnswer,
    CompareRequest,
    FindAnswer,
    FindRequest,
    OutcomeAnswer,
    SearchAnswer,
    SubmissionEntry,
    SubmissionsAnswer,
)
from central.migris.simulator.check import CheckFailed, checked
from central.migris.simulator.comparison import compared
from central.migris.simulator.store import OPEN_STATES, MigrisStore, SubmissionRow

PACKAGE_BYTES_MAX = 8 * 1024 * 1024


class MigrisApi:
    """Answers the connector."""

    def __init__(self, store: MigrisStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turn = asyncio.Lock()

    def application(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/v1/applications/find", self._find, methods=["POST"]),
                Route("/v1/applications/compare", self._compare, methods=["POST"]),
                Route("/v1/applications/search", self._search, methods=["POST"]),
                Route("/v1/applications/submissions", self._submissions, methods=["POST"]),
                Route("/v1/submissions", self._submit, methods=["POST"]),
                Route("/v1/submissions/outcome", self._outcome, methods=["POST"]),
            ]
        )

    async def _find(self, request: Request) -> Response:
        try:
            wanted = read_plain(await _body(request) or b"", FindRequest)
        except WireError:
            return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        row = self._store.application(wanted.application)
        if row is None:
            return _json(FindAnswer(known=False, open=False, state=None, applicant=None))
        applicant = Applicant(
            given_name=row.given_name, surname=row.surname, birth_date=row.birth_date, citizenship=row.citizenship
        )
        return _json(FindAnswer(known=True, open=row.state in OPEN_STATES, state=row.state, applicant=applicant))

    async def _search(self, request: Request) -> Response:
        try:
            wanted = read_plain(await _body(request) or b"", Applicant)
        except WireError:
            return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        return _json(SearchAnswer(applications=self._store.applications_of(wanted)))

    async def _compare(self, request: Request) -> Response:
        try:
            wanted = read_plain(await _body(request) or b"", CompareRequest)
        except WireError:
            return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        likeness: Likeness | None = None
        packages = [row.package for row in self._store.submissions_for(wanted.application) if row.reference]
        if packages:
            given = {sample.finger: sample.wsq for sample in wanted.prints}
            try:
                likeness = await asyncio.to_thread(compared, given, package=packages[-1])
            except WsqDecoderFailed:
                return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return _json(CompareAnswer(likeness=likeness))

    async def _submissions(self, request: Request) -> Response:
        try:
            wanted = read_plain(await _body(request) or b"", FindRequest)
        except WireError:
            return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        rows = self._store.submissions_for(wanted.application)
        entries = tuple(SubmissionEntry(key=row.key, reference=row.reference) for row in rows)
        return _json(SubmissionsAnswer(submissions=entries))

    async def _outcome(self, request: Request) -> Response:
        row = self._store.submission(request.headers.get("Idempotency-Key", ""))
        return _json(OutcomeAnswer(accepted=None, reference=None, cause=None) if row is None else _answer(row))

    async def _submit(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        content = await _body(request)
        if content is None:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not key:
            return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        # one at a time: two submissions under one key must not both be new
        async with self._turn:
            row = self._store.submission(key)
            if row is None:
                try:
                    row = await asyncio.to_thread(self._take, key, content)
                except WsqDecoderFailed:
                    # our own trouble, not the print's: the sender tries again
                    return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return _json(_answer(row))

    def _take(self, key: str, content: bytes) -> SubmissionRow:
        at = self._clock.now()
        try:
            package = checked(content)
        except CheckFailed as error:
            return self._store.decline(key, application="", cause=error.cause, at=at)
        number = package.manifest.application_number
        application = self._store.application(number)
        if application is None or application.state not in OPEN_STATES:
            cause = Cause(part=None, code="application-unknown", sentence="The application does not take biometrics.")
            return self._store.decline(key, application=number, cause=cause, at=at)
        return self._store.accept(key, application=number, package=content, at=at)


async def _body(request: Request) -> bytes | None:
    """What was sent, or None when it is more than anybody should send."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > PACKAGE_BYTES_MAX:
            return None
    return bytes(content)


def _answer(row: SubmissionRow) -> OutcomeAnswer:
    cause = None if row.cause is None else Cause.model_validate_json(row.cause)
    return OutcomeAnswer(accepted=row.reference is not None, reference=row.reference, cause=cause)


def _json(document: Document) -> Response:
    return Response(document.canonical(), media_type="application/json")
