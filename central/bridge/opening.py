"""The bridge's side of the opener: starts the process, asks it, notices its end."""

import asyncio
import itertools
import sys
from pathlib import Path

from central.bridge.frames import Answered, Ask, Deliver, Delivered, encode, read_response
from central.errors import CentralError

CLOSE_LIMIT_S = 5.0
"""What the opener has in hand at the end may take this long; then it is ended, and tried again after the next start."""


class Opening:
    """One opener process; when it ends, so must the bridge (its supervisor starts both anew)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Delivered | Answered]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._closing = False

    async def start(self) -> None:
        """Start the process."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "central.bridge.opener_process",
            str(self._root),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )

    async def listen(self) -> None:
        """Hand responses to who waits for them until the process ends. :raises: CentralError when nobody closed it."""
        assert self._process is not None
        assert self._process.stdout is not None
        while (response := await read_response(self._process.stdout)) is not None:
            waiting = self._waiting.pop(response.number, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(response)
        if not self._closing:
            raise CentralError("The opener ended.")

    async def deliver(self, request: Deliver) -> Delivered:
        """Have a parcel opened, checked and handed to MIGRIS."""
        response = await self._ask(request)
        assert isinstance(response, Delivered), "a delivery is answered as one"
        return response

    async def answer(self, request: Ask) -> Answered:
        """Have a question answered."""
        response = await self._ask(request)
        assert isinstance(response, Answered), "a question is answered as one"
        return response

    def next_number(self) -> int:
        """A number for the next request."""
        return next(self._numbers)

    async def close(self) -> None:
        """End the process: it ends when its input does."""
        if self._process is None or self._process.stdin is None:
            return
        self._closing = True
        self._process.stdin.close()
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, request: Deliver | Ask) -> Delivered | Answered:
        assert self._process is not None
        assert self._process.stdin is not None
        waiting: asyncio.Future[Delivered | Answered] = asyncio.get_running_loop().create_future()
        self._waiting[request.number] = waiting
        self._process.stdin.write(encode(request))
        await self._process.stdin.drain()
        return await waiting
