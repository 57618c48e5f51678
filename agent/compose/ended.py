"""A unit whose end was authorised runs no daemon any more."""

from agent.config.paths import Paths
from agent.errors import Refused


def refuse_decommissioned(paths: Paths) -> None:
    """Whoever starts asks first. :raises: Refused."""
    if paths.decommissioned.exists():
        raise Refused("decommissioned", "This unit was decommissioned: its keys are destroyed, and nothing runs on it.")
