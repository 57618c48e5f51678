"""HTTP over Unix sockets between the station's processes: the peer's user id decides who may ask.

The user id is the kernel's word (SO_PEERCRED), so nothing in a request can claim it. Source: unix(7).
"""

import contextlib
import os
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from agent.errors import AgentError, NotAllowed, PeerSilent, Refused
from vault.errors import VaultError

_UCRED = struct.Struct("3i")
BODY_BYTES_MAX = 1_048_576
"""No request between the station's processes is larger."""


class _PeerProtocol(H11Protocol):
    """Puts the peer's user id where ASGI has the client's address."""

    def connection_made(self, transport: object) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # as above
        peer = self.transport.get_extra_info("socket")
        _, uid, _ = _UCRED.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
        self.client = ("uid", uid)


class PeerGate:
    """Lets through whom the configuration names, and nobody else."""

    def __init__(self, app: ASGIApp, *, users: frozenset[int]) -> None:
        self._app = app
        self._users = users | {0, os.getuid()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to a stranger."""
        client = scope.get("client")
        if scope["type"] == "http" and (client is None or client[1] not in self._users):
            answer = problem(NotAllowed("This user may not talk to this process."), status=403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def problem(error: AgentError | VaultError, *, status: int) -> JSONResponse:
    """An error as JSON: the stable code and the sentence."""
    code = error.reason if isinstance(error, Refused) else error.code
    return JSONResponse({"code": code, "sentence": error.sentence}, status_code=status)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem(error, status=409)


async def _failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AgentError | VaultError)
    return problem(error, status=400 if isinstance(error, AgentError) else 500)


ERROR_ANSWERS: dict[type[Exception], Callable[..., object]] = {
    Refused: _refused,
    AgentError: _failed,
    VaultError: _failed,
}
"""How the project's exceptions are answered; for Starlette's `exception_handlers`."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The supervisor owns the signals."""
        yield


class UnixServer:
    """Serves an application on a Unix socket until it is closed."""

    def __init__(self, app: Starlette, path: Path, *, users: frozenset[int]) -> None:
        self._path = path
        config = uvicorn.Config(
            PeerGate(app, users=users),
            http=_PeerProtocol,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._socket = _listen(path)

    async def serve(self) -> None:
        """Answer until `close`."""
        await self._server.serve(sockets=[self._socket])

    async def close(self) -> None:
        """Take no more requests and remove the socket's name."""
        self._server.should_exit = True
        self._path.unlink(missing_ok=True)


def _listen(path: Path) -> socket.socket:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    # the peer's user id is checked for every connection, so the mode need not be
    path.chmod(0o666)
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

        :raises: Refused with the peer's own code and sentence; PeerSilent when there is no answer.
        """
        try:
            answer = await self._client.request(method, url, json=body)
            content = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PeerSilent(f"The {self._name} does not answer.") from error
        if not isinstance(content, dict):
            raise PeerSilent(f"The {self._name} gave no usable answer.")
        if answer.is_error:
            code, sentence = content.get("code"), content.get("sentence")
            raise Refused(str(code or "refused"), str(sentence or f"The {self._name} refused."))
        return content

    async def close(self) -> None:
        """Close what is open to the peer."""
        await self._client.aclose()
