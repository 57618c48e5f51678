"""`python -m central.bridge.opener_process`: the opener, as the bridge starts it. It ends when its input does."""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from pathlib import Path

from agent.clock import SystemClock
from agent.logs import configure
from agent.private_memory import forget_now, keep_memory_private
from central.bridge.examiner import Examiner
from central.bridge.frames import Ready, Request, encode, read_request
from central.bridge.opener import Opener
from central.errors import CentralError
from central.migris.choice import connector_of
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.settings import load_settings
from vault.envelope import VaultError

# here the module is called `__main__`
_log = logging.getLogger("central.bridge.opener_process")

CONCURRENT_MAX = 8


class _Desk:
    """Reads requests, works on a few at a time, writes responses."""

    def __init__(self, opener: Opener, writer: asyncio.StreamWriter) -> None:
        self._opener = opener
        self._writer = writer
        self._room = asyncio.Semaphore(CONCURRENT_MAX)

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Until the input ends."""
        async with asyncio.TaskGroup() as tasks:
            while (request := await read_request(reader)) is not None:
                await self._room.acquire()
                tasks.create_task(self._one(request))
                # nor is it held here until the next one comes
                del request

    async def _one(self, request: Request) -> None:
        try:
            response = await self._opener.respond(request)
            del request
            # before it is said that it is done
            forget_now()
            # a bridge that died hears nothing any more; its next life asks again
            with contextlib.suppress(ConnectionError):
                self._writer.write(encode(response))
                await self._writer.drain()
        finally:
            self._room.release()


async def _run(root: Path) -> None:
    paths = Paths(root)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout.buffer)
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    settings, keys, clock = load_settings(paths.settings), OwnKeys(paths), SystemClock()
    # whether it could work at all, before anybody asks
    keys.signer(clock.now())
    keys.recipient(keys.recipients()[-1].key.kid)
    connector = connector_of(paths, settings, clock=clock)
    examiner = Examiner()
    opener = Opener(keys, connector=connector, examiner=examiner, clock=clock)
    writer.write(encode(Ready(number=0)))
    # what is here from now on until the end need not be looked through after every parcel
    gc.freeze()
    try:
        await _Desk(opener, writer).serve(reader)
    finally:
        await examiner.close()
        await connector.close()


def main() -> None:
    """Serve until the input ends; whoever stops the bridge's whole group does not cut off what is in hand."""
    locked = keep_memory_private()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    configure("smilius-opener")
    if not locked:
        _log.info("the opener's memory is not locked: its limits forbid it")
    try:
        asyncio.run(_run(Path(sys.argv[1])))
    except (CentralError, VaultError) as error:
        _log.critical("the opener cannot work: %s", error.sentence)
        sys.exit(1)


if __name__ == "__main__":
    main()
