"""How the conformance suites demand a promise, and what they raise when it is not kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Final

from drivers.contract.fault import Fault, OrderFault

REFUSAL_LIMIT_S: Final = 1.0
"""What is out of order is refused, and not waited for."""

ANSWER_LIMIT_S: Final = 10.0
"""A device that shows nothing for so long is not ready for a suite: somebody must sit before it."""


class NotConforming(AssertionError):
    """The driver does not keep a promise of the contract."""


def demand(kept: bool, promise: str) -> None:
    """The promise holds. :raises: NotConforming."""
    if not kept:
        raise NotConforming(f"The driver does not keep a promise: {promise}.")


async def fails(
    doing: Awaitable[object], expected: type[Fault], *, promise: str, within_s: float | None = None
) -> None:
    """What is done ends with that fault, within a time where one is given. :raises: NotConforming otherwise."""
    limit = asyncio.timeout(within_s)
    try:
        async with limit:
            await doing
    except TimeoutError:
        if not limit.expired():
            raise
    except expected as fault:
        demand(bool(fault.code) and bool(fault.sentence), "a fault has a code and a sentence")
        return
    except Fault as fault:
        raise NotConforming(f"The driver does not keep a promise: {promise}; it gave {fault.code}.") from fault
    raise NotConforming(f"The driver does not keep a promise: {promise}.")


async def refused(doing: Awaitable[object], promise: str) -> None:
    """What is done is out of order, and said to be at once. :raises: NotConforming otherwise."""
    await fails(doing, OrderFault, promise=promise, within_s=REFUSAL_LIMIT_S)


@asynccontextmanager
async def beside(doing: Coroutine[None, None, object]) -> AsyncIterator[asyncio.Task[object]]:
    """Begun before the block and cancelled after it; what fails is raised as it is, and not as a group."""
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(doing)
            await asyncio.sleep(0)
            yield task
            task.cancel()
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


async def cancelled_at_once(doing: Coroutine[None, None, None]) -> None:
    """Cancelled at its first await; what has none has ended before that."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(doing)
        await asyncio.sleep(0)
        task.cancel()
