"""A relay output of the emulated ONVIF device: what it does, and what it does when nobody asks any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.contract import DeniedFault, DeviceKind, GoneFault, OptionsFault, ProtocolFault, TimedOutFault
from drivers.contract.output import Crashed, Output, OutputState, Parting
from drivers.contract.output_conformance import check_output, check_output_fails
from drivers.registry import make_output
from tests.drivers.real_clock import RealClock
from tests.emulators.onvif_device import PASSWORD, USER, Device, device

ON, OFF = OutputState.ON, OutputState.OFF


@pytest.fixture(scope="module")
def eye() -> Iterator[Device]:
    with device(user=USER, password=PASSWORD, clock_error_s=7200.5) as made:
        yield made


@pytest.fixture(scope="module")
def password_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secret") / "password"
    file.write_text(PASSWORD)
    file.chmod(0o600)
    return file


def _relay(port: int, password_file: Path | None = None, **others: object) -> Output:
    login = {"user": USER, "password_file": password_file} if password_file else {}
    options = {"host": "127.0.0.1", "port": port, "relay": "lamp", **login, **others}
    return make_output(DeviceKind.RELAY, "onvif", options=options, clock=RealClock())


def _lamp(eye: Device) -> OutputState:
    return ON if eye.do("lamp", "lamp") else OFF


@pytest.mark.parametrize(
    ("mode", "at_start", "at_close"),
    [("bistable", "off", "off"), ("bistable", "on", "hold"), ("monostable", "off", "off")],
)
async def test_it_conforms(eye: Device, password_file: Path, mode: str, at_start: str, at_close: str) -> None:
    options = {"mode": mode, "delay_ms": 3_600_000, "at_start": at_start, "at_close": at_close}
    # once before: the library's descriptions stay loaded, and nothing else may
    async with _relay(eye.port, password_file, **options).opened():
        pass
    await check_output(lambda: _relay(eye.port, password_file, **options), lamp=lambda: _lamp(eye))


async def test_what_becomes_of_it_after_a_crash_is_what_the_device_does(eye: Device, password_file: Path) -> None:
    bistable = _relay(eye.port, password_file, at_close=Parting.HOLD)
    monostable = _relay(eye.port, password_file, at_close=Parting.HOLD, mode="monostable", delay_ms=300)
    assert bistable.resting.after_crash is Crashed.KEPT
    assert monostable.resting.after_crash is Crashed.OFF
    async with bistable.opened():
        await bistable.switch(ON)
    assert _lamp(eye) is ON
    async with monostable.opened():
        assert _lamp(eye) is OFF
        await monostable.switch(ON)
        assert await monostable.state() is ON
        # its own delay ends it: nobody switches it off
        while await monostable.state() is ON:
            pass
    assert _lamp(eye) is OFF


async def test_a_device_that_is_switched_off_is_gone_and_closing_still_works() -> None:
    with device() as eye:
        relay = _relay(eye.port)
        async with relay.opened():
            await relay.switch(ON)
            eye.unplug()
            with pytest.raises(GoneFault):
                await relay.switch(OFF)
            with pytest.raises(GoneFault):
                await relay.state()
        await check_output_fails(lambda: relay, GoneFault)
        eye.plug()
        async with relay.opened():
            assert await relay.state() is OFF


async def test_a_device_that_hangs_is_timed_out() -> None:
    with device() as eye:
        relay = _relay(eye.port, answer_s=2)
        async with relay.opened():
            eye.freeze()
            with pytest.raises(TimedOutFault):
                await relay.switch(ON)


async def test_a_device_that_does_not_tell_can_be_switched_but_not_read() -> None:
    with device(tells_relays=False) as eye:
        relay = _relay(eye.port, answer_s=1)
        async with relay.opened():
            await relay.switch(ON)
            assert _lamp(eye) is ON
            with pytest.raises(ProtocolFault, match="does not tell"):
                await relay.state()


@pytest.mark.parametrize(("name", "known"), [("", "Name one"), ("siren", "alarm-out, lamp")])
async def test_an_output_that_is_not_there_is_named_with_those_that_are(
    eye: Device, password_file: Path, name: str, known: str
) -> None:
    with pytest.raises(OptionsFault, match=known):
        await _relay(eye.port, password_file, relay=name).opened().__aenter__()


async def test_without_the_password_it_is_denied(eye: Device) -> None:
    with pytest.raises(DeniedFault):
        await _relay(eye.port).opened().__aenter__()
