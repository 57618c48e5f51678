"""Opening and closing, whatever the sensor speaks."""

import logging

import pytest

from drivers.contract import DeviceKind, Fault, GoneFault, StuckFault, TimedOutFault
from drivers.fingerprint.plug import Plug, PlugOptions
from drivers.transport.usb import UsbId, UsbPipe, UsbWanted
from tests.drivers.fingerprint.pipes import FOUND, NotedPipe

IDS = (UsbId(0x1491, 0x0020),)


class Said:
    """A conversation that notes what it is asked for, and a bus that leads to it."""

    def __init__(self, *, greets: Fault | None = None, rests: Fault | None = None) -> None:
        self.done: list[str] = []
        self.wanted: list[UsbWanted] = []
        self._greets, self._rests = greets, rests

    def connect(self, wanted: UsbWanted) -> UsbPipe:
        self.wanted.append(wanted)
        return NotedPipe(self.done.append)

    def greet(self) -> None:
        self._do("greet", self._greets)

    def rest(self) -> None:
        self._do("rest", self._rests)

    def close(self) -> None:
        self._do("close", None)

    def _do(self, verb: str, fault: Fault | None) -> None:
        self.done.append(verb)
        if fault is not None:
            raise fault

    def plug(self, **options: object) -> "Plug[Said]":
        return Plug(PlugOptions.model_validate(options), bus=self, begin=lambda _: self)


async def test_it_is_found_by_its_options_greeted_and_given_back_once() -> None:
    said = Said()
    plug = said.plug(path="1-1.4", serial="123")
    await plug.open(IDS)
    assert plug.talk is said
    assert plug.id == FOUND.id
    for _ in range(2):
        await plug.close()
    assert said.wanted == [UsbWanted(IDS, path="1-1.4", serial="123")]
    assert said.done == ["greet", "close"]


async def test_what_could_not_be_greeted_can_be_given_back() -> None:
    said = Said(greets=StuckFault("Stuck."))
    plug = said.plug()
    with pytest.raises(StuckFault):
        await plug.open(IDS)
    await plug.close()
    assert said.done == ["greet", "close"]


async def test_what_is_not_open_is_left_alone() -> None:
    said = Said()
    plug = said.plug()
    await plug.rest()
    await plug.close()
    assert said.done == []


@pytest.mark.parametrize(
    ("fault", "logged"),
    [
        (None, []),
        (GoneFault("Unplugged."), []),
        (TimedOutFault("Late."), ["The fingerprint sensor was not put to rest (Late.)."]),
    ],
)
async def test_a_rest_that_fails_is_logged_unless_the_sensor_is_gone(
    fault: Fault | None, logged: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    plug = Said(rests=fault).plug()
    await plug.open(IDS)
    with caplog.at_level(logging.INFO, "drivers.fingerprint.plug"):
        await plug.rest()
    assert [record.getMessage() for record in caplog.records] == logged


async def test_the_facts_are_the_sensors_own_once_it_was_opened() -> None:
    plug = Said().plug()
    before = plug.facts(make="Maker & Sons", model="M1")
    assert (before.kind, before.make, before.model) == (DeviceKind.FINGERPRINT, "Maker & Sons", "M1")
    await plug.open(IDS)
    after = plug.facts(make="Maker & Sons", model="M1")
    assert (after.make, after.model, after.serial, after.firmware) == ("Maker & Sons", "Model", "123", "1.03")
    assert plug.facts(make="Maker & Sons", model="M1", names_its_make=True).make == "Maker"
    assert (after.certified, after.simulated) == (False, False)


def test_two_of_a_make_can_be_held_at_once_where_the_options_tell_them_apart() -> None:
    leases = [PlugOptions.model_validate(said).lease("make") for said in ({}, {"path": "1-2"}, {"serial": "7"})]
    assert leases == ["make-only", "make-1-2", "make-7"]
