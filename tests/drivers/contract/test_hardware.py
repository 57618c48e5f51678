"""What only hardware shows: a driver that keeps those promises, and drivers that each break one."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from drivers.contract import (
    Aim,
    BusyFault,
    DeviceKind,
    Facts,
    Frame,
    GoneFault,
    OrderFault,
    Retake,
    StagedDevice,
    TimedOutFault,
)
from drivers.contract.conformance import Hardware, check_hardware
from drivers.contract.promise import NotConforming
from tests.drivers.turn import turn


class Plug:
    """Hardware with one socket and one lease."""

    def __init__(self) -> None:
        self.there = True
        self.handles = 0
        self.seized = False

    def unplug(self) -> None:
        self.there = False

    def replug(self) -> None:
        self.there = True

    @contextmanager
    def hold(self) -> Iterator[None]:
        self.seized, self.handles = True, self.handles + 1
        yield
        self.seized, self.handles = False, self.handles - 1

    def script(self) -> Hardware:
        return Hardware(self.unplug, self.replug, self.hold, lambda: self.handles)


class Plugged(StagedDevice):
    """Keeps every promise; the drivers below break one each."""

    def __init__(self, plug: Plug) -> None:
        super().__init__(lease="test-plugged")
        self._plug, self._handle = plug, False

    @property
    def facts(self) -> Facts:
        return Facts(DeviceKind.FINGERPRINT, "nobody", "plugged", "", "", certified=False, simulated=True)

    def _need(self) -> None:
        if not self._plug.there:
            raise GoneFault("The plate was unplugged.")

    async def _open(self) -> None:
        self._need()
        if self._plug.seized:
            raise BusyFault("Another program holds the plate.")
        self._plug.handles += 1
        self._handle = True
        await turn()

    async def _close(self) -> None:
        self._plug.handles -= self._handle
        self._handle = False

    async def _arm(self, aim: Aim) -> None:
        if aim is None:
            raise OrderFault("There is nothing to arm for.")
        self._need()

    async def _disarm(self) -> None: ...

    async def _grab(self) -> Frame | Retake:
        await turn()
        self._need()
        return Frame(np.full((8, 8), 200, np.uint8), taken_ns=1, ppi=500.0)


class KeepsItsHandle(Plugged):
    async def _close(self) -> None:
        self._handle = False


class KeepsItWhenCancelled(Plugged):
    async def _open(self) -> None:
        self._plug.handles += 1
        await turn()
        self._handle = True


class NotGone(Plugged):
    async def _grab(self) -> Frame | Retake:
        return Frame(np.full((8, 8), 200, np.uint8), taken_ns=1, ppi=500.0)


class GoneOnce(Plugged):
    _said = False

    def _need(self) -> None:
        if not self._plug.there and self._said:
            raise TimedOutFault("The plate is silent.")
        self._said = not self._plug.there
        super()._need()


class CannotDisarm(Plugged):
    async def _disarm(self) -> None:
        self._need()


class CannotClose(Plugged):
    async def _close(self) -> None:
        await super()._close()
        self._need()


class ArmsWhatIsGone(Plugged):
    async def _arm(self, aim: Aim) -> None: ...

    async def _grab(self) -> Frame | Retake:
        if self._plug.there:
            self._armed = True
        elif not getattr(self, "_armed", False):
            raise TimedOutFault("The plate is silent.")
        return await super()._grab()


class OpensWhatIsGone(Plugged):
    async def _open(self) -> None:
        self._plug.handles += 1
        self._handle = True


class NeverRecovers(Plugged):
    _lost = False

    def _need(self) -> None:
        self._lost = self._lost or not self._plug.there
        if self._lost:
            raise GoneFault("The plate was unplugged.")


class LeavesHandleWhenRefused(Plugged):
    async def _open(self) -> None:
        self._plug.handles += self._plug.seized
        await super()._open()


async def test_a_driver_that_keeps_every_promise_conforms() -> None:
    plug = Plug()
    await check_hardware(lambda: Plugged(plug), plug.script())
    assert (plug.there, plug.handles, plug.seized) == (True, 0, False)


@pytest.mark.parametrize(
    ("driver", "promise"),
    [
        (KeepsItsHandle, "left open after closing"),
        (KeepsItWhenCancelled, "left open after a cancelled opening"),
        (NotGone, "unplugged while armed is gone"),
        (GoneOnce, "gone, each time; it gave device-timed-out"),
        (CannotDisarm, "an unplugged device can be closed"),
        (CannotClose, "an unplugged device can be closed"),
        (ArmsWhatIsGone, "unplugged before arming is gone"),
        (OpensWhatIsGone, "gone when it is opened"),
        (LeavesHandleWhenRefused, "nothing is left open after an opening that was refused"),
    ],
)
async def test_a_broken_promise_is_named(driver: type[Plugged], promise: str) -> None:
    plug = Plug()
    with pytest.raises(NotConforming, match=promise):
        await check_hardware(lambda: driver(plug), plug.script())


async def test_a_device_that_does_not_recover_fails_with_its_own_words() -> None:
    plug = Plug()
    with pytest.raises(GoneFault):
        await check_hardware(lambda: NeverRecovers(plug), plug.script())


async def test_a_device_that_opens_although_it_is_held_is_not_conforming() -> None:
    class Sharing(Plugged):
        async def _open(self) -> None:
            self._need()

    plug = Plug()
    with pytest.raises(NotConforming, match="what another program holds is busy"):
        await check_hardware(lambda: Sharing(plug), plug.script())
