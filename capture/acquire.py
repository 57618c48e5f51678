"""One step of a visit: arm, wait for presence, grab, judge, disarm. The deadline is the profile's.

What the person does wrong is a hint for the next try inside the same step; only when the time is over is the step a
retake, with the last hint as its reason. The deadline ends the waiting for a frame; one that came in time is judged.

A finger is taken by itself, as soon as it lies still: nobody presses a button. Whether one is there, the sensor says (a
retake) or the picture.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from capture.finger.burst import QUIET_MS, Burst
from capture.finger.score import BUILT_IN, Scorer
from capture.profile import FaceRule, FingerRule
from capture.sample import FaceSample, FingerSample
from drivers.contract import Device, Finger, FingerAim, Frame, Hint, PortraitAim, Retake, in_thread

_Found = TypeVar("_Found")


class PortraitJudge(Protocol):
    """Looks at one frame."""

    def judge(self, frame: Frame, rule: FaceRule) -> FaceSample | Retake:
        """A portrait with its gates, or what the person should do."""
        ...


class _Best:
    """The best portrait so far, and why there is none yet."""

    def __init__(self) -> None:
        self.sample: FaceSample | None = None
        self.hint = Hint.NOT_SEEN_IN_TIME
        self.judged = 0

    def add(self, judged: FaceSample | Retake) -> None:
        match judged:
            case Retake(hint):
                self.hint = hint
            case FaceSample():
                self.judged += 1
                # fewest failed gates, then the latest
                if self.sample is None or len(judged.failed) <= len(self.sample.failed):
                    self.sample = judged

    def enough(self, rule: FaceRule) -> bool:
        return self.sample is not None and (not self.sample.failed or self.judged >= rule.frames_per_attempt)


async def acquire_portrait(camera: Device, judge: PortraitJudge, *, rule: FaceRule) -> FaceSample | Retake:
    """The first frame that passes every gate, else the best of a few; or the hint why there is none.

    :param camera: opened.
    :raises: Fault when the camera fails, CaptureError when its pictures are unusable.
    """
    best = _Best()
    async with camera.armed(PortraitAim()):
        until_s = _now_s() + rule.time_limit_ms / 1000
        while not best.enough(rule) and (seen := await _grabbed(camera, until_s=until_s)) is not None:
            best.add(await _judged(seen, lambda frame: judge.judge(frame, rule)))
    return best.sample or Retake(best.hint)


async def acquire_finger(
    sensor: Device, finger: Finger, *, rule: FingerRule, scorer: Scorer = BUILT_IN
) -> FingerSample | Retake:
    """The best of a few frames of a finger that lies still; or the hint why there is none.

    :param sensor: opened.
    :param scorer: scores the print that is kept.
    :raises: Fault when the sensor fails, CaptureError when its pictures are unusable.
    """
    burst = Burst(finger, rule=rule, scorer=scorer)
    try:
        async with sensor.armed(FingerAim(finger)):
            await _fill(burst, sensor, until_s=_now_s() + rule.time_limit_ms / 1000)
        return await in_thread(burst.outcome)
    finally:
        burst.zero()


async def _fill(burst: Burst, sensor: Device, *, until_s: float) -> None:
    """Show the burst what the sensor gives, until it has enough, the time is over, or nothing follows a finger."""
    while not burst.enough:
        quiet_s = _now_s() + QUIET_MS / 1000 if burst.finger_seen else until_s
        seen = await _grabbed(sensor, until_s=min(until_s, quiet_s))
        match seen:
            case None:
                return
            case Retake(hint):
                burst.miss(hint)
            case Frame():
                await _looked_at(seen, burst.add)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


async def _grabbed(device: Device, *, until_s: float) -> Frame | Retake | None:
    """What the device gives, or None when the time is over."""
    if _now_s() >= until_s:
        return None
    limit = asyncio.timeout_at(until_s)
    try:
        async with limit:
            return await device.grab()
    except TimeoutError:
        if not limit.expired():
            # the driver's own, which it should have named: not the person's fault
            raise
        return None


async def _judged(seen: Frame | Retake, judge: Callable[[Frame], FaceSample | Retake]) -> FaceSample | Retake:
    """What the judge makes of what the camera gave."""
    return seen if isinstance(seen, Retake) else await _looked_at(seen, judge)


async def _looked_at(frame: Frame, look: Callable[[Frame], _Found]) -> _Found:
    """What comes of looking at a frame, which is zeroed whatever happens, and never while it is looked at."""
    try:
        return await in_thread(lambda: look(frame))
    finally:
        frame.zero()
