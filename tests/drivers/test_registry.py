import subprocess
import sys

import pytest

from drivers.contract import Device, DeviceKind, GoneFault, OptionsFault
from drivers.contract.cctv import CCTVS
from drivers.contract.device import PICTURES
from drivers.contract.output import OUTPUTS
from drivers.contract.watch import WATCHES
from drivers.registry import ABSENT, DRIVERS, make_cctv, make_device, make_output, make_watch
from drivers.transport.usb import UsbPipe, UsbWanted
from tests.drivers.ticks import Ticks


def test_every_kind_has_one_contract() -> None:
    kinds = [*make_device.kinds, *make_watch.kinds, *make_output.kinds, *make_cctv.kinds]
    assert len(kinds) == len(DeviceKind) == len(DRIVERS)
    assert set(kinds) == set(DeviceKind)
    assert all("sim" in DRIVERS[kind] for kind in DeviceKind)


def test_every_kind_with_drivers_has_a_suite_that_runs_them() -> None:
    # registered.py has a bench for each of their entries, or the suite fails
    assert {kind for kind in DeviceKind if DRIVERS[kind]} == PICTURES | WATCHES | OUTPUTS | CCTVS


@pytest.mark.parametrize("kind", sorted(WATCHES))
def test_every_kind_that_is_watched_has_a_simulator_and_a_replay_and_gets_its_options(kind: DeviceKind) -> None:
    assert {"sim", "replay"} <= DRIVERS[kind].keys()
    assert make_watch(kind, ABSENT, options={}, clock=Ticks()).facts.model == "absent"
    with pytest.raises(OptionsFault, match=r"options: contacts\.door\.role"):
        make_watch(kind, "sim", options={"contacts": {"door": {"role": "cat"}}}, clock=Ticks())


@pytest.mark.parametrize("kind", sorted(OUTPUTS))
def test_every_kind_that_is_switched_has_a_simulator_and_knows_its_kind(kind: DeviceKind) -> None:
    assert make_output(kind, ABSENT, options={}, clock=Ticks()).facts.kind is kind
    assert make_output(kind, "sim", options={}, clock=Ticks()).facts.kind is kind
    with pytest.raises(OptionsFault, match="at_start"):
        make_output(kind, "sim", options={"at_start": "hold"}, clock=Ticks())


@pytest.mark.parametrize("kind", sorted(PICTURES))
def test_every_kind_has_an_absent_device_a_simulator_and_a_replay(kind: DeviceKind) -> None:
    assert {"sim", "replay"} <= DRIVERS[kind].keys()
    device = make_device(kind, ABSENT, options={}, clock=Ticks())
    assert isinstance(device, Device)
    assert (device.facts.kind, device.facts.model, device.facts.simulated) == (kind, "absent", False)


def test_a_driver_gets_its_options() -> None:
    device = make_device(DeviceKind.CAMERA, "sim", options={"width_px": 64}, clock=Ticks())
    assert device.facts.model == "simulated camera"


@pytest.mark.parametrize("driver", ["futronic", "", "../camera/sim", "SIM"])
def test_an_unknown_driver_is_refused_with_those_that_there_are(driver: str) -> None:
    with pytest.raises(OptionsFault, match=r"there are: absent, [a-z0-9, ]*replay, sim"):
        make_device(DeviceKind.CAMERA, driver, options={}, clock=Ticks())


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"widht_px": 100}, "widht_px"),
        ({"width_px": 1}, "width_px"),
        ({"enlargement": 0.001}, "enlargement"),
        ({"enlargement": float("nan")}, "enlargement"),
    ],
)
def test_wrong_options_are_named_without_their_values(options: dict[str, object], place: str) -> None:
    with pytest.raises(OptionsFault, match=place) as caught:
        make_device(DeviceKind.CAMERA, "sim", options=options, clock=Ticks())
    assert str(next(iter(options.values()))) not in caught.value.sentence
    assert caught.value.__suppress_context__


def test_a_driver_is_imported_only_when_it_is_asked_for() -> None:
    look = "import sys, drivers.registry; print([name for name in sys.modules if name.startswith('drivers.camera')])"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


async def test_a_driver_can_be_given_another_seam() -> None:
    class Nowhere:
        def connect(self, wanted: UsbWanted) -> UsbPipe:
            raise GoneFault(f"Nothing is plugged in where {wanted.path} is.")

    sensor = make_device(
        DeviceKind.FINGERPRINT, "futronic", options={"path": "1-9"}, clock=Ticks(), seams={"bus": Nowhere()}
    )
    with pytest.raises(GoneFault, match="1-9"):
        await sensor.opened().__aenter__()
