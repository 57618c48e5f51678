"""The desk's page, for one clerk on this machine: sign in with the code of the terminal, see a parcel, say what became.

Shown of a parcel is what `view` says. Each showing, and each file that is taken from it, is written into the ledger as
an access before it is sent; what cannot be written down is not shown. Nothing personal is in an address, nothing is
kept by the browser, pictures are in the page itself.
"""

import asyncio
import re
import secrets
from importlib import resources
from typing import Protocol
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.wire import WireError
from central.errors import CentralError, RefusalInvalid
from central.migris.desk.view import ParcelView, view_of
from central.migris.desk.words import LANGUAGES, language_of, words
from central.migris.handoff.acknowledgement import REFERENCE_PATTERN, Acknowledgement, read_acknowledgement
from central.migris.handoff.drop import Drop, is_name
from central.migris.refusal import PARTS, Refusal, cause_of

BODY_BYTES_MAX = 4096

_COOKIE, _LANGUAGE = "desk", "language"
_REFERENCE = re.compile(REFERENCE_PATTERN)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Book(Protocol):
    """Where it is written down who saw what. Called from threads; :raises: CentralError when it cannot be."""

    def shown(self, name: str, *, file: str | None) -> None:
        """A parcel, or one of its files, is about to be shown."""
        ...

    def decided(self, name: str, *, accepted: bool) -> None:
        """The clerk says what MIGRIS decided."""
        ...


class _Strict:
    """The same headers on every answer, whoever makes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(name.lower().encode(), text.encode()) for name, text in _HEADERS.items()]
            await send(message)

        await self._app(scope, receive, with_headers)


class DeskPage:
    """One clerk's session a code; a new code comes with a new start."""

    def __init__(self, drop: Drop, book: Book, *, code: str) -> None:
        """:param code: what the clerk reads in the terminal and types in."""
        self._drop = drop
        self._book = book
        self._code = code
        self._session = secrets.token_urlsafe(32)
        self._token = secrets.token_urlsafe(32)
        self._turn = asyncio.Lock()
        templates = Environment(loader=PackageLoader("central.migris.desk", "."), autoescape=True)
        templates.undefined = StrictUndefined
        self._template = templates.get_template("desk.html")

    def application(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/", self._next),
                Route("/sign-in", self._sign_in, methods=["POST"]),
                Route("/decide", self._decide, methods=["POST"]),
                Route("/parcel/{name}/{file}", self._file),
                Route("/desk.css", self._style),
            ],
            # a page elsewhere must not reach this one through a name that it lets point here
            middleware=[
                Middleware(_Strict),
                Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            ],
        )

    async def _style(self, _request: Request) -> Response:
        return Response(resources.files("central.migris.desk").joinpath("desk.css").read_text(), media_type="text/css")

    async def _sign_in(self, request: Request) -> Response:
        given = (await _fields(request)).get("code", "")
        if not secrets.compare_digest(given.encode(), self._code.encode()):
            return self._render(request, said="wrong_code", status=403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(_COOKIE, self._session, httponly=True, samesite="strict", path="/")
        return answer

    async def _next(self, request: Request) -> Response:
        if not self._knows(request):
            return self._render(request)
        return await self._show(request, said=None, after=request.query_params.get("after", ""))

    async def _show(self, request: Request, *, said: str | None, after: str = "", status: int = 200) -> Response:
        try:
            waiting = [name for name in await self._drop.names() if not await self._is_decided(name)]
            # what was left for later comes again after the others
            place = waiting.index(after) + 1 if after in waiting else 0
            view = await self._view(waiting[place % len(waiting)]) if waiting else None
        except CentralError:
            return self._render(request, said="silent", status=503)
        return self._render(request, said=said, status=status, view=view, waiting=len(waiting))

    async def _view(self, name: str, *, file: str | None = None) -> ParcelView:
        await asyncio.to_thread(lambda: self._book.shown(name, file=file))
        return await asyncio.to_thread(view_of, name, await self._drop.files(name))

    async def _file(self, request: Request) -> Response:
        name, file = request.path_params["name"], request.path_params["file"]
        if not self._knows(request) or not is_name(name):
            raise HTTPException(404)
        try:
            if not await self._drop.has(name):
                raise HTTPException(404)
            content = (await self._view(name, file=file)).files.get(file)
        except CentralError:
            return self._render(request, said="silent", status=503)
        if content is None:
            raise HTTPException(404)
        disposition = {"Content-Disposition": f'attachment; filename="{name}.{file}"'}
        return Response(content, media_type="application/octet-stream", headers=disposition)

    async def _decide(self, request: Request) -> Response:
        fields = await _fields(request)
        if not self._knows(request) or not secrets.compare_digest(
            fields.get("token", "").encode(), self._token.encode()
        ):
            raise HTTPException(403)
        name, decision = fields.get("parcel", ""), _decision(fields)
        if decision is None:
            return await self._show(request, said="invalid", status=422)
        async with self._turn:
            try:
                if not is_name(name) or not await self._drop.has(name) or await self._is_decided(name):
                    return await self._show(request, said="gone", status=409)
                await asyncio.to_thread(lambda: self._book.decided(name, accepted=decision.accepted))
                await self._drop.acknowledge(name, decision.canonical())
            except CentralError:
                return self._render(request, said="silent", status=503)
        return RedirectResponse("/", 303)

    async def _is_decided(self, name: str) -> bool:
        content = await self._drop.acknowledgement(name)
        if content is None:
            return False
        try:
            read_acknowledgement(content)
        except WireError:
            return False
        return True

    def _knows(self, request: Request) -> bool:
        return secrets.compare_digest(request.cookies.get(_COOKIE, "").encode(), self._session.encode())

    def _render(
        self,
        request: Request,
        *,
        said: str | None = None,
        status: int = 200,
        view: ParcelView | None = None,
        waiting: int = 0,
    ) -> Response:
        chosen = request.query_params.get("lang") or request.cookies.get(_LANGUAGE)
        language = language_of(chosen, request.headers.get("accept-language", ""))
        text = self._template.render(
            w=words(language),
            language=language,
            languages=LANGUAGES,
            signed_in=self._knows(request),
            said=said,
            view=view,
            waiting=waiting,
            token=self._token,
            causes=[one.value for one in Refusal],
            parts=PARTS,
        )
        answer = HTMLResponse(text, status)
        if chosen == language:
            answer.set_cookie(_LANGUAGE, language, httponly=True, samesite="strict", path="/")
        return answer


def _decision(fields: dict[str, str]) -> Acknowledgement | None:
    """What the clerk chose, or None when it is not complete."""
    reference, code = fields.get("reference", ""), fields.get("code", "")
    if code:
        try:
            cause = cause_of(code, fields.get("part") or None)
        except RefusalInvalid:
            return None
        return Acknowledgement(accepted=False, code=cause.code, part=cause.part)
    return Acknowledgement(accepted=True, reference=reference) if _REFERENCE.fullmatch(reference) else None


async def _fields(request: Request) -> dict[str, str]:
    """A form's fields. :raises: HTTPException when it is larger than any of ours."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > BODY_BYTES_MAX:
            raise HTTPException(413)
    try:
        found = parse_qs(content.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise HTTPException(400) from None
    return {name: texts[0] for name, texts in found.items()}
