"""The database's thread: one thing after the other, and to its end."""

import asyncio
import threading

import pytest

from central.bridge.thread import DatabaseThread


async def test_work_is_done_in_one_thread_in_its_order() -> None:
    thread, done = DatabaseThread(), list[tuple[int, int]]()
    await asyncio.gather(*(thread.do(lambda n=n: done.append((n, threading.get_ident()))) for n in range(20)))  # type: ignore[misc]  # mypy infers no default
    thread.close()
    assert [number for number, _ in done] == list(range(20))
    assert len({where for _, where in done}) == 1
    assert done[0][1] != threading.get_ident()


async def test_what_was_begun_is_done_when_nobody_waits_any_more() -> None:
    thread, begun, may, done = DatabaseThread(), threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        begun.set()
        done.append(may.wait(60))

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(thread.do(work))
        await asyncio.to_thread(begun.wait, 60)
        waiting.cancel()
    may.set()
    thread.close()
    assert done == [True]


async def test_what_fails_fails_for_who_asked() -> None:
    thread = DatabaseThread()
    with pytest.raises(ZeroDivisionError):
        await thread.do(lambda: 1 // 0)
    assert await thread.do(lambda: 7) == 7
    thread.close()
