"""What stands in a network and answers wrongly: servers that a driver must survive."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Answer = Callable[[bytes], bytes | None]
"""What is answered to what came; None for nothing more, and the connection stands."""


class Stranger:
    """A server on this machine that answers whatever a test says."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: list[bytes] = []
        self.connections = 0


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[Stranger]:
    """A server that gives the answer to everything that it hears."""
    stranger = Stranger()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stranger.connections += 1
        while said := await reader.read(65536):
            stranger.heard.append(said)
            reply = answer(said)
            if reply:
                writer.write(reply)
        writer.close()

    async with _listening(serve) as port:
        stranger.port = port
        yield stranger


@asynccontextmanager
async def _listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
