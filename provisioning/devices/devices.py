"""The verb: one look, or all changes until it is interrupted."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent.clock import SystemClock
from agent.devices.machine import ThisMachine
from agent.devices.view import View
from agent.wire.document import instant_text
from drivers.ids import known_ids
from drivers.rules import udev_rules
from drivers.transport.udev import LibUdev
from provisioning.devices.survey import Survey, configured_devices, survey
from provisioning.devices.table import change_line, table
from provisioning.devices.watch import watch

Say = Callable[[str], object]


def rules() -> str:
    """The file of udev rules."""
    return udev_rules(known_ids())


def show_devices(root: Path, *, as_json: bool, watching: bool, say: Say) -> bool:
    """Whether all that is configured is there and usable. :raises: InputRefused, ProvisioningError."""
    wanted, udev = configured_devices(root), LibUdev()
    look = partial(survey, root, wanted, machine=ThisMachine(udev))
    begin = partial(_show, as_json=as_json, say=say)
    if watching:
        return asyncio.run(watch(udev, look, begin=begin, tell=partial(_tell, as_json=as_json, say=say))).whole
    seen = asyncio.run(look())
    begin(seen)
    return seen.whole


def _show(seen: Survey, *, as_json: bool, say: Say) -> None:
    say(json.dumps(seen.view(), ensure_ascii=False) if as_json else table(seen))


def _tell(change: View, *, as_json: bool, say: Say) -> None:
    timed = {"time": instant_text(SystemClock().now()), **change}
    say(json.dumps(timed, ensure_ascii=False) if as_json else change_line(timed))
