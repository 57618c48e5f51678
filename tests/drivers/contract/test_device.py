"""What `StagedDevice` does for a driver: order, lease, and steps that are undone even when they failed half-way."""

import pytest

from drivers.contract import (
    Aim,
    BusyFault,
    DeviceKind,
    Facts,
    Finger,
    FingerAim,
    Frame,
    GoneFault,
    Hint,
    OrderFault,
    ProtocolFault,
    Retake,
    StagedDevice,
)

AIM = FingerAim(Finger.LEFT_THUMB)


class Spoken(StagedDevice):
    """Says which steps it does, and fails where it is told to."""

    def __init__(self, *, fails: str = "", lease: str = "spoken") -> None:
        super().__init__(lease=lease)
        self.steps: list[str] = []
        self.fails = fails

    @property
    def facts(self) -> Facts:
        return Facts(
            kind=DeviceKind.FINGERPRINT, make="", model="m", serial="", firmware="", certified=False, simulated=True
        )

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if name == self.fails:
            raise ProtocolFault(f"It failed to {name}.")

    async def _open(self) -> None:
        self._step("open")

    async def _close(self) -> None:
        self._step("close")

    async def _arm(self, aim: Aim) -> None:
        self._step("arm")

    async def _disarm(self) -> None:
        self._step("disarm")

    async def _grab(self) -> Frame | Retake:
        self._step("grab")
        return Retake(Hint.NO_FINGER)


async def _whole_life(device: Spoken) -> None:
    async with device.opened(), device.armed(AIM):
        assert await device.grab() == Retake(Hint.NO_FINGER)


async def test_the_verbs_come_in_pairs() -> None:
    device = Spoken()
    await _whole_life(device)
    assert device.steps == ["open", "arm", "grab", "disarm", "close"]


@pytest.mark.parametrize(
    ("fails", "steps"),
    [
        ("open", ["open", "close"]),
        ("arm", ["open", "arm", "disarm", "close"]),
        ("grab", ["open", "arm", "grab", "disarm", "close"]),
        ("disarm", ["open", "arm", "grab", "disarm", "close"]),
        ("close", ["open", "arm", "grab", "disarm", "close"]),
    ],
)
async def test_whatever_fails_is_undone_and_nothing_is_held(fails: str, steps: list[str]) -> None:
    device = Spoken(fails=fails)
    with pytest.raises(ProtocolFault, match=fails):
        await _whole_life(device)
    assert device.steps == steps
    device.fails, device.steps = "", []
    await _whole_life(device)
    await _whole_life(Spoken())


async def test_one_lease_is_held_once_and_another_is_another() -> None:
    async with Spoken().opened():
        with pytest.raises(BusyFault, match="fingerprint"):
            await Spoken().opened().__aenter__()
        async with Spoken(lease="other").opened():
            pass


async def test_who_was_refused_the_lease_has_touched_nothing() -> None:
    refused = Spoken()
    async with Spoken().opened():
        with pytest.raises(BusyFault):
            await refused.opened().__aenter__()
    assert refused.steps == []


async def test_a_step_out_of_order_names_where_the_device_is() -> None:
    with pytest.raises(OrderFault, match=r"closed.*armed"):
        await Spoken().grab()
    with pytest.raises(OrderFault, match=r"closed.*opened"):
        await Spoken().armed(AIM).__aenter__()


async def test_an_exception_from_above_passes_unchanged() -> None:
    device = Spoken()
    with pytest.raises(GoneFault, match="unplugged"):
        async with device.opened(), device.armed(AIM):
            raise GoneFault("It was unplugged.")
    assert device.steps == ["open", "arm", "disarm", "close"]
