"""The U.are.U driver over its emulator behind pyusb. What goes wrong on the wire is in `test_uareu_talk`."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from capture.finger.errors import PrintResolutionUnfit
from capture.finger.framing import frame_print
from capture.profile import FingerRule
from drivers.contract import (
    Device,
    DeviceKind,
    Finger,
    FingerAim,
    Frame,
    Hint,
    OptionsFault,
    Retake,
    StuckFault,
    UncalibratedFault,
)
from drivers.contract.conformance import Hardware, check_hardware
from drivers.fingerprint.uareu_4000 import IDS, UareU4000
from drivers.registry import make_device
from drivers.transport.usb import LibUsbBus, UsbId, UsbWanted
from tests.drivers.fingerprint.sockets import INDEX, frame_of, three_frames
from tests.drivers.fingerprint.uareus import PPI_Y, Reader, calibration, calibration_file, shown, uareu
from tests.drivers.ticks import Ticks
from tests.emulators.uareu import MICROSOFT_V2, UAREU_4500, Script
from tests.house.source import ROOT


async def test_it_conforms_when_the_hardware_is_pulled_and_seized(tmp_path: Path) -> None:
    reader, file = Reader(uareu()), calibration_file(tmp_path)

    @contextmanager
    def seized() -> Iterator[None]:
        pipe = LibUsbBus(reader.usb).connect(UsbWanted(IDS))
        yield
        pipe.close()

    hardware = Hardware(reader.usb.unplug, reader.replug, seized, lambda: reader.usb.open_handles)
    await check_hardware(lambda: reader.sensor(calibration=file), hardware)


async def test_without_a_calibration_no_print_is_taken_and_the_fault_says_what_to_do() -> None:
    reader = Reader(uareu())
    sensor = reader.sensor(for_calibration=False)
    async with sensor.opened():
        with pytest.raises(UncalibratedFault, match="calibrate it"):
            await sensor.armed(INDEX).__aenter__()
    assert reader.model.frames == 0
    assert reader.usb.open_handles == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"serial": "{0}"}, "of another"), ({"unevenness_ratio": 0.03}, r"3\.2 %"), ({"width_px": 0}, "cannot be read")],
)
async def test_a_calibration_that_does_not_hold_for_this_unit_is_refused(
    changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(calibration().model_copy(update=changes).model_dump_json())
    sensor = Reader(uareu()).sensor(calibration=str(path))
    async with sensor.opened():
        with pytest.raises(UncalibratedFault, match=words):
            await sensor.armed(INDEX).__aenter__()


async def test_with_a_calibration_a_frame_has_square_pixels_and_its_resolution(tmp_path: Path) -> None:
    reader = Reader(uareu())
    sensor = reader.sensor(calibration=calibration_file(tmp_path))
    async with sensor.opened(), sensor.armed(INDEX):
        frame = await frame_of(sensor)
    assert frame.ppi == PPI_Y
    assert (frame.height_px, frame.width_px) == (290, 234)
    assert np.array_equal(frame.pixels, calibration().squared(shown(reader.model)))


async def test_capture_refuses_frames_without_a_resolution_or_with_too_little_of_one(tmp_path: Path) -> None:
    for options in ({}, {"calibration": calibration_file(tmp_path)}):
        sensor = Reader(uareu()).sensor(**options)
        async with sensor.opened(), sensor.armed(INDEX):
            frame = await frame_of(sensor)
        with pytest.raises(PrintResolutionUnfit):
            frame_print(frame, rule=FingerRule())


async def test_a_frame_for_calibration_is_what_the_plate_showed_upright_and_has_no_resolution(tmp_path: Path) -> None:
    reader = Reader(uareu())
    sensor = reader.sensor(for_calibration=True, calibration=calibration_file(tmp_path))
    async with sensor.opened(), sensor.armed(INDEX):
        frame = await frame_of(sensor)
    assert (frame.ppi, frame.pixels.shape) == (None, (290, 384))
    assert np.array_equal(frame.pixels, shown(reader.model))


async def test_a_microsoft_reader_is_answered_and_not_turned() -> None:
    reader = Reader(uareu(Script(status=0x03, challenges=1), shape=MICROSOFT_V2))
    sensor = reader.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        frame = await frame_of(sensor)
    assert np.array_equal(frame.pixels, shown(reader.model))
    assert (sensor.facts.make, sensor.facts.firmware) == ("Microsoft", "1.00")


@pytest.mark.parametrize("usb_id", IDS, ids=str)
async def test_every_listed_model_was_tried_on_an_emulator_with_its_id(usb_id: UsbId) -> None:
    device = UAREU_4500.device
    numbers = b"".join(number.to_bytes(2, "little") for number in usb_id)
    shape = UAREU_4500 if numbers == device[8:12] else replace(UAREU_4500, device=device[:8] + numbers + device[12:])
    reader = Reader(uareu(shape=shape))
    await three_frames(reader)
    assert reader.usb.enumerate_devices()[0].model.shape.device[8:12] == numbers


async def test_each_touch_gives_one_frame_and_the_sensor_is_told_to_wait_for_the_lift() -> None:
    reader = Reader(uareu())
    sensor = reader.sensor()
    async with sensor.opened():
        async with sensor.armed(INDEX):
            for _ in range(2):
                await frame_of(sensor)
        async with sensor.armed(FingerAim(Finger.LEFT_INDEX)):
            await frame_of(sensor)
    assert reader.model.modes == [0x10, 0x20, 0x12, 0x10, 0x20, 0x70, 0x12, 0x10, 0x20, 0x70]


async def test_after_a_frame_nothing_is_said_for_two_seconds_and_then_that_the_finger_must_be_lifted() -> None:
    reader = Reader(uareu(stays=True))
    sensor = reader.sensor()
    async with sensor.opened():
        async with sensor.armed(INDEX):
            await frame_of(sensor)
            before_s = reader.usb.clock.now_s()
            assert await sensor.grab() == Retake(Hint.LIFT_FINGER)
            assert reader.usb.clock.now_s() - before_s >= 2
            assert await sensor.grab() == Retake(Hint.LIFT_FINGER)
        async with sensor.armed(FingerAim(Finger.LEFT_INDEX)):
            assert await sensor.grab() == Retake(Hint.LIFT_FINGER)
            reader.model.finger = False
            assert await sensor.grab() == Retake(Hint.LIFT_FINGER)
            # it tells of a change, or of what is so when it is asked anew
            assert isinstance(await _after_a_restart(sensor), Frame)


async def _after_a_restart(sensor: UareU4000) -> Frame | Retake:
    seen: Frame | Retake = Retake(Hint.LIFT_FINGER)
    for _ in range(30):
        if isinstance(seen, Frame):
            break
        seen = await sensor.grab()
    return seen


async def test_a_finger_that_lies_for_a_minute_is_not_believed() -> None:
    reader = Reader(uareu(stays=True))
    sensor = reader.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        await frame_of(sensor)
        # the first of them says it after eight more looks
        said = [await sensor.grab() for _ in range(239 - 8)]
        assert said == [Retake(Hint.LIFT_FINGER)] * len(said)
        with pytest.raises(StuckFault, match="plug it in again"):
            await sensor.grab()


async def test_the_options_may_take_a_finger_that_was_not_lifted() -> None:
    sensor = Reader(uareu(stays=True)).sensor(lift_between=False)
    async with sensor.opened():
        for _ in range(2):
            async with sensor.armed(INDEX):
                assert isinstance(await sensor.grab(), Frame)


async def test_as_long_as_nobody_is_there_a_finger_is_asked_for() -> None:
    reader = Reader(uareu())
    reader.model.land_s = 0.6
    sensor = reader.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        seen = [await sensor.grab() for _ in range(3)]
    assert seen[:2] == [Retake(Hint.NO_FINGER)] * 2
    assert isinstance(seen[2], Frame)


async def test_the_facts_name_the_unit_once_it_was_opened() -> None:
    sensor = Reader(uareu()).sensor()
    before = sensor.facts
    assert (before.kind, before.make, before.model) == (
        DeviceKind.FINGERPRINT,
        "DigitalPersona",
        "U.are.U 4000/4500",
    )
    async with sensor.opened():
        pass
    after = sensor.facts
    assert (after.make, after.model) == ("DigitalPersona, Inc.", "U.are.U(R) 4500 Fingerprint Reader")
    assert (after.serial[0], after.firmware, after.certified, after.simulated) == ("{", "1.03", False, False)


def test_the_registry_makes_it_with_its_options() -> None:
    device = make_device(DeviceKind.FINGERPRINT, "uareu", options={"path": "1-1.4"}, clock=Ticks())
    assert isinstance(device, Device)
    assert isinstance(device, UareU4000)
    with pytest.raises(OptionsFault, match="ppi"):
        make_device(DeviceKind.FINGERPRINT, "uareu", options={"ppi": 500}, clock=Ticks())


@pytest.mark.parametrize("wrong", [{"path": "../1"}, {"frame_limit_ms": 0}, {"ppi": 500}])
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Reader(uareu()).sensor(**wrong)


def test_the_list_of_ids_says_what_the_driver_says() -> None:
    listed = tomllib.loads((ROOT / "drivers" / "ids.toml").read_text())["usb"]
    ours = [(entry["vendor"], entry["product"]) for entry in listed if entry["driver"] == "uareu"]
    assert tuple(ours) == IDS
