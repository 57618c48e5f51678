"""The drivers on a chip of the kernel's own, simulated by `gpio-sim`: what no model of ours can show.

Needs root and the module, so it runs in the virtual machine only (facts/image-and-hil.md 3(a)): Debian has it nowhere.
In gpio-sim a chip's own pull *is* the level of its line, so that here every line follows the self-test's pulls.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from gpiozero import OutputDevice

from drivers.contract import DeviceKind, GoneFault
from drivers.contract.output import Output, OutputState
from drivers.contract.output_conformance import check_output
from drivers.contract.watch import State, StateSeen, Watch
from drivers.contract.watch_conformance import check_watch
from drivers.registry import make_output, make_watch
from drivers.transport.gpiod_pins import GpiodFactory
from tests.drivers.real_clock import RealClock

CONFIG = Path("/sys/kernel/config/gpio-sim")
CLOCK = RealClock()
GPIOD = {"factory": "gpiod"}

pytestmark = pytest.mark.skipif(
    not CONFIG.is_dir() or os.geteuid() != 0, reason="needs root and the kernel's gpio-sim: runs in the virtual machine"
)


class SimChip(NamedTuple):
    """A live chip of gpio-sim's."""

    config: Path
    lines: Path
    names: tuple[str, ...]

    def pull(self, name: str, level: int) -> None:
        (self._line(name) / "pull").write_text("pull-up" if level else "pull-down")

    def level(self, name: str) -> int:
        return int((self._line(name) / "value").read_text())

    def unplug(self) -> None:
        (self.config / "live").write_text("0")

    def _line(self, name: str) -> Path:
        return self.lines / f"sim_gpio{self.names.index(name)}"


@pytest.fixture
def chip() -> Iterator[SimChip]:
    names = ("SIM-DOOR", "SIM-RELAY")
    config = CONFIG / "smilius"
    bank = config / "bank0"
    places = [bank / f"line{number}" for number in range(len(names))]
    for place, name in zip(places, names, strict=True):
        place.mkdir(parents=True)
        (place / "name").write_text(name)
    (bank / "num_lines").write_text("8")
    (bank / "label").write_text("smilius-sim")
    (config / "live").write_text("1")
    device, number = ((config / "dev_name").read_text().strip(), (bank / "chip_name").read_text().strip())
    yield SimChip(config, Path("/sys/devices/platform") / device / number, names)
    if (config / "live").read_text().strip() == "1":
        (config / "live").write_text("0")
    for folder in (*places, bank, config):
        folder.rmdir()


def _door(**options: object) -> Watch:
    contacts = {"door": {"role": "door", "line": "SIM-DOOR", "debounce_ms": 5}}
    options = {"contacts": contacts, "pins": GPIOD, **options}
    return make_watch(DeviceKind.SAFE, "gpio", options=options, clock=CLOCK)


def _relay(**options: object) -> Output:
    options = {"line": "smilius-sim/SIM-RELAY", "pins": GPIOD, **options}
    return make_output(DeviceKind.RELAY, "gpio", options=options, clock=CLOCK)


async def _state(watch: Watch) -> StateSeen:
    async with asyncio.timeout(10):
        seen = await watch.notice()
    assert isinstance(seen, StateSeen)
    return seen


async def test_the_contacts_conform(chip: SimChip) -> None:
    await check_watch(_door, now_ns=CLOCK.monotonic_ns)
    assert chip.level("SIM-DOOR") in {0, 1}


async def test_a_door_moves_at_the_kernels_time(chip: SimChip) -> None:
    async with (door := _door()).opened():
        assert (await _state(door)).state is State.OPEN
        for level, state in ((0, State.CLOSED), (1, State.OPEN), (0, State.CLOSED)):
            before_ns = time.monotonic_ns()
            chip.pull("SIM-DOOR", level)
            after_ns = time.monotonic_ns()
            seen = await _state(door)
            assert seen.state is state
            # a tenth of a second: the simulated chip gives its interrupts from a work queue
            assert before_ns - 1_000_000 <= seen.at_ns <= after_ns + 100_000_000


async def test_a_chip_that_goes_is_gone_and_closing_works(chip: SimChip) -> None:
    async with (door := _door(check_s=0.05)).opened():
        await _state(door)
        chip.unplug()
        with pytest.raises(GoneFault):
            await _state(door)


@pytest.mark.parametrize("active", ["high", "low"])
async def test_the_relay_conforms(chip: SimChip, active: str) -> None:
    # the board's resistor, which decides when nobody drives the line
    chip.pull("SIM-RELAY", int(active == "low"))

    def lamp() -> OutputState:
        return OutputState.ON if chip.level("SIM-RELAY") == int(active == "high") else OutputState.OFF

    await check_output(lambda: _relay(active=active), lamp=lamp)


def test_a_process_that_is_killed_gives_the_line_back(chip: SimChip) -> None:
    program = (
        "from gpiozero import OutputDevice\n"
        "from drivers.transport.gpiod_pins import GpiodFactory\n"
        "relay = OutputDevice('SIM-RELAY', initial_value=True, pin_factory=GpiodFactory())\n"
        "print('on', flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "on\n"
        assert chip.level("SIM-RELAY") == 1
        holder.send_signal(signal.SIGKILL)
    # the line is free again, and what it shows is the resistor's
    assert chip.level("SIM-RELAY") == 0
    with OutputDevice("SIM-RELAY", initial_value=True, pin_factory=(pins := GpiodFactory())):
        assert chip.level("SIM-RELAY") == 1
    pins.close()
