"""Ends a restore that was cut off, one way or the other, while no daemon runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.config.paths import Paths
from agent.instance import only_instance
from vault.swap import Swap


def replaced(paths: Paths) -> tuple[Path, ...]:
    """Folders in which a restore replaces files, all of them together (`vault.swap`)."""
    return paths.station, paths.courier, paths.configuration, paths.trust


@contextmanager
def standing_still(paths: Paths) -> Iterator[None]:
    """While entered, no daemon of the station runs or starts. :raises: Refused when one runs; ConfigError."""
    with only_instance(paths.station, name="station"), only_instance(paths.courier, name="courier"):
        yield


def settle_restore(paths: Paths) -> bool:
    """Carry out what a restore had decided, drop what it had not; True when it was decided.

    :raises: Refused when a daemon or the restore itself runs; DiskFailed, and asking again goes on.
    """
    swap = Swap(replaced(paths))
    if not swap.begun:
        return False
    with standing_still(paths):
        return swap.settle()
