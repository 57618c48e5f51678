"""One step, with a device that shows what it is told to: arm, wait, judge, disarm, and every frame overwritten."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from agent.clock import SystemClock
from capture.acquire import acquire_finger, acquire_portrait
from capture.errors import FrameUnusable
from capture.face.judge import FaceJudge
from capture.face.live import Guidance
from capture.profile import FaceRule, FingerRule
from capture.sample import FaceSample, FingerSample
from drivers.camera.sim import Options as SimOptions
from drivers.camera.sim import SimCamera
from drivers.contract import DeviceKind, Finger, Frame, GoneFault, Hint, Retake
from drivers.fingerprint.sim import Options, SimFingerprint
from tests.capture.devices import LIMIT, Shown, ShownDevice, ToldJudge, picture, portrait
from tests.capture.finger.pattern import finger, frame
from tests.drivers.ticks import Ticks
from tests.drivers.turn import turn

# long enough for what is shown, also on a busy machine, and short enough to wait for its end
SHORT_MS = 200
# as soon as a face is in the live picture
AT_ONCE = FaceRule(time_limit_ms=SHORT_MS, frames_per_attempt=3, hold_ms=0)
LONG = FaceRule(time_limit_ms=3_600_000, pose_limit_ms=3_600_000)
SEEN = ["preview", "preview", "preview", "lock"]
"""The shortest hold."""
NO_FACE, SEVERAL = Retake(Hint.NO_FACE), Retake(Hint.SEVERAL_FACES)


@pytest.fixture(scope="module")
def judge() -> FaceJudge:
    return FaceJudge()


async def _portrait(camera: ShownDevice, judge: ToldJudge, rule: FaceRule = AT_ONCE) -> FaceSample | Retake:
    async with camera.opened():
        return await acquire_portrait(camera, judge, rule=rule)


async def _finger(*shown: Shown, limit_ms: int = SHORT_MS) -> tuple[FingerSample | Retake, ShownDevice]:
    sensor = ShownDevice(DeviceKind.FINGERPRINT, shown)
    async with sensor.opened():
        return await acquire_finger(
            sensor, Finger.LEFT_RING, rule=FingerRule(time_limit_ms=limit_ms, frames_per_attempt=3)
        ), sensor


def _camera(*shown: Shown) -> ShownDevice:
    return ShownDevice(DeviceKind.CAMERA, shown)


def _live(*previews: Shown, shown: Sequence[Shown] = ()) -> ShownDevice:
    return ShownDevice(DeviceKind.CAMERA, shown, previews=previews)


def _bare() -> Frame:
    return frame(np.full((480, 320), 255, np.uint8))


async def test_the_first_portrait_that_passes_every_gate_ends_the_step() -> None:
    camera = _camera(picture(), picture(), picture())
    judge = ToldJudge(portrait("poor", failed=1), portrait("good"))
    assert await _portrait(camera, judge) == portrait("good")
    assert camera.steps == ["open", "arm face", *SEEN, "grab", "grab", "disarm", "close"]


async def test_else_the_best_of_a_few_is_taken_the_latest_among_equals() -> None:
    judge = ToldJudge(portrait("two", failed=2), portrait("one", failed=1), portrait("other one", failed=1))
    assert await _portrait(_camera(picture(), picture(), picture()), judge) == portrait("other one", failed=1)
    judge = ToldJudge(portrait("one", failed=1), portrait("two", failed=2), portrait("three", failed=3))
    assert await _portrait(_camera(picture(), picture(), picture()), judge) == portrait("one", failed=1)


async def test_full_frames_that_show_no_face_lead_back_to_the_live_picture() -> None:
    judge = ToldJudge(NO_FACE, SEVERAL, NO_FACE, portrait("good"))
    camera = _camera(*(picture() for _ in range(4)))
    assert await _portrait(camera, judge) == portrait("good")
    assert camera.steps[2:-2] == [*SEEN, "grab", "grab", "grab", *SEEN, "grab"]


async def test_one_frame_without_a_face_does_not_lose_the_others() -> None:
    judge = ToldJudge(portrait("poor", failed=4), NO_FACE, portrait("less poor", failed=2))
    assert await _portrait(_camera(*(picture() for _ in range(3))), judge) == portrait("less poor", failed=2)


async def test_when_nothing_was_seen_the_last_hint_says_why() -> None:
    live = [picture(), picture()]
    assert await _portrait(_live(*live), ToldJudge(live=[Hint.NO_FACE, Hint.SEVERAL_FACES])) == SEVERAL
    shown = _live(picture(), Retake(Hint.OUT_OF_FRAME))
    assert await _portrait(shown, ToldJudge(live=[Hint.NO_FACE])) == Retake(Hint.OUT_OF_FRAME)
    assert await _portrait(_live(), ToldJudge()) == Retake(Hint.NOT_SEEN_IN_TIME)
    again = _live(*(picture(number) for number in range(3)), shown=[picture()] * 3)
    assert await _portrait(again, ToldJudge(NO_FACE, NO_FACE, SEVERAL)) == SEVERAL


async def test_a_portrait_is_taken_when_every_gate_has_held() -> None:
    told: list[Guidance] = []
    camera, judge = _camera(picture()), ToldJudge(portrait("good"), live=[Hint.NO_FACE, 30.0, 5.0, 30.0, 5.0])
    async with camera.opened():
        assert await acquire_portrait(camera, judge, rule=LONG, watch=told.append) == portrait("good")
    assert camera.steps == ["open", "arm face", *["preview"] * 10, "lock", "grab", "disarm", "close"]
    assert [guidance.retake for guidance in told[:2]] == [NO_FACE, None]
    assert [len(guidance.failed) for guidance in told] == [0, 1, 0, 1, 0, 0, 0, 0, 0, 0]
    assert [guidance.held_ms for guidance in told] == [0, 0, 0, 0, 0, 100, 200, 300, 400, 500]


async def test_gates_that_never_pass_are_waited_for_as_long_as_the_rule_says() -> None:
    rule = LONG.model_copy(update={"pose_limit_ms": 700})
    camera, judge = _camera(picture()), ToldJudge(portrait("good"), live=[30.0] * 20)
    assert await _portrait(camera, judge, rule) == portrait("good")
    assert camera.steps.count("preview") == 8


async def test_when_the_time_is_over_whoever_is_there_is_taken() -> None:
    camera = _live(picture(), shown=[picture()])
    assert await _portrait(camera, ToldJudge(portrait("poor", failed=1), live=[30.0])) == portrait("poor", failed=1)


async def test_the_simulated_person_is_taken_with_the_light_that_was_settled_on(judge: FaceJudge) -> None:
    options = {"width_px": 1200, "height_px": 1600, "enlargement": 2.95, "exposure_ms": 0}
    camera = SimCamera(SimOptions.model_validate(options), clock=SystemClock())
    rule, told = FaceRule(pose_limit_ms=0), list[Guidance]()
    async with camera.opened():
        taken = await acquire_portrait(camera, judge, rule=rule, watch=told.append)
    assert isinstance(taken, FaceSample)
    assert taken.settings is not None
    assert (taken.settings.exposure_us, taken.settings.white_balance_ratios) == (10_000, (1.9, 1.6))
    # nobody can tell her to close her mouth
    assert [limit.id for limit in told[-1].failed] == ["mouth_closed"]
    assert "mouth_closed" in {gate.id for gate in taken.failed}


async def test_the_shutter_takes_the_next_frames_whatever_the_gates_say() -> None:
    camera, shutter = _live(picture(), picture(), shown=[picture(), picture()]), asyncio.Event()
    judge = ToldJudge(portrait("poor", failed=1), portrait("good"), live=[30.0, 30.0])

    def press(guidance: Guidance) -> None:
        if camera.steps.count("preview") == 2:
            assert guidance.failed == (LIMIT,)
            shutter.set()

    async with camera.opened():
        taken = await acquire_portrait(camera, judge, rule=LONG, shutter=shutter, watch=press)
    assert taken == portrait("good")
    assert camera.steps[2:-2] == ["preview", "preview", "lock", "grab", "grab"]
    assert not shutter.is_set()


async def test_a_shutter_that_finds_no_face_is_spent() -> None:
    camera, shutter = _camera(*(picture() for _ in range(4))), asyncio.Event()
    shutter.set()
    judge = ToldJudge(NO_FACE, NO_FACE, NO_FACE, portrait("good"))
    async with camera.opened():
        assert await acquire_portrait(camera, judge, rule=AT_ONCE, shutter=shutter) == portrait("good")
    assert camera.steps[2:-2] == ["lock", "grab", "grab", "grab", *SEEN, "grab"]


async def test_every_frame_is_overwritten_whatever_the_judge_says() -> None:
    shown = [picture(), picture(), picture()]
    judge = ToldJudge(NO_FACE, portrait("poor", failed=1), FrameUnusable("No colour."))
    live = [picture(), picture(), picture()]
    camera = _live(*live, shown=shown)
    with pytest.raises(FrameUnusable):
        await _portrait(camera, judge)
    assert judge.seen == [True, True, True]
    assert not any(each.pixels.any() for each in (*shown, *live))
    assert camera.steps[-2:] == ["disarm", "close"]


async def test_a_device_that_fails_is_disarmed_and_its_fault_passes() -> None:
    camera = _camera(picture(), GoneFault("It was unplugged."))
    with pytest.raises(GoneFault):
        await _portrait(camera, ToldJudge(NO_FACE))
    assert camera.steps == ["open", "arm face", *SEEN, "grab", "grab", "disarm", "close"]
    camera = _live(picture(), GoneFault("It was unplugged."))
    with pytest.raises(GoneFault):
        await _portrait(camera, ToldJudge())
    assert camera.steps == ["open", "arm face", "preview", "preview", "disarm", "close"]


async def test_a_drivers_own_time_out_is_not_taken_for_the_persons() -> None:
    with pytest.raises(TimeoutError):
        await _portrait(_camera(TimeoutError()), ToldJudge())
    with pytest.raises(TimeoutError):
        await _portrait(_live(TimeoutError()), ToldJudge(), FaceRule())


async def test_a_frame_that_came_in_time_is_judged_to_the_end() -> None:
    loop, go_on = asyncio.get_running_loop(), threading.Event()
    judge = ToldJudge(portrait("good"), before=go_on.wait)
    loop.call_later(SHORT_MS * 2 / 1000, go_on.set)
    assert await _portrait(_camera(picture()), judge) == portrait("good")
    assert judge.seen == [True]


async def test_a_cancelled_step_ends_after_its_judge_disarmed_and_overwritten() -> None:
    loop, begun, go_on, shown = asyncio.get_running_loop(), asyncio.Event(), threading.Event(), picture()

    def before() -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()

    camera, judge = _camera(shown), ToldJudge(portrait("good"), before=before)
    async with asyncio.TaskGroup() as tasks:
        step = tasks.create_task(_portrait(camera, judge))
        await begun.wait()
        step.cancel()
        await turn()
        # the judge still looks at it: nothing may be taken away from under it
        assert shown.pixels.all()
        assert camera.steps == ["open", "arm face", *SEEN, "grab"]
        go_on.set()
    assert step.cancelled()
    assert judge.seen == [True]
    assert not shown.pixels.any()
    assert camera.steps[-2:] == ["disarm", "close"]


async def test_a_step_that_waits_for_a_person_can_be_cancelled() -> None:
    camera = _camera()
    async with asyncio.TaskGroup() as tasks:
        step = tasks.create_task(_portrait(camera, ToldJudge(), FaceRule()))
        await camera.nobody.wait()
        step.cancel()
    assert camera.steps == ["open", "arm face", "preview", "disarm", "close"]


async def test_the_best_of_a_few_frames_of_a_still_finger_ends_the_step() -> None:
    shown = [_bare(), *(frame(finger()) for _ in range(4))]
    taken, sensor = await _finger(*shown, limit_ms=30_000)
    assert isinstance(taken, FingerSample)
    assert (taken.finger, taken.pixels.shape) == (Finger.LEFT_RING, (480, 320))
    assert taken.pixels.any()
    assert [bool(each.pixels.any()) for each in shown] == [False, False, False, False, True]
    assert sensor.steps == ["open", "arm left-ring", "grab", "grab", "grab", "grab", "disarm", "close"]


async def test_a_sensor_that_gives_one_frame_a_touch_is_not_waited_for_to_the_end() -> None:
    shown = frame(finger())
    taken, sensor = await _finger(_bare(), Retake(Hint.NO_FINGER), shown, limit_ms=3_600_000)
    assert isinstance(taken, FingerSample)
    assert not shown.pixels.any()
    assert sensor.steps[-3:] == ["grab", "disarm", "close"]


async def test_when_the_time_is_over_a_finger_that_was_seen_is_taken() -> None:
    assert isinstance((await _finger(frame(finger())))[0], FingerSample)


async def test_a_finger_that_slides_to_the_end_is_to_be_lifted() -> None:
    sliding = [frame(finger(middle_px=(shift, 0.0))) for shift in (-50.0, 0.0, 50.0)]
    assert (await _finger(*sliding, limit_ms=30_000))[0] == Retake(Hint.LIFT_FINGER)
    assert not any(each.pixels.any() for each in sliding)


async def test_a_sensor_that_fails_in_a_burst_leaves_nothing_behind() -> None:
    shown = [frame(finger()), frame(finger())]
    sensor = ShownDevice(DeviceKind.FINGERPRINT, [*shown, GoneFault("It was unplugged.")])
    async with sensor.opened():
        with pytest.raises(GoneFault):
            await acquire_finger(sensor, Finger.LEFT_RING, rule=FingerRule(frames_per_attempt=3))
    assert sensor.steps[-2:] == ["disarm", "close"]
    assert not any(each.pixels.any() for each in shown)


async def test_the_simulated_finger_is_taken_when_it_has_come_down() -> None:
    options = {"landing_grabs": 4, "exposure_ms": 0}
    for presence_detected in (True, False):
        given = Options.model_validate({**options, "presence_detected": presence_detected})
        sensor = SimFingerprint(given, clock=Ticks())
        async with sensor.opened():
            taken = await acquire_finger(sensor, Finger.RIGHT_INDEX, rule=FingerRule())
        assert isinstance(taken, FingerSample)
        # a sensor that notices the empty plate gives no frame of it
        assert taken.taken_ns >= (4 if presence_detected else 5)


async def test_a_finger_that_does_not_come_is_a_retake_with_the_last_hint() -> None:
    assert (await _finger(_bare(), Retake(Hint.CLEAN_PLATE)))[0] == Retake(Hint.CLEAN_PLATE)
    assert (await _finger())[0] == Retake(Hint.NOT_SEEN_IN_TIME)


async def test_hints_that_come_at_once_cannot_outlast_the_time() -> None:
    plenty = [Retake(Hint.NO_FINGER)] * 100_000
    assert (await _finger(*plenty))[0] == Retake(Hint.NO_FINGER)
