"""One step of a visit: arm, wait for presence, grab, judge, disarm. The deadline is the profile's.

A portrait is taken by itself too, once the live picture has held every gate for a while; the operator may press the
shutter before.

What the person does wrong is a hint for the next try inside the same step; only when the time is over is the step a
retake, with the last hint as its reason. The deadline ends the waiting for a frame; one that came in time is judged.

A finger is taken by itself, as soon as it lies still: nobody presses a button. Whether one is there, the sensor says (a
retake) or the picture.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from capture.face.live import NOT_SEEN, BestOf, Guidance, Live, Preview
from capture.finger.burst import QUIET_MS, Burst
from capture.finger.score import BUILT_IN, Scorer
from capture.profile import FaceRule, FingerRule
from capture.sample import FaceSample, FingerSample
from drivers.contract import Device, Finger, FingerAim, Frame, PortraitAim, Retake, in_thread

_Found = TypeVar("_Found")


SHOTS_LIMIT_S = 10.0
"""How long the full frames of one try may take; a camera that gives none in its own time is at fault before that."""


class PortraitJudge(Protocol):
    """Looks at one frame."""

    def preview(self, frame: Frame, rule: FaceRule) -> Preview | Retake:
        """What the live gates read in a small frame, or why no portrait could be cut."""
        ...

    def judge(self, frame: Frame, rule: FaceRule) -> FaceSample | Retake:
        """A portrait with its gates, or what the person should do."""
        ...


class _Sitting:
    """One attempt at a portrait, with an armed camera."""

    def __init__(
        self,
        camera: Device,
        judge: PortraitJudge,
        *,
        rule: FaceRule,
        shutter: asyncio.Event,
        watch: Callable[[Guidance], object],
    ) -> None:
        self._camera, self._judge, self._rule = camera, judge, rule
        self._shutter, self._watch = shutter, watch

    async def portrait(self) -> FaceSample | Retake:
        until_s = _now_s() + self._rule.time_limit_ms / 1000
        retake = NOT_SEEN
        while await self._posed(live := Live(self._rule, retake), until_s=until_s):
            await self._camera.lock()
            best = await self._shot()
            if best.sample is not None:
                return best.sample
            retake = best.retake
        return live.guidance.retake or retake

    async def _posed(self, live: Live, *, until_s: float) -> bool:
        """Wait until frames are to be taken; False when the time is over and nobody is there of whom to take them."""
        while not (live.shoot or self._shutter.is_set()):
            seen = await _given(self._camera.preview, until_s=until_s)
            if seen is None:
                return live.face_seen
            look = await _judged(seen, lambda frame: self._judge.preview(frame, self._rule))
            self._watch(live.miss(look) if isinstance(look, Retake) else live.see(look))
        self._shutter.clear()
        return True

    async def _shot(self) -> BestOf:
        best, until_s = BestOf(self._rule), _now_s() + SHOTS_LIMIT_S
        while not best.enough and (seen := await _given(self._camera.grab, until_s=until_s)) is not None:
            best.add(await _judged(seen, lambda frame: self._judge.judge(frame, self._rule)))
        return best


async def acquire_portrait(
    camera: Device,
    judge: PortraitJudge,
    *,
    rule: FaceRule,
    shutter: asyncio.Event | None = None,
    watch: Callable[[Guidance], object] = bool,
) -> FaceSample | Retake:
    """The best of a few full frames, taken once the live picture has held every gate; or the hint why there is none.

    The automatics are locked before the first of them. What the live picture never passes is taken all the same when
    the rule's patience or the time is over, or when the operator says so: a person then decides on its gates.

    :param camera: opened.
    :param shutter: set to take the next frames whatever the gates say; cleared when they are taken.
    :param watch: is told what each look at the live picture means.
    :raises: Fault when the camera fails, CaptureError when its pictures are unusable.
    """
    async with camera.armed(PortraitAim()):
        return await _Sitting(camera, judge, rule=rule, shutter=shutter or asyncio.Event(), watch=watch).portrait()


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
        seen = await _given(sensor.grab, until_s=min(until_s, quiet_s))
        match seen:
            case None:
                return
            case Retake(hint):
                burst.miss(hint)
            case Frame():
                await _looked_at(seen, burst.add)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


async def _given(take: Callable[[], Awaitable[Frame | Retake]], *, until_s: float) -> Frame | Retake | None:
    """What the device gives, or None when the time is over."""
    if _now_s() >= until_s:
        return None
    limit = asyncio.timeout_at(until_s)
    try:
        async with limit:
            return await take()
    except TimeoutError:
        if not limit.expired():
            # the driver's own, which it should have named: not the person's fault
            raise
        return None


async def _judged(seen: Frame | Retake, judge: Callable[[Frame], _Found | Retake]) -> _Found | Retake:
    """What the judge makes of what the camera gave."""
    return seen if isinstance(seen, Retake) else await _looked_at(seen, judge)


async def _looked_at(frame: Frame, look: Callable[[Frame], _Found]) -> _Found:
    """What comes of looking at a frame, which is zeroed whatever happens, and never while it is looked at."""
    try:
        return await in_thread(lambda: look(frame))
    finally:
        frame.zero()
