"""A real HTTPS service in a thread, on a port that the kernel gives; requests wait in the socket until it serves."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


@contextmanager
def serving(config: uvicorn.Config, *, port: int = 0) -> Iterator[str]:
    """The service's base address; it has ended when this is left."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="service")
        thread.start()
        scheme = "https" if config.is_ssl else "http"
        try:
            yield f"{scheme}://localhost:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()
