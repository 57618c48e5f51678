"""HTTP over Unix sockets between the station's processes: the peer's user id decides who may ask.

The user id is the kernel's word (SO_PEERCRED), so nothing in a request can claim it. Source: unix(7).
"""

import asyncio
import contextlib
import os
import re
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from agent.errors import AgentError, ConfigError, NotAllowed, PeerFailed, PeerSilent, Refused
from agent.wire.ident import ULID_PATTERN
from vault.errors import VaultError

_UCRED = struct.Struct("iII")
"""Process, user and group id."""

BODY_BYTES_MAX = 1_048_576
"""No request between the station's processes is larger."""

_TOO_LARGE = "request-too-large"


_ULID = re.compile(ULID_PATTERN)


class _PeerProtocol(H11Protocol):
    """Puts the peer's user id where ASGI has the client's address."""

    def connection_made(self, transport: object) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # as above
        peer = self.transport.get_extra_info("socket")
        _, uid, _ = _UCRED.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
        self.client = ("uid", uid)


class Exchange(NamedTuple):
    """A request that was answered, without its content."""

    uid: int
    """Who asked, on the kernel's word."""
    method: str
    """How."""
    path: str
    """For what, without the query."""
    status: int
    """The answer's number."""


class Observer(Protocol):
    """Is told what happens at a socket; it must return at once."""

    def refused(self, uid: int) -> None:
        """A user who may not was turned away."""
        ...

    def answered(self, exchange: Exchange) -> None:
        """A request was answered."""
        ...


class Unobserved:
    """Nobody is told."""

    def refused(self, uid: int) -> None:
        """Not told."""

    def answered(self, exchange: Exchange) -> None:
        """Not told."""


class PeerGate:
    """Lets through whom the configuration names, and nobody else."""

    def __init__(self, app: ASGIApp, *, users: frozenset[int], observer: Observer) -> None:
        self._app = app
        self._users = users | {0, os.getuid()}
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to a stranger; to the others nothing larger than the limit comes through."""
        client = scope.get("client")
        if client is None or client[1] not in self._users:
            if client is not None:
                self._observer.refused(client[1])
            answer = problem(NotAllowed("This user may not talk to this process."), status=403)
            await answer(scope, receive, send)
            return
        await self._app(scope, _limited(receive), self._observed(scope, send, uid=client[1]))

    def _observed(self, scope: Scope, send: Send, *, uid: int) -> Send:
        async def observing(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._observer.answered(Exchange(uid, scope["method"], scope["path"], message["status"]))
            await send(message)

        return observing


def _limited(receive: Receive) -> Receive:
    """Counts what comes, whatever the request says of its own length."""
    came_bytes = 0

    async def counting() -> Message:
        nonlocal came_bytes
        message = await receive()
        came_bytes += len(message.get("body", b""))
        if came_bytes > BODY_BYTES_MAX:
            raise Refused(_TOO_LARGE, "The request is larger than anything that is asked here.")
        return message

    return counting


def problem(error: AgentError | VaultError, *, status: int) -> JSONResponse:
    """An error as JSON: the stable code and the sentence."""
    code = error.reason if isinstance(error, Refused) else error.code
    return JSONResponse({"code": code, "sentence": error.sentence}, status_code=status)


def peer_of(request: Request) -> int:
    """The user id of whoever asks, on the kernel's word."""
    assert request.client is not None, "the gate lets nobody through of whom nothing is known"
    return request.client.port


def id_in_path(request: Request, name: str) -> str:
    """The ULID in the request's address. :raises: Refused when it is not one: such a text never becomes a file name."""
    text = str(request.path_params[name])
    if not _ULID.fullmatch(text):
        raise Refused("id-unreadable", "The id in the address is not one.")
    return text


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem(error, status=413 if error.reason == _TOO_LARGE else 409)


async def _not_here(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refused = Refused("address-unknown", "Nothing is answered at this address in this way.")
    return problem(refused, status=error.status_code)


async def _failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AgentError | VaultError)
    return problem(error, status=400 if isinstance(error, AgentError) else 500)


ERROR_ANSWERS: dict[type[Exception], Callable[..., object]] = {
    Refused: _refused,
    AgentError: _failed,
    VaultError: _failed,
    HTTPException: _not_here,
}
"""How the project's exceptions are answered; for Starlette's `exception_handlers`."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The supervisor owns the signals."""
        yield


_NOBODY = Unobserved()


class UnixServer:
    """Serves an application on a Unix socket until it is closed."""

    def __init__(self, app: Starlette, path: Path, *, users: frozenset[int], observer: Observer = _NOBODY) -> None:
        """:param observer: told of every stranger and every answer."""
        self._path = path
        config = uvicorn.Config(
            PeerGate(app, users=users, observer=observer),
            http=_PeerProtocol,
            # a header must not claim a peer, and nothing here speaks anything but requests
            proxy_headers=False,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._socket = _listen(path)
        self._served: asyncio.Event | None = None

    async def serve(self) -> None:
        """Answer until `close`."""
        if self._server.should_exit:
            return
        self._served = asyncio.Event()
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._socket.close()
            self._served.set()

    async def close(self) -> None:
        """Remove the socket's name, take no more requests, and give those that are being answered a moment."""
        self._path.unlink(missing_ok=True)
        self._server.should_exit = True
        if self._served is None:
            self._socket.close()
        else:
            await self._served.wait()


def _listen(path: Path) -> socket.socket:
    """Who connects from now on waits for an answer, and is not turned away. :raises: ConfigError."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        listening.bind(str(path))
        # the peer's user id is checked for every connection, so the mode need not be
        path.chmod(0o666)
        listening.listen()
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"The socket {path.name} cannot be made: its folder must be writable, and its path shorter than 108 bytes."
        ) from error
    return listening


class UnixClient:
    """Asks another process of the station. Every failure to reach it is a `PeerSilent`."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._name = name
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://station", timeout=60.0
        )

    async def ask(self, method: str, url: str, *, body: dict[str, object] | None = None) -> dict[str, object]:
        """The JSON answer.

        :raises: Refused with the peer's own code and sentence, or when the address is none; PeerSilent when there is
            no answer, and of that sort PeerFailed when the peer's own machine failed.
        """
        try:
            answer = await self._client.request(method, url, json=body)
            content = answer.json()
        except httpx.InvalidURL as error:
            raise Refused("address-unknown", "Nothing can be asked at such an address.") from error
        except (httpx.HTTPError, ValueError) as error:
            raise PeerSilent(f"The {self._name} does not answer.") from error
        if not isinstance(content, dict):
            raise PeerSilent(f"The {self._name} gave no usable answer.")
        code, sentence = content.get("code"), content.get("sentence")
        if answer.is_server_error:
            raise PeerFailed(f"The {self._name} failed: {sentence or 'it does not say why.'}")
        if answer.is_error:
            raise Refused(str(code or "refused"), str(sentence or f"The {self._name} refused."))
        return content

    async def close(self) -> None:
        """Close what is open to the peer."""
        await self._client.aclose()
