"""The one thread of the bridge that touches its database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


class DatabaseThread:
    """Work is done one after the other, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "database")

    async def do(self, work: Callable[[], _Result]) -> _Result:
        """Have it done there; what was begun is done to its end, also when nobody waits any more."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Return when all that was begun is done. To be called when nothing runs that could ask for more."""
        self._executor.shutdown()
