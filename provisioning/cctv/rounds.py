"""The configured devices, one after the other: together they would slow each other's answers and blur the clocks."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.clock import SystemClock
from agent.config.paths import Paths
from agent.config.station import CctvChoice
from provisioning.cctv.check import check
from provisioning.cctv.view import text, view
from provisioning.devices.survey import configured_devices
from provisioning.errors import InputRefused

Say = Callable[[str], object]


def rounds(root: Path, names: Sequence[str], *, as_json: bool, say: Say) -> bool:
    """Whether all of them are well; each is told as soon as it was tried.

    :param names: only these; all where none is named.
    :raises: InputRefused when the configuration would not load, or has no such entry.
    """
    chosen = _chosen(root, names)
    if not chosen and not as_json:
        say("The configuration names no surveillance camera or recorder (station.cctv).")
    return asyncio.run(_all_well(Paths(root), chosen, as_json=as_json, say=say))


def _chosen(root: Path, names: Sequence[str]) -> tuple[CctvChoice, ...]:
    known = [one.choice for one in configured_devices(root) if isinstance(one.choice, CctvChoice)]
    missing = sorted(set(names) - {one.name for one in known})
    if missing:
        there = ", ".join(one.name for one in known) or "none"
        raise InputRefused("cctv-unknown", f"There is no {missing[0]!r:.60} in station.cctv; there are: {there}.")
    return tuple(one for one in known if not names or one.name in names)


async def _all_well(paths: Paths, chosen: Sequence[CctvChoice], *, as_json: bool, say: Say) -> bool:
    well = True
    for choice in chosen:
        found = await check(choice, paths, clock=SystemClock())
        say(json.dumps(view(found), ensure_ascii=False) if as_json else text(found))
        well = well and found.well
    return well
