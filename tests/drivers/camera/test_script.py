import pytest
from pydantic import ValidationError

from drivers.camera.script import AS_SHE_IS, Move, at
from drivers.camera.sim import Options, SimCamera
from drivers.contract import Frame, PortraitAim
from drivers.world.person import AT_REST, Pose

BLINK = (Move(at_ms=100), Move(at_ms=200, eyes_open_ratio=0), Move(at_ms=300, yaw_deg=10, light_ratio=0.5))
SMALL = {"width_px": 320, "height_px": 480, "enlargement": 1.0, "exposure_ms": 0, "noise_levels": 0}


class Hand:
    """A clock that is set by hand."""

    now_ns = 5_000_000_000

    def monotonic_ns(self) -> int:
        return self.now_ns


def test_between_two_lines_everything_changes_evenly_and_outside_nothing() -> None:
    assert at((), 50) == AS_SHE_IS
    assert AS_SHE_IS.pose == AT_REST
    assert [at(BLINK, ms).eyes_open_ratio for ms in (0, 100, 150, 200, 250, 300, 9_000)] == [1, 1, 0.5, 0, 0.5, 1, 1]
    assert at(BLINK, 250).pose == Pose(eyes_open_ratio=0.5, yaw_deg=5)
    assert at(BLINK, 250).light_ratio == 0.75
    assert at(BLINK, 9_000).yaw_deg == 10


@pytest.mark.parametrize(
    "script",
    [
        [{"at_ms": 5}, {"at_ms": 5}],
        [{"at_ms": 5}, {"at_ms": 4}],
        [{"at_ms": 0, "yaw_deg": 21}],
        [{"at_ms": 0, "eyes_open_ratio": 1.1}],
        [{"at_ms": 0, "mouth_open_ratio": float("nan")}],
        [{"at_ms": 0, "jumps": True}],
        [{"at_ms": ms} for ms in range(1_001)],
    ],
)
def test_what_she_cannot_do_is_refused(script: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"script": script})


async def test_the_camera_sees_the_script_by_its_clock_and_from_each_arming_on() -> None:
    clock = Hand()
    options = Options.model_validate(SMALL | {"script": [move.model_dump() for move in BLINK]})
    camera = SimCamera(options, clock=clock)

    async def seen(passed_ms: int) -> bytes:
        clock.now_ns = armed_ns + passed_ms * 1_000_000
        frame = await camera.grab()
        assert isinstance(frame, Frame)
        return frame.pixels.tobytes()

    async with camera.opened():
        for _ in range(2):
            async with camera.armed(PortraitAim()):
                armed_ns = clock.now_ns
                await camera.lock()
                open_eyes, shut, again = await seen(0), await seen(200), await seen(100)
                assert open_eyes == again
                assert shut != open_eyes


async def test_the_automatics_follow_a_light_that_changes_and_held_ones_do_not() -> None:
    clock = Hand()
    script = [{"at_ms": 0}, {"at_ms": 1_000, "light_ratio": 0.5}]
    camera = SimCamera(Options.model_validate(SMALL | {"script": script}), clock=clock)
    means = []
    async with camera.opened():
        for held in (False, True):
            async with camera.armed(PortraitAim()):
                await camera.lock()
                if not held:
                    camera._automatics.release()
                clock.now_ns += 1_000_000_000
                for _ in range(12):
                    await camera.grab()
                frame = await camera.grab()
                assert isinstance(frame, Frame)
                means.append(frame.pixels.mean())
                assert frame.settings is not None
                assert frame.settings.exposure_us == (10_000 if held else 20_000)
    assert means[1] < 0.8 * means[0]
