"""Blocking work beside the event loop, which no cancellation leaves behind."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


async def in_thread(work: Callable[[], _Result]) -> _Result:
    """What the work returns or raises. A cancellation is answered when the work has ended, and not before.

    Nothing can stop a thread: whoever goes on at once would close, zero or use a second time what it still works on.
    """
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({running})
        # looked at, so that a failure that nobody waits for any more is not reported as forgotten
        running.exception()
        raise
