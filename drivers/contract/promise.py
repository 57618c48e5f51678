"""How the conformance suites demand a promise, and what they raise when it is not kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager

from drivers.contract.fault import Fault


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
