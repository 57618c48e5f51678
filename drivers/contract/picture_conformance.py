"""What a picture promises: its pixels, its time, its preview, and what is held of it. Part of `conformance`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from drivers.contract.aim import Aim, Finger, FingerAim, PortraitAim
from drivers.contract.device import Device
from drivers.contract.facts import DeviceKind
from drivers.contract.frame import Frame
from drivers.contract.promise import ANSWER_LIMIT_S, NotConforming, demand, refused
from drivers.contract.retake import Retake
from drivers.contract.settings import Control

AIMS: Final[dict[DeviceKind, Aim]] = {
    DeviceKind.CAMERA: PortraitAim(),
    DeviceKind.FINGERPRINT: FingerAim(Finger.RIGHT_INDEX),
}
"""What each kind of device can be armed for; any other aim is wrong for it."""

Factory = Callable[[], Device]
"""Makes the device as a configuration would; every call makes another one that drives the same hardware."""


async def check_frames(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    """A grabbed frame is full, of its time, and nobody else's. :raises: NotConforming."""
    device = factory()
    async with device.opened(), device.armed(aim_of(device)):
        before_ns = now_ns()
        first = await frame_of(device)
        second = await frame_of(device)
        after_ns = now_ns()
    demand(before_ns <= first.taken_ns <= second.taken_ns <= after_ns, "a frame has the time when it was taken")
    for frame in (first, second):
        _check_pixels(frame, kind=device.facts.kind)
        demand(frame.reduced_ratio == 1, "a grabbed frame is not reduced")
    first.zero()
    demand(not first.pixels.any(), "a frame can be zeroed")
    demand(bool(second.pixels.any()), "a frame's memory is its own")


async def check_previews(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    """A preview is the whole view, reduced, and leaves the next grab as it was. :raises: NotConforming."""
    device = factory()
    async with device.opened(), device.armed(aim_of(device)):
        full = await frame_of(device)
        before_ns = now_ns()
        first = await frame_of(device, take=device.preview)
        second = await frame_of(device, take=device.preview)
        demand(before_ns <= first.taken_ns <= second.taken_ns <= now_ns(), "a preview has the time when it was taken")
        await frame_of(device)
    for frame in (first, second):
        _check_pixels(frame, kind=device.facts.kind)
        ratio = frame.reduced_ratio
        demand(0 < ratio <= 1, "a preview is not larger than a grabbed frame")
        sides = zip(frame.pixels.shape[:2], full.pixels.shape[:2], strict=True)
        # one pixel: a driver may round
        demand(all(abs(small - ratio * large) <= 1 for small, large in sides), "a preview is the whole view, reduced")
    first.zero()
    demand(bool(second.pixels.any()), "a preview's memory is its own")


async def check_lock(factory: Factory) -> None:
    """What is held is told with every frame, and stays. :raises: NotConforming."""
    device = factory()
    async with device.opened():
        for _ in range(2):
            async with device.armed(aim_of(device)):
                held = await device.lock()
                demand(await device.lock() == held, "a second lock changes nothing")
                taken = [
                    await frame_of(device, take=take)
                    for take in (device.grab, device.preview, device.grab, device.grab)
                ]
            for control in held:
                _check_held(control, taken)
        await refused(device.lock(), "a lock after disarming is out of order")


def _check_held(control: Control, taken: list[Frame]) -> None:
    values = {None if frame.settings is None else frame.settings.of(control) for frame in taken}
    demand(None not in values, f"what is held is told with every frame ({control})")
    demand(len(values) == 1, f"what is held stays the same ({control})")


def _check_pixels(frame: Frame, *, kind: DeviceKind) -> None:
    pixels = frame.pixels
    demand(pixels.dtype.name == "uint8", "pixels are uint8")
    demand(bool(pixels.flags.c_contiguous), "pixels are C-contiguous")
    demand(0 not in pixels.shape, "a frame has pixels")
    demand((frame.height_px, frame.width_px) == pixels.shape[:2], "height comes first, then width")
    if kind is DeviceKind.CAMERA:
        demand(pixels.ndim == 3 and pixels.shape[2] == 3, "a camera's frame has three colours")
        demand(frame.ppi is None, "a camera has no calibrated resolution")
    else:
        demand(pixels.ndim == 2, "a fingerprint sensor's frame is grey")
        demand(frame.ppi is not None and 0 < frame.ppi < float("inf"), "a fingerprint sensor says its resolution")


async def frame_of(device: Device, *, take: Callable[[], Awaitable[Frame | Retake]] | None = None) -> Frame:
    """The first frame that an armed device gives. :raises: NotConforming.

    :param take: one of the device's verbs; `grab` by default.
    """
    take = take or device.grab
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            while isinstance(seen := await take(), Retake):  # noqa: ASYNC110 (nothing says when to look again)
                # a grab that never waits must not keep the limit from ending this
                await asyncio.sleep(0)
    except TimeoutError:
        raise NotConforming("The driver does not keep a promise: a frame is given when one is shown.") from None
    demand(isinstance(seen, Frame), "grab gives a frame or a retake")
    return seen


def aim_of(device: Device) -> Aim:
    """What it can be armed for."""
    return AIMS[device.facts.kind]
