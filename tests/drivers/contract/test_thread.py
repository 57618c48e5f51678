import asyncio
import threading

import pytest

from drivers.contract import in_thread
from tests.drivers.turn import turn


async def test_it_returns_what_the_work_returns_and_works_beside_the_loop() -> None:
    assert await in_thread(threading.get_ident) != threading.get_ident()


async def test_what_the_work_raises_arrives() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


async def _cancelled_in_the_middle(last: list[str], *, times: int, fails: bool = False) -> None:
    """Cancel a task whose thread is at work, let the thread go on, and see who ends first."""
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        last.append("work")
        if fails:
            raise RuntimeError

    async def waiting() -> None:
        try:
            await in_thread(work)
        finally:
            last.append("waiter")

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(waiting())
        await begun.wait()
        for _ in range(times):
            task.cancel()
            await turn()
        assert not task.done()
        go_on.set()
    assert task.cancelled()


@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancellation_waits_for_the_works_end(times: int) -> None:
    last: list[str] = []
    await _cancelled_in_the_middle(last, times=times)
    assert last == ["work", "waiter"]


async def test_a_failure_that_nobody_waits_for_any_more_is_not_reported_as_forgotten() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    await _cancelled_in_the_middle([], times=1, fails=True)
    assert complaints == []


async def test_a_time_limit_is_a_cancellation_too() -> None:
    go_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait()
        ended.set()

    asyncio.get_running_loop().call_later(0.02, go_on.set)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await in_thread(work)
    assert ended.is_set()
