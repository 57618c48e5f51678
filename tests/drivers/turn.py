"""One turn of the event loop, for tests that let others go on without waiting for a time."""

import asyncio


async def turn() -> None:
    """Everybody who is ready goes on once."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_soon(passed.set)
    await passed.wait()
