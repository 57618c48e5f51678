"""HTTP servers for this machine alone, as the supervisor runs them."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from central.errors import SetUpError


class LoopbackServer(uvicorn.Server):
    """Ends when it is told to; signals are the supervisor's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The supervisor owns the signals."""
        yield

    async def close(self) -> None:
        """Take no more requests."""
        self.should_exit = True


def listening(port: int) -> socket.socket:
    """From here on requests wait, and whoever says that he is ready is. :raises: SetUpError when the port is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise SetUpError(f"Port {port} cannot be listened on: another process may have it.") from error


def loopback_config(app: ASGIApp, port: int, **tls: object) -> uvicorn.Config:
    """No log of requests, no name of the server."""
    return uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
        **tls,  # type: ignore[arg-type]  # uvicorn's own keyword arguments
    )
