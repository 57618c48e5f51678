"""Tells what comes, goes and changes until it is interrupted."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Final

from agent.devices.view import View
from drivers.contract import Fault
from drivers.transport.udev import Udev
from provisioning.devices.survey import Survey
from provisioning.errors import ProvisioningError

LOOK_S: Final = 1.5
"""Permissions that somebody changes by hand are announced by nobody: so often they are looked at."""


async def watch(
    udev: Udev,
    look: Callable[[], Awaitable[Survey]],
    *,
    begin: Callable[[Survey], object],
    tell: Callable[[View], object],
) -> Survey:
    """Show the first look and tell every change from there on; the last look, once SIGINT or SIGTERM came.

    :raises: ProvisioningError when the system does not tell what is plugged in.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        with udev.following() as arrivals:
            before = await look()
            begin(before)
            while not await _either(arrivals.changed(within_s=LOOK_S), stopped):
                now = await look()
                _tell_all(changes(before, now), tell)
                before = now
            return before
    except Fault as fault:
        raise ProvisioningError(fault.sentence) from None


def _tell_all(found: Iterator[View], tell: Callable[[View], object]) -> None:
    for change in found:
        tell(change)


def changes(before: Survey, now: Survey) -> Iterator[View]:
    """What is different, in the order in which a person would tell it: what went, what came, what changed."""
    old, new = ({(one["node"], one["name"]): one for one in seen.plugged} for seen in (before, now))
    yield from ({"change": "went", **old[key]} for key in old if key not in new)
    yield from ({"change": "came", **new[key]} for key in new if key not in old)
    for key in (key for key in new if key in old):
        if new[key]["may_be_opened"] != old[key]["may_be_opened"]:
            yield {"change": "permitted" if new[key]["may_be_opened"] else "not-permitted", **new[key]}
    stood = {one["role"]: one["presence"] for one in before.configured}
    for one in now.configured:
        if stood.get(one["role"]) != one["presence"]:
            yield {"change": str(one["presence"]), **one}


async def _either(changed: Coroutine[Any, Any, bool], stopped: asyncio.Event) -> bool:
    """Wait for a change or its time's end; True when it was told to stop instead."""
    async with asyncio.TaskGroup() as tasks:
        either = {tasks.create_task(changed), tasks.create_task(stopped.wait())}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for task in either:
            task.cancel()
    return stopped.is_set()
