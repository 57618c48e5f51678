import asyncio

import pytest

from drivers.contract import GoneFault, ProtocolFault
from drivers.transport.inbox import Inbox
from tests.drivers.turn import turn


async def test_what_comes_is_taken_in_order_and_the_newest_are_kept() -> None:
    inbox: Inbox[int] = Inbox(keep=2)
    for item in (1, 2, 3):
        inbox.put(item)
    assert inbox.full
    assert [await inbox.take(), await inbox.take()] == [2, 3]
    assert not inbox.full


async def test_whoever_waits_is_woken_and_who_is_cancelled_takes_nothing() -> None:
    inbox: Inbox[int] = Inbox(keep=2)
    async with asyncio.TaskGroup() as tasks:
        first, second = tasks.create_task(inbox.take()), tasks.create_task(inbox.take())
        await turn()
        first.cancel()
        inbox.put(1)
    assert second.result() == 1


async def test_what_came_before_the_end_is_still_told_and_then_the_first_reason() -> None:
    inbox: Inbox[int] = Inbox(keep=2)
    inbox.put(1)
    inbox.fail(GoneFault("First."))
    inbox.fail(ProtocolFault("Second."))
    inbox.put(2)
    assert await inbox.take() == 1
    for _ in range(2):
        with pytest.raises(GoneFault, match="First"):
            await inbox.take()
