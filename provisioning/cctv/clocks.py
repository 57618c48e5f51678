"""The history of the devices' clocks, as it is printed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.clock_history import ClockHistory, Measured
from agent.config.paths import Paths
from agent.errors import AgentError
from agent.wire.document import instant_text
from provisioning.cctv.words import amount, apart, moment
from provisioning.errors import ProvisioningError
from vault.errors import VaultError


def show_clocks(root: Path, *, as_json: bool, say: Callable[[str], object]) -> None:
    """Every device that was ever measured, by name, the newest measurement first. :raises: ProvisioningError."""
    try:
        known = ClockHistory(Paths(root).clock_history).all()
    except (AgentError, VaultError) as error:
        raise ProvisioningError(error.sentence) from None
    for name in sorted(known):
        newest_first = sorted(known[name], key=lambda one: one.measured_at, reverse=True)
        say(_object(name, newest_first) if as_json else "\n".join(_lines(name, newest_first)))
    if not known and not as_json:
        say("No clock was measured yet: `smilius cctv check` does.")


def _object(name: str, measured: list[Measured]) -> str:
    told = [{**one.model_dump(), "measured_at": instant_text(one.measured_at)} for one in measured]
    return json.dumps({"name": name, "measured": told}, ensure_ascii=False)


def _lines(name: str, measured: list[Measured]) -> Iterator[str]:
    yield f"{name}: its clock against the station's (times in UTC)"
    for one in measured:
        bounds = f"{apart(one.difference_ms).removesuffix(' of')}, give or take {amount(one.uncertainty_ms)}"
        yield f"  {moment(one.measured_at)}  {bounds}  ({one.source})"
