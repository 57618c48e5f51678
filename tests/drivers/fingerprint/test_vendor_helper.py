"""The driver over an emulated helper. What goes wrong between the two is in `test_vendor_helper_faults`."""

import asyncio
import logging
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.contract import (
    DeviceKind,
    Frame,
    GoneFault,
    OptionsFault,
    ProtocolFault,
    StuckFault,
    TimedOutFault,
)
from drivers.contract.conformance import check_device, check_hardware
from drivers.fingerprint.vendor_helper import FAILURES_NS, Options, VendorHelper
from drivers.registry import make_device
from tests.drivers.fingerprint.helpers import INDEX, SAMPLE, HelperDesk
from tests.drivers.ticks import Ticks
from tests.emulators.vendor_helper import frame

PINNED = {"make": "Emulated", "model": "E1"}
CERTIFICATE = "EBTS Appendix F, 2026-17"


class SetClock:
    """Shows what it is set to."""

    now_ns = 1

    def monotonic_ns(self) -> int:
        return self.now_ns


async def _frame(sensor: VendorHelper) -> Frame:
    async with sensor.opened(), sensor.armed(INDEX):
        seen = await sensor.grab()
    assert isinstance(seen, Frame)
    return seen


async def test_it_conforms(tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path)
    await check_device(desk.sensor, now_ns=desk.clock.monotonic_ns)


async def test_it_conforms_when_the_sensor_is_pulled_and_seized(tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path)
    await check_hardware(desk.sensor, desk.script())


async def test_a_frame_is_what_the_helper_gave(tmp_path: Path) -> None:
    seen = await _frame(HelperDesk(tmp_path).sensor())
    assert (seen.height_px, seen.width_px, seen.ppi) == (480, 320, 500.0)
    assert np.array_equal(seen.pixels.ravel(), np.frombuffer(frame(1), np.uint8))
    assert isinstance(seen.ppi, float)


async def test_the_facts_are_the_sensors_own_once_it_was_opened(tmp_path: Path) -> None:
    sensor = HelperDesk(tmp_path).sensor()
    assert (sensor.facts.make, sensor.facts.model) == ("", "behind a vendor's helper")
    async with sensor.opened():
        pass
    facts = sensor.facts
    assert (facts.make, facts.model, facts.serial, facts.firmware) == ("Emulated", "E1", "0042", "2.1")
    assert (facts.kind, facts.certified, facts.simulated) == (DeviceKind.FINGERPRINT, False, False)


@pytest.mark.parametrize("pin", [{"make": "Other"}, {"model": "E2"}, {"serial": "0043"}])
async def test_another_sensor_than_the_configured_one_is_not_used(pin: dict[str, str], tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path)
    with pytest.raises(GoneFault, match=next(iter(pin))) as caught:
        await _frame(desk.sensor(**pin))
    assert "0042" not in caught.value.sentence
    assert desk.running() == 0
    await _frame(desk.sensor(**PINNED, serial="0042"))


async def test_a_certificate_needs_both_words(tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path)
    says = ("--certificate", CERTIFICATE)
    alone = desk.sensor(*says)
    await _frame(alone)
    assert not alone.facts.certified
    both = desk.sensor(*says, **PINNED, accept_certified=CERTIFICATE)
    claimed = [both.facts.certified]
    await _frame(both)
    claimed.append(both.facts.certified)
    assert claimed == [False, True]
    for arguments in ((), ("--certificate", "another one")):
        with pytest.raises(OptionsFault, match="certificate"):
            await _frame(desk.sensor(*arguments, **PINNED, accept_certified=CERTIFICATE))


async def test_a_helper_that_dies_while_armed_is_gone_and_comes_back_with_the_next_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = HelperDesk(tmp_path)
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        await sensor.grab()
        os.kill(desk.pids()[0], signal.SIGKILL)
        with caplog.at_level(logging.INFO, "drivers.fingerprint.vendor_helper_talk"):
            for _ in range(2):
                with pytest.raises(GoneFault):
                    await sensor.grab()
    assert [record.getMessage() for record in caplog.records] == [
        "The sensor's helper has ended (exit code -9, 0 bytes on its error output)."
    ]
    await _frame(sensor)
    assert len(desk.pids()) == 2


async def test_one_that_hangs_is_ended_and_then_gone(tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path)
    sensor = desk.sensor("--fault", "grab=hang", wait_ms=0, limits={"grab_ms": 50})
    async with sensor.opened(), sensor.armed(INDEX):
        with pytest.raises(TimedOutFault):
            await sensor.grab()
        assert desk.running() == 0
        with pytest.raises(GoneFault):
            await sensor.grab()


async def test_it_is_not_started_again_and_again(tmp_path: Path) -> None:
    clock = SetClock()
    desk = HelperDesk(tmp_path, clock=clock)
    sensor = desk.sensor("--fault", "grab=die")
    for _ in range(3):
        with pytest.raises(GoneFault):
            await _frame(sensor)
        clock.now_ns += 1
    for _ in range(2):
        with pytest.raises(StuckFault, match="wait a minute"):
            await _frame(sensor)
    assert len(desk.pids()) == 3
    clock.now_ns = FAILURES_NS + 1
    with pytest.raises(GoneFault):
        await _frame(sensor)
    assert len(desk.pids()) == 4


async def test_what_the_sensor_does_is_not_held_against_the_helper(tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path, clock=SetClock())
    sensor = desk.sensor()
    script = desk.script()
    script.unplug()
    for _ in range(5):
        with pytest.raises(GoneFault, match="not plugged in"):
            await _frame(sensor)
    script.replug()
    await _frame(sensor)


async def test_another_version_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProtocolFault, match="another version"):
        await _frame(HelperDesk(tmp_path).sensor("--fault", "hello=newer-version"))


async def test_a_program_that_cannot_be_run_is_the_configurations_fault(tmp_path: Path) -> None:
    (tmp_path / "helper").write_text("#!/nowhere/python\n")
    (tmp_path / "helper").chmod(0o700)
    for program in (tmp_path / "helper", tmp_path / "none"):
        with pytest.raises(OptionsFault) as caught:
            await _frame(VendorHelper(Options(command=(str(program),)), clock=Ticks()))
        assert str(tmp_path) not in caught.value.sentence


async def test_what_the_helper_complains_is_counted_and_not_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await _frame(HelperDesk(tmp_path).sensor("--fault", "grab=complain"))
    assert "(exit code 0, 5000000 bytes on its error output)" in caplog.text
    assert "xxx" not in caplog.text


async def test_a_cancelled_visit_leaves_no_helper(tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path)

    async def visit() -> None:
        sensor = desk.sensor("--fault", "grab=hang", wait_ms=0, limits={"grab_ms": 200})
        async with sensor.opened(), sensor.armed(INDEX):
            armed.set()
            await sensor.grab()

    armed = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        visiting = tasks.create_task(visit())
        await armed.wait()
        visiting.cancel()
    assert visiting.cancelled()
    assert desk.running() == 0


def test_the_registry_makes_it_with_its_options() -> None:
    device = make_device(DeviceKind.FINGERPRINT, "helper", options={"command": ["/opt/acme/helper"]}, clock=Ticks())
    assert isinstance(device, VendorHelper)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"command": []},
        {"command": ["helper"]},
        {"command": "/opt/helper"},
        {"command": ["/opt/helper", "a\0b"]},
        {"command": SAMPLE, "environment": {"A=B": "c"}},
        {"command": SAMPLE, "environment": {"A": "b\0"}},
        {"command": SAMPLE, "accept_certified": "a certificate"},
        {"command": SAMPLE, "limits": {"grab_ms": 0}},
        {"command": SAMPLE, "certified": True},
    ],
)
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)


def test_a_licence_in_the_environment_is_not_shown() -> None:
    options = Options(command=SAMPLE, environment={"LICENCE": "4711-secret"})
    assert "4711" not in repr(options)
    with pytest.raises(OptionsFault) as caught:
        make_device(
            DeviceKind.FINGERPRINT,
            "helper",
            options={"command": SAMPLE, "environment": {"A B": "4711"}},
            clock=Ticks(),
        )
    assert "4711" not in caught.value.sentence
