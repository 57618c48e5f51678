"""The courier's rounds: what is looked at every minute, at the desk, so that nothing else is at a parcel meanwhile."""

import asyncio
from collections.abc import Callable, Sequence

from agent.courier.courier import Courier

ROUND_S = 60.0
"""From one round to the next."""


async def make_rounds(courier: Courier, looks: Sequence[Callable[[], object]]) -> None:
    """One round at once, then one a minute, for ever."""
    while True:
        for look in looks:
            await courier.at_desk(look)
        await asyncio.sleep(ROUND_S)
