"""The Futronic driver over its emulator behind pyusb. What goes wrong on the wire is in `test_futronic_talk`."""

import logging
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.contract import Device, DeviceKind, Finger, FingerAim, Frame, GoneFault, Hint, Retake, StuckFault
from drivers.contract.conformance import Hardware, check_hardware
from drivers.fingerprint.futronic_fs80 import IDS, UNPROVEN_IDS, FutronicFs80
from drivers.fingerprint.presence import Polarity
from drivers.registry import make_device
from drivers.transport.usb import LibUsbBus, UsbWanted
from tests.drivers.fingerprint.futronics import Desk, futronic, shown
from tests.drivers.fingerprint.sockets import INDEX, frame_of
from tests.drivers.ticks import Ticks
from tests.emulators.futronic import FS88, Script
from tests.house.source import ROOT


async def test_it_conforms_when_the_hardware_is_pulled_and_seized() -> None:
    desk = Desk(futronic())

    @contextmanager
    def seized() -> Iterator[None]:
        pipe = LibUsbBus(desk.usb).connect(UsbWanted(IDS))
        yield
        pipe.close()

    hardware = Hardware(desk.usb.unplug, desk.replug, seized, lambda: desk.usb.open_handles)
    await check_hardware(desk.sensor, hardware)


async def test_a_frame_is_what_the_plate_showed_upright_at_500_ppi() -> None:
    desk = Desk(futronic())
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        frame = await frame_of(sensor)
        assert np.array_equal(frame.pixels, shown(desk.model))
        assert (frame.height_px, frame.width_px, frame.ppi) == (480, 320, 500.0)
        assert desk.model.lamp == 50
    assert desk.model.lamp == 0


async def test_an_empty_plate_and_a_single_look_are_no_finger() -> None:
    touches = (False, False, True, False, True, True)
    desk = Desk(futronic(touches=touches))
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        seen = [await sensor.grab() for _ in touches]
    assert seen[:5] == [Retake(Hint.NO_FINGER)] * 5
    assert isinstance(seen[5], Frame)


async def test_a_finger_that_is_never_lifted_is_not_taken_twice() -> None:
    desk = Desk(futronic(touches=(True,) * 9 + (False, True, True)))
    sensor = desk.sensor()
    async with sensor.opened():
        async with sensor.armed(INDEX):
            # bare glass beside the finger is enough to tell the greys by
            await frame_of(sensor)
        async with sensor.armed(FingerAim(Finger.LEFT_INDEX)):
            held = [await sensor.grab() for _ in range(7)]
            assert held == [Retake(Hint.LIFT_FINGER)] * 7
            assert [await sensor.grab() for _ in range(2)] == [Retake(Hint.NO_FINGER)] * 2
            assert isinstance(await sensor.grab(), Frame)


async def test_the_options_may_take_a_finger_that_was_not_lifted() -> None:
    desk = Desk(futronic(touches=(True,) * 20))
    sensor = desk.sensor(lift_between=False)
    async with sensor.opened():
        for _ in range(2):
            async with sensor.armed(INDEX):
                assert await sensor.grab() == Retake(Hint.NO_FINGER)
                assert isinstance(await sensor.grab(), Frame)


async def test_light_ridges_are_found_out_and_made_dark(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(futronic())
    desk.model.light_ridges = True
    sensor = desk.sensor()
    with caplog.at_level(logging.INFO, "drivers.fingerprint.futronic_fs80"):
        async with sensor.opened(), sensor.armed(INDEX):
            frames = [await frame_of(sensor) for _ in range(2)]
    assert np.array_equal(frames[1].pixels, shown(desk.model))
    assert [record.getMessage() for record in caplog.records] == ["The fingerprint sensor gives light ridges."]


async def test_a_configured_polarity_is_believed() -> None:
    desk = Desk(futronic())
    sensor = desk.sensor(polarity="light-ridges")
    async with sensor.opened(), sensor.armed(INDEX):
        frame = await frame_of(sensor)
    assert np.array_equal(frame.pixels, 255 - shown(desk.model))


async def test_a_lamp_that_does_not_light_is_named() -> None:
    desk = Desk(futronic(Script(dead_lamp=True)))
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        assert [await sensor.grab() for _ in range(2)] == [Retake(Hint.NO_FINGER)] * 2
        with pytest.raises(StuckFault, match=r"lamp.*plug it in again"):
            await sensor.grab()


async def test_the_facts_name_the_model_once_it_was_opened() -> None:
    sensor = Desk(futronic()).sensor()
    before = sensor.facts
    assert (before.kind, before.make, before.model) == (DeviceKind.FINGERPRINT, "Futronic", "FS80/FS81/FS88")
    async with sensor.opened():
        pass
    assert (sensor.facts.model, sensor.facts.firmware) == ("FS81", "1.00")
    assert (sensor.facts.certified, sensor.facts.simulated) == (False, False)


async def test_an_fs88_is_left_alone_until_the_options_say_otherwise() -> None:
    model = futronic()
    model.shape = FS88
    desk = Desk(model)
    with pytest.raises(GoneFault):
        await desk.sensor().opened().__aenter__()
    sensor = desk.sensor(unproven_models=True)
    async with sensor.opened(), sensor.armed(INDEX):
        await frame_of(sensor)
    assert sensor.facts.model == "FS88"


async def test_a_model_with_another_frame_is_refused() -> None:
    desk = Desk(futronic(Script(sizes=((640, 480),) * 9)))
    with pytest.raises(StuckFault, match="size"):
        await desk.sensor().opened().__aenter__()
    assert desk.usb.open_handles == 0
    assert desk.model.frames == 0


def test_the_registry_makes_it_with_its_options() -> None:
    device = make_device(DeviceKind.FINGERPRINT, "futronic", options={"path": "1-1.4"}, clock=Ticks())
    assert isinstance(device, Device)
    assert isinstance(device, FutronicFs80)


@pytest.mark.parametrize("wrong", [{"path": "../1"}, {"polarity": "grey"}, {"frame_limit_ms": 0}, {"invert": True}])
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Desk(futronic()).sensor(**wrong)


def test_the_list_of_ids_says_what_the_driver_says() -> None:
    listed = tomllib.loads((ROOT / "drivers" / "ids.toml").read_text())["usb"]
    ours = [entry for entry in listed if entry["driver"] == "futronic"]
    proven = [(entry["vendor"], entry["product"]) for entry in ours if "option" not in entry]
    unproven = [(entry["vendor"], entry["product"]) for entry in ours if entry.get("option") == "unproven_models"]
    assert (tuple(proven), tuple(unproven)) == (IDS, UNPROVEN_IDS)


def test_a_polarity_is_what_the_option_takes() -> None:
    assert {one.value for one in Polarity} == {"dark-ridges", "light-ridges"}
