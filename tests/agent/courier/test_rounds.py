"""The rounds are made at the desk, at once and again."""

import asyncio

from agent.courier.rounds import make_rounds
from tests.agent.courier.office import SOON_S, Office
from tests.agent.courier.premises import Premises


async def test_a_first_round_is_made_at_once_and_in_order(premises: Premises) -> None:
    made: list[str] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def last() -> None:
        made.append("second")
        loop.call_soon_threadsafe(done.set)

    async with Office(premises) as office:
        rounds = loop.create_task(make_rounds(office.courier, (lambda: made.append("first"), last)))
        async with asyncio.timeout(SOON_S):
            await done.wait()
        rounds.cancel()
        await asyncio.wait({rounds})
    assert made == ["first", "second"]
