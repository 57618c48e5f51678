"""The bridge's side of the opener: starts the process, asks it, ends it when it hangs, and starts it anew."""

import asyncio
import contextlib
import itertools
import logging
import sys
from pathlib import Path

from agent.link import Patience
from agent.logs import Outage
from central.bridge.frames import (
    Answered,
    Ask,
    Deliver,
    Delivered,
    Enquire,
    Forget,
    Forgotten,
    Ready,
    Request,
    encode,
    read_response,
)
from central.errors import CentralError, OpenerGone, OpenerHung

_log = logging.getLogger(__name__)

CLOSE_LIMIT_S = 5.0
"""What the opener has in hand at the end may take this long; then it is ended, and tried again after the next start."""

START_LIMIT_S = 120.0
"""The opener is ready after this, or it cannot work."""

DELIVER_LIMIT_S = 300.0
"""Longer than all together for which the opener has limits of its own: the check, and what is asked of MIGRIS."""

_Said = Delivered | Forgotten | Answered


class Opening:
    """One opener process at a time. Whoever asks while there is none waits for the next."""

    def __init__(self, root: Path, *, patience: Patience, limit_s: float = DELIVER_LIMIT_S) -> None:
        """:param patience: pauses before it is started anew.
        :param limit_s: a delivery that is not answered after this ends the process.
        """
        self._root = root
        self._patience = patience
        self._limit_s = limit_s
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[_Said]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._there = asyncio.Event()
        self._closing = False
        self._outage = Outage(_log, name="the opener")

    async def start(self) -> None:
        """Start the process; `listen` waits until it is ready."""
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
        """Hand responses to who waits for them, whichever process gives them, until `close`.

        :raises: CentralError when an opener cannot work.
        """
        while True:
            await self._until_ready()
            await self._hear()
            self._abandon()
            if self._closing:
                return
            self._outage.begin("it ended")
            await asyncio.sleep(self._patience.next_s())
            await self.start()

    async def deliver(self, request: Deliver) -> Delivered:
        """Have a parcel opened, checked and handed to MIGRIS. :raises: OpenerGone, OpenerHung."""
        try:
            response = await self._ask(request, limit_s=self._limit_s)
        except TimeoutError:
            self._end()
            raise OpenerHung("The opener came to no end with a parcel.") from None
        assert isinstance(response, Delivered), "a delivery is answered as one"
        return response

    async def enquire(self, tenant: str, parcel: str) -> Delivered:
        """Have MIGRIS asked what became of a parcel that it has. :raises: OpenerGone."""
        enquiry = Enquire(number=self.next_number(), tenant=tenant, parcel=parcel)
        response = await self._ask_with_connector(enquiry)
        assert isinstance(response, Delivered), "an enquiry is answered as a delivery"
        return response

    async def forget(self, tenant: str, parcel: str) -> bool:
        """Have the connector wipe what it keeps of a parcel; whether nothing is left. :raises: OpenerGone."""
        response = await self._ask_with_connector(Forget(number=self.next_number(), tenant=tenant, parcel=parcel))
        assert isinstance(response, Forgotten), "what was to be forgotten is answered so"
        return response.done

    async def answer(self, request: Ask) -> Answered:
        """Have a question answered. :raises: OpenerGone."""
        response = await self._ask(request, limit_s=None)
        assert isinstance(response, Answered), "a question is answered as one"
        return response

    def next_number(self) -> int:
        """A number for the next request."""
        return next(self._numbers)

    async def close(self) -> None:
        """End the process: it ends when its input does."""
        self._closing = True
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._process.wait()
        except TimeoutError:
            self._end()
            await self._process.wait()

    async def _until_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_LIMIT_S):
                ready = await read_response(self._process.stdout)
        except TimeoutError:
            ready = None
        if isinstance(ready, Ready):
            self._outage.end()
            self._there.set()
        elif not self._closing:
            self._end()
            raise CentralError("The opener cannot work.")

    async def _hear(self) -> None:
        """Until the process ends."""
        assert self._process is not None
        assert self._process.stdout is not None
        while (response := await read_response(self._process.stdout)) is not None:
            self._patience.progressed()
            waiting = self._waiting.pop(response.number, None)
            if waiting is not None and not waiting.done() and not isinstance(response, Ready):
                waiting.set_result(response)

    def _abandon(self) -> None:
        self._there.clear()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(OpenerGone("The opener ended before it answered."))
        self._waiting.clear()

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _ask_with_connector(self, request: Enquire | Forget) -> _Said:
        try:
            return await self._ask(request, limit_s=self._limit_s)
        except TimeoutError:
            self._end()
            raise OpenerGone("The opener came to no end with what it was asked, and was ended.") from None

    async def _ask(self, request: Request, *, limit_s: float | None) -> _Said:
        await self._there.wait()
        assert self._process is not None
        assert self._process.stdin is not None
        waiting: asyncio.Future[_Said] = asyncio.get_running_loop().create_future()
        self._waiting[request.number] = waiting
        try:
            async with asyncio.timeout(limit_s):
                self._process.stdin.write(encode(request))
                await self._process.stdin.drain()
                return await waiting
        except ConnectionError:
            raise OpenerGone("The opener ended before it answered.") from None
        finally:
            # nobody waits any more: an exception that is set now is not left unread
            waiting.cancel()
            self._waiting.pop(request.number, None)
