"""The Raspberry Pi camera's driver over the emulated one. Nothing of this was tried on a Pi."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.camera.picamera2_csi import Options, Picamera2Csi
from drivers.contract import (
    BusyFault,
    Control,
    DeniedFault,
    Device,
    DeviceKind,
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
from drivers.transport.picamera import PiFound
from drivers.world.scene import Scene
from tests.drivers.camera.emulated import pi_camera
from tests.drivers.ticks import Ticks
from tests.emulators.picamera import LENS_NEAR, Board

SIZE = {"width_px": 320, "height_px": 240}


async def _frame(camera: Picamera2Csi, *, preview: bool = False) -> Frame:
    seen = await (camera.preview() if preview else camera.grab())
    assert isinstance(seen, Frame)
    return seen


@pytest.mark.parametrize(
    ("board", "options"),
    [
        (Board(), {}),
        (Board(tells_ae="AeLocked", has_lens=False), {**SIZE, "rotate_deg": 90}),
        (Board(deaf=True), SIZE),
    ],
    ids=["a Camera Module 3", "no lens, older libcamera", "deaf"],
)
async def test_it_conforms(board: Board, options: dict[str, object]) -> None:
    await check_device(lambda: pi_camera(board, **options), now_ns=board.monotonic_ns)
    assert board.handles == 0


async def test_both_streams_show_the_same_scene_in_its_colours() -> None:
    board = Board()
    camera = pi_camera(board)
    async with camera.opened(), camera.armed(PortraitAim()):
        await camera.lock()
        full, preview = await _frame(camera), await _frame(camera, preview=True)
    assert (full.pixels.shape, preview.pixels.shape) == ((864, 1152, 3), (480, 640, 3))
    assert preview.reduced_ratio == pytest.approx(640 / 1152)
    for frame in (full, preview):
        height_px, width_px = frame.pixels.shape[:2]
        true = Scene(width_px=width_px, height_px=height_px, enlargement=height_px / 640, noise_levels=0).frame(1)
        assert np.abs(frame.pixels.astype(int) - true).mean() < 4


@pytest.mark.parametrize("rotate_deg", [90, 180, 270])
async def test_it_turns_clockwise(rotate_deg: int) -> None:
    pictures = []
    for deg in (0, rotate_deg):
        board = Board()
        camera = pi_camera(board, **SIZE, rotate_deg=deg)
        async with camera.opened(), camera.armed(PortraitAim()):
            await camera.lock()
            pictures.append([await _frame(camera), await _frame(camera, preview=True)])
    for straight, turned in zip(*pictures, strict=True):
        expected = np.rot90(straight.pixels, -rotate_deg // 90).astype(int)
        assert np.abs(turned.pixels - expected).mean() < 4


async def test_the_settings_are_the_metadata_and_are_held_after_a_lock() -> None:
    board = Board()
    camera = pi_camera(board, **SIZE)
    async with camera.opened(), camera.armed(PortraitAim()):
        before = (await _frame(camera)).settings
        assert await camera.lock() == frozenset(Control)
        after = (await _frame(camera)).settings
        assert board.opened is not None
        assert {name: board.opened.set[name] for name in ("AeEnable", "AwbEnable", "AfMode")} == {
            "AeEnable": False,
            "AwbEnable": False,
            "AfMode": 0,
        }
    assert before is not None
    assert after is not None
    assert before.exposure_us is not None
    assert before.exposure_us < 11_000
    assert after.exposure_us == pytest.approx(12_000, rel=0.02)
    assert after.gain_ratio == pytest.approx(1.1228, rel=0.002)
    assert after.white_balance_ratios == pytest.approx((1.95, 1.55), rel=0.02)
    assert after.focus_dioptres == LENS_NEAR


async def test_the_automatics_go_on_when_it_is_armed_again() -> None:
    board = Board()
    camera = pi_camera(board, **SIZE)
    async with camera.opened():
        async with camera.armed(PortraitAim()):
            await camera.lock()
        async with camera.armed(PortraitAim()):
            await _frame(camera)
            assert board.opened is not None
            assert (board.opened.set["AeEnable"], board.opened.set["ExposureTime"]) == (True, 0)


async def test_what_never_settles_is_bounded() -> None:
    board = Board(tells_ae="nothing")
    camera = pi_camera(board, **SIZE, settle_limit_ms=1_000)
    async with camera.opened(), camera.armed(PortraitAim()):
        before_ns = board.now_ns
        await camera.lock()
        assert 1_000_000_000 <= board.now_ns - before_ns < 2_000_000_000


async def test_what_does_not_obey_is_not_held(caplog: pytest.LogCaptureFixture) -> None:
    board = Board(deaf=True)
    camera = pi_camera(board, **SIZE, settle_limit_ms=0)
    with caplog.at_level(logging.WARNING, "drivers.camera.picamera2_csi"):
        async with camera.opened(), camera.armed(PortraitAim()):
            assert await camera.lock() == frozenset()
    assert "cannot be held" in caplog.text


async def test_silence_is_timed_out_and_passes() -> None:
    board = Board()
    camera = pi_camera(board, **SIZE)
    async with camera.opened(), camera.armed(PortraitAim()):
        await _frame(camera)
        board.silent = True
        for _ in range(2):
            with pytest.raises(TimedOutFault, match="ribbon"):
                await camera.grab()
        board.silent = False
        await _frame(camera)
    assert board.handles == 0


async def test_a_picture_of_another_size_is_a_fault_and_its_request_is_released() -> None:
    board = Board(wrong_size=True)
    camera = pi_camera(board, **SIZE)
    async with camera.opened(), camera.armed(PortraitAim()):
        for take in (camera.grab, camera.preview) * 3:
            with pytest.raises(ProtocolFault, match="size"):
                await take()
        board.wrong_size = False
        await _frame(camera)


async def test_who_else_holds_it_is_busy_and_what_is_not_connected_is_gone() -> None:
    board = Board(held_by_other=True)
    for _ in range(2):
        with pytest.raises(BusyFault):
            await pi_camera(board).opened().__aenter__()
    board.held_by_other, board.connected = False, False
    with pytest.raises(GoneFault):
        await pi_camera(board).opened().__aenter__()
    board.connected = True
    async with pi_camera(board).opened():
        assert board.handles == 1
    assert board.handles == 0


async def test_of_two_cameras_one_is_named_by_its_sensor() -> None:
    board = Board(cameras=(PiFound(0, "imx708", "a"), PiFound(1, "imx477", "b")))
    with pytest.raises(OptionsFault, match="Several"):
        await pi_camera(board).opened().__aenter__()
    camera = pi_camera(board, sensor="imx477")
    async with camera.opened():
        assert camera.facts.model == "imx477"
    with pytest.raises(GoneFault):
        await pi_camera(board, sensor="imx219").opened().__aenter__()


async def test_a_tuning_file_is_handed_on_and_a_missing_one_refused(tmp_path: Path) -> None:
    board = Board()
    with pytest.raises(OptionsFault, match="tuning"):
        await pi_camera(board, tuning_file=tmp_path / "imx708.json").opened().__aenter__()
    (tmp_path / "imx708.json").write_text("{}")
    async with pi_camera(board, tuning_file=tmp_path / "imx708.json").opened():
        assert board.tunings == [str(tmp_path / "imx708.json")]


async def test_a_finger_is_no_aim_for_it() -> None:
    camera = pi_camera(Board(), **SIZE)
    async with camera.opened():
        with pytest.raises(OrderFault):
            await camera.armed(FingerAim(Finger.LEFT_INDEX)).__aenter__()


async def test_where_picamera2_is_missing_the_package_is_named() -> None:
    device = make_device(DeviceKind.CAMERA, "picamera2", options={}, clock=Ticks())
    assert isinstance(device, Device)
    assert isinstance(device, Picamera2Csi)
    assert device.facts.simulated is False
    with pytest.raises(DeniedFault, match="apt install python3-picamera2"):
        await device.opened().__aenter__()


def test_importing_the_driver_imports_no_picamera2() -> None:
    look = "import sys, drivers.camera.picamera2_csi; print('picamera2' in sys.modules, 'libcamera' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("wrong", [{"sensor": "../x"}, {"rotate_deg": 1}, {"width_px": 1}, {"lens": 1}])
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)
