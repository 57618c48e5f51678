"""One step of a visit: arm, wait for presence, grab, judge, disarm. The deadline is the profile's.

What the person does wrong is a hint for the next try inside the same step; only when the time is over is the step a
retake, with the last hint as its reason.
"""

import asyncio
from typing import Protocol

from capture.finger.judge import judge_finger
from capture.profile import FaceRule, FingerRule
from capture.sample import FaceSample, FingerSample
from drivers.contract import Device, Finger, FingerAim, Frame, Hint, PortraitAim, Retake


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
    try:
        async with camera.armed(PortraitAim()), asyncio.timeout(rule.time_limit_ms / 1000):
            while not best.enough(rule):
                best.add(await _judged_portrait(camera, judge, rule=rule))
    except TimeoutError:
        pass
    return best.sample or Retake(best.hint)


async def acquire_finger(sensor: Device, finger: Finger, *, rule: FingerRule) -> FingerSample | Retake:
    """The first frame that shows a finger; or the hint why none did in time.

    :param sensor: opened.
    :raises: Fault when the sensor fails, CaptureError when its pictures are unusable.
    """
    judged: FingerSample | Retake = Retake(Hint.NOT_SEEN_IN_TIME)
    try:
        async with sensor.armed(FingerAim(finger)), asyncio.timeout(rule.time_limit_ms / 1000):
            while isinstance(judged, Retake):
                judged = await _judged_finger(sensor, finger, rule=rule)
    except TimeoutError:
        pass
    return judged


async def _judged_portrait(camera: Device, judge: PortraitJudge, *, rule: FaceRule) -> FaceSample | Retake:
    seen = await camera.grab()
    if isinstance(seen, Retake):
        return seen
    try:
        return await asyncio.to_thread(judge.judge, seen, rule)
    finally:
        seen.zero()


async def _judged_finger(sensor: Device, finger: Finger, *, rule: FingerRule) -> FingerSample | Retake:
    seen = await sensor.grab()
    if isinstance(seen, Retake):
        return seen
    try:
        return await asyncio.to_thread(judge_finger, seen, finger, rule=rule)
    finally:
        seen.zero()
