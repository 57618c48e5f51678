"""One sitting: a device opened, armed, grabbed from and closed, and what it gave, in lines that can be compared."""

import hashlib
from collections.abc import Callable, Sequence

from drivers.contract import (
    Aim,
    Device,
    DivergedFault,
    Facts,
    Fault,
    Finger,
    FingerAim,
    Frame,
    FullFault,
    OptionsFault,
    PhantomFault,
    PortraitAim,
    Retake,
)

PORTRAIT = "portrait"
FRAME, FAULT = "frame", "fault"
"""How a line begins that tells of one."""


def aim_of(name: str) -> Aim:
    """The aim of that name: `portrait`, or a finger's. :raises: OptionsFault."""
    if name == PORTRAIT:
        return PortraitAim()
    try:
        return FingerAim(Finger(name))
    except ValueError:
        known = ", ".join(finger.value for finger in Finger)
        raise OptionsFault(f"There is no aim {name!r}; there are: {PORTRAIT}, {known}.") from None


class Watcher:
    """Looks on while a device is used, and may refuse by a Fault; as it is, it refuses nothing."""

    def opened(self, facts: Facts) -> None:
        """The device says which one it is."""

    def seen(self, frame: Frame) -> None:
        """The device gave this; it is overwritten afterwards."""

    def failed(self, fault: Fault) -> None:
        """The device failed, and that is the end of it."""


async def sit(
    device: Device, aim: Aim, *, enough: Callable[[Sequence[str]], bool], watcher: Watcher
) -> tuple[str, ...]:
    """A line for each grab, until that is enough or the device fails.

    :raises: Fault, where it is not the device that failed: full, diverged, wrongly declared or configured.
    """
    outcome: list[str] = []
    try:
        async with device.opened():
            watcher.opened(device.facts)
            async with device.armed(aim):
                await _look(device, outcome, enough=enough, watcher=watcher)
    except (DivergedFault, FullFault, OptionsFault, PhantomFault):
        raise
    except Fault as fault:
        outcome.append(f"{FAULT} {fault.code}")
        watcher.failed(fault)
    return tuple(outcome)


async def _look(
    device: Device, outcome: list[str], *, enough: Callable[[Sequence[str]], bool], watcher: Watcher
) -> None:
    while not enough(outcome):
        outcome.append(_told(await device.grab(), watcher))


def _told(seen: Frame | Retake, watcher: Watcher) -> str:
    if isinstance(seen, Retake):
        return f"retake {seen.hint.value}"
    try:
        watcher.seen(seen)
        digest = hashlib.sha256(seen.pixels.tobytes()).hexdigest()
        return f"{FRAME} {seen.width_px}x{seen.height_px} {digest}"
    finally:
        seen.zero()
