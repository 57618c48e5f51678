"""The V4L2 driver over the emulated kernel and camera."""

import logging
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.camera.v4l2 import Options, V4l2Camera
from drivers.contract import (
    Control,
    DeniedFault,
    Device,
    DeviceKind,
    Fault,
    Finger,
    FingerAim,
    Frame,
    GoneFault,
    OptionsFault,
    OrderFault,
    PortraitAim,
    ProtocolFault,
    TimedOutFault,
)
from drivers.contract.conformance import check_device
from drivers.registry import make_device
from drivers.world.scene import Scene
from tests.drivers.camera.emulated import Desk
from tests.drivers.ticks import Ticks
from tests.emulators import video
from tests.emulators.video import FRAME_NS, VideoCamera

ALL = frozenset(Control)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def _grabbed(driver: V4l2Camera) -> Frame:
    seen = await driver.grab()
    assert isinstance(seen, Frame)
    return seen


@pytest.mark.parametrize(
    "options", [{}, {"pixel_format": "yuyv", "rotate_deg": 90}, {"width_px": 640, "height_px": 480}]
)
async def test_it_conforms(desk: Desk, options: dict[str, object]) -> None:
    await check_device(lambda: desk.driver(**options), now_ns=desk.video.monotonic_ns)
    assert desk.video.open_files == set()


async def test_both_formats_show_the_same_scene_upright(tmp_path: Path) -> None:
    pictures = []
    for pixel_format, padding_bytes in (("mjpeg", 0), ("yuyv", 0), ("yuyv", 64)):
        desk = Desk(tmp_path, VideoCamera(padding_bytes=padding_bytes))
        driver = desk.driver(pixel_format=pixel_format)
        async with driver.opened(), driver.armed(PortraitAim()):
            await driver.lock()
            pictures.append((await _grabbed(driver)).pixels.astype(int))
    true = Scene(width_px=320, height_px=240, enlargement=240 / 640, noise_levels=0).frame(1).astype(int)
    for picture in pictures:
        assert picture.shape == (240, 320, 3)
        assert np.abs(picture - true).mean() < 4


@pytest.mark.parametrize("rotate_deg", [0, 90, 180, 270])
async def test_it_turns_clockwise(desk: Desk, rotate_deg: int) -> None:
    pictures = []
    for deg in (0, rotate_deg):
        driver = desk.driver(rotate_deg=deg)
        async with driver.opened(), driver.armed(PortraitAim()):
            await driver.lock()
            pictures.append((await _grabbed(driver)).pixels.astype(int))
    straight, turned = pictures
    expected = np.rot90(straight, -rotate_deg // 90)
    assert turned.shape == expected.shape
    assert np.abs(turned - expected).mean() < 4


async def test_previews_are_decoded_at_a_scale_of_their_own(tmp_path: Path) -> None:
    for pixel_format in ("mjpeg", "yuyv"):
        desk = Desk(tmp_path, VideoCamera(sizes=((1280, 960),)))
        driver = desk.driver(width_px=1280, height_px=960, pixel_format=pixel_format, rotate_deg=270)
        async with driver.opened(), driver.armed(PortraitAim()):
            preview = await driver.preview()
            assert isinstance(preview, Frame)
            assert (preview.pixels.shape, preview.reduced_ratio) == ((640, 480, 3), 0.5)


async def test_a_frame_is_never_older_than_its_request(desk: Desk) -> None:
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        await _grabbed(driver)
        # all buffers fill, and one frame is half exposed
        desk.video.pass_ms(500)
        desk.video.now_ns += FRAME_NS // 2
        asked_ns = desk.video.now_ns
        frame = await _grabbed(driver)
    assert asked_ns <= frame.taken_ns <= asked_ns + 2 * FRAME_NS


async def test_without_stamps_the_frames_that_waited_are_dropped(desk: Desk) -> None:
    desk.video.stamps = False
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        await _grabbed(driver)
        desk.video.pass_ms(500)
        seen = desk.camera.frames
        frame = await _grabbed(driver)
    assert desk.camera.frames == seen + 1
    assert frame.taken_ns <= desk.video.now_ns


@pytest.mark.parametrize("pixel_format", ["mjpeg", "yuyv"])
@pytest.mark.parametrize("trouble", ["short", "packet lost", "empty", "flagged", "other size"])
async def test_a_damaged_frame_is_passed_over_and_logged_once(
    desk: Desk, trouble: str, pixel_format: str, caplog: pytest.LogCaptureFixture
) -> None:
    driver = desk.driver(pixel_format=pixel_format)
    with caplog.at_level(logging.WARNING, "drivers.camera.v4l2"):
        async with driver.opened(), driver.armed(PortraitAim()):
            await driver.lock()
            good = (await _grabbed(driver)).pixels.astype(int)
            desk.camera.troubles = deque([trouble] * 9)
            after = (await _grabbed(driver)).pixels.astype(int)
    assert np.abs(after - good).max() < 64
    assert [record.getMessage() for record in caplog.records] == [
        "The camera gave a damaged picture, which was passed over."
    ]


async def test_damage_without_end_is_a_fault(desk: Desk) -> None:
    driver = desk.driver(frame_limit_ms=500)
    async with driver.opened(), driver.armed(PortraitAim()):
        desk.camera.troubles = deque(["short"] * 60)
        with pytest.raises(ProtocolFault, match="damaged"):
            await driver.grab()
        desk.camera.troubles.clear()
        await _grabbed(driver)


async def test_a_stall_is_timed_out_and_passes(desk: Desk) -> None:
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        desk.video.stalled = True
        before_ns = desk.video.now_ns
        with pytest.raises(TimedOutFault):
            await driver.preview()
        assert desk.video.now_ns - before_ns < 4_100_000_000
        desk.video.stalled = False
        await _grabbed(driver)


async def test_who_may_not_open_it_is_told_of_the_group(desk: Desk) -> None:
    desk.video.denied = True
    with pytest.raises(DeniedFault, match="group `video`"):
        await desk.driver().opened().__aenter__()


async def test_what_the_automatics_reached_is_held_and_let_go(desk: Desk) -> None:
    driver = desk.driver()
    knobs = desk.camera.knobs
    async with driver.opened():
        async with driver.armed(PortraitAim()):
            assert await driver.lock() == ALL
            frame = await _grabbed(driver)
            assert [knobs[one].value for one in (video.EXPOSURE_AUTO, video.AUTOGAIN, video.AUTO_WHITE)] == [1, 0, 0]
        assert [knobs[one].value for one in (video.EXPOSURE_AUTO, video.AUTOGAIN, video.AUTO_WHITE)] == [3, 1, 1]
    settings = frame.settings
    assert settings is not None
    assert (settings.exposure_us, settings.gain_steps, settings.white_balance_k, settings.focus_steps) == (
        15_600,
        40,
        4_600,
        30,
    )


async def test_what_another_program_left_manual_is_automatic_when_armed(desk: Desk) -> None:
    desk.camera.knobs[video.EXPOSURE_AUTO].value = 1
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        assert desk.camera.knobs[video.EXPOSURE_AUTO].value == 3


async def test_a_refused_control_goes_on_by_itself(desk: Desk) -> None:
    desk.camera.knobs[video.KELVIN].refuses = True
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        assert await driver.lock() == ALL - {Control.WHITE_BALANCE}
        assert desk.camera.knobs[video.AUTO_WHITE].value == 1
    await check_device(desk.driver, now_ns=desk.video.monotonic_ns)


async def test_a_camera_without_controls_or_with_disabled_ones_holds_nothing(desk: Desk) -> None:
    desk.camera.knobs = {video.EXPOSURE: video.Knob(5, 5, disabled=True), video.FOCUS: video.Knob(7, 7)}
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        assert await driver.lock() == frozenset()
        settings = (await _grabbed(driver)).settings
    assert settings is not None
    assert (settings.exposure_us, settings.focus_steps) == (None, 7)
    await check_device(desk.driver, now_ns=desk.video.monotonic_ns)


async def test_a_camera_that_does_not_tell_is_not_held_at_what_it_says(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.camera.tells = False
    driver = desk.driver()
    with caplog.at_level(logging.WARNING, "drivers.camera.v4l2"):
        async with driver.opened(), driver.armed(PortraitAim()):
            assert await driver.lock() == frozenset()
            assert desk.camera.knobs[video.EXPOSURE_AUTO].value == 3
    assert "cannot be held" in caplog.text


async def test_what_never_settles_is_bounded(desk: Desk) -> None:
    desk.camera.settles = False
    driver = desk.driver(settle_limit_ms=1_000)
    async with driver.opened(), driver.armed(PortraitAim()):
        before_ns = desk.video.now_ns
        await driver.lock()
        assert 1_000_000_000 <= desk.video.now_ns - before_ns < 2_000_000_000


@pytest.mark.parametrize(("mains", "menu"), [(50, 1), (60, 2), (0, 0), (None, 2)])
async def test_the_mains_are_told_to_the_camera(desk: Desk, mains: int | None, menu: int) -> None:
    async with desk.driver(power_line_hz=mains).opened():
        assert desk.camera.knobs[video.POWER_LINE].value == menu


async def test_a_camera_that_knows_no_mains_works(desk: Desk) -> None:
    desk.camera.knobs[video.POWER_LINE].refuses = True
    async with (driver := desk.driver()).opened(), driver.armed(PortraitAim()):
        await _grabbed(driver)


@pytest.mark.parametrize("wanted", [{"width_px": 4096, "height_px": 2160}, {"pixel_format": "yuyv"}])
async def test_a_size_that_it_does_not_have_is_refused_with_what_it_has(desk: Desk, wanted: dict[str, object]) -> None:
    desk.camera.codes = ("MJPG",)
    with pytest.raises(OptionsFault, match=r"it would give \d+x\d+ in MJPG"):
        await desk.driver(**wanted).opened().__aenter__()
    assert desk.video.open_files == set()


async def test_the_facts_are_those_of_the_usb_device_once_it_was_opened(desk: Desk) -> None:
    driver = desk.driver()
    assert (driver.facts.model, driver.facts.serial, driver.facts.simulated) == ("V4L2 camera", "", False)
    async with driver.opened():
        pass
    facts = driver.facts
    assert (facts.kind, facts.make, facts.model) == (DeviceKind.CAMERA, "Emulated Optics", "Emulated HD camera")
    assert (facts.serial, facts.firmware, facts.certified, facts.simulated) == ("E0042", "1.03", False, False)


async def test_a_finger_is_no_aim_for_it(desk: Desk) -> None:
    driver = desk.driver()
    async with driver.opened():
        with pytest.raises(OrderFault):
            await driver.armed(FingerAim(Finger.LEFT_INDEX)).__aenter__()


async def test_the_frames_memory_is_overwritten_when_it_is_closed(desk: Desk) -> None:
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        await _grabbed(driver)
        assert any(any(one[:]) for one in desk.video.maps)
    assert not any(any(one[:]) for one in desk.video.maps)


async def test_an_unplugged_camera_is_gone_at_every_verb(desk: Desk) -> None:
    driver = desk.driver()
    async with driver.opened(), driver.armed(PortraitAim()):
        desk.video.unplug()
        for verb in (driver.grab, driver.preview, driver.lock):
            with pytest.raises(GoneFault):
                await verb()
    assert desk.video.open_files == set()
    assert issubclass(GoneFault, Fault)


def test_the_registry_makes_it_with_its_options() -> None:
    options = {"device": "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_1234-video-index0"}
    device = make_device(DeviceKind.CAMERA, "v4l2", options=options, clock=Ticks())
    assert isinstance(device, Device)
    assert isinstance(device, V4l2Camera)


@pytest.mark.parametrize(
    "wrong",
    [
        {"device": "/dev/sda"},
        {"device": "/dev/v4l/by-id/../../sda"},
        {"device": "/dev/video0x"},
        {"rotate_deg": 45},
        {"pixel_format": "h264"},
        {"power_line_hz": 55},
        {"frame_limit_ms": 0},
    ],
)
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"device": "/dev/video0", **wrong})
