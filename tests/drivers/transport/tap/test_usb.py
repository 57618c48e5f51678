"""The USB seam on a tape: any driver over any emulator, recorded and played, does the same."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import DeviceKind, FullFault, UnreadableFault
from drivers.transport.tap.phantom import PhantomRegister
from drivers.transport.tap.recorder import Recorder
from drivers.transport.tap.recording import Recording, Sitting, load
from drivers.transport.tap.replay import Replay
from drivers.transport.tap.tape import Answer, Call, Event
from drivers.transport.tap.usb import TappedBus
from drivers.transport.usb import LibUsbBus, UsbId, UsbSetup, UsbWanted
from provisioning.tap.play import played
from provisioning.tap.sitting import Watcher, aim_of, sit
from provisioning.tap.taps import Below, tapped_device
from tests.drivers.transport.tap.made import FOLDER, UsbTime, futronic, plugged
from tests.emulators import uareu
from tests.emulators.clock import LeapingClock
from tests.emulators.futronic import Fault, Futronic, Wrong
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.plate import Plate
from tests.emulators.rings import rings

UAREU_IDS = (UsbId(0x05BA, 0x000A),)
LOOKS = 5


def _recorded(driver: str, below: Below, **options: str | int | bool) -> Recording:
    """Of so many looks, or until it fails; through a file."""
    recorder = Recorder(clock=below.clock)
    device = tapped_device(driver, options=options, tape=recorder, below=below)
    outcome = asyncio.run(sit(device, aim_of("right-index"), enough=_enough, watcher=Watcher()))
    sitting = Sitting(
        seam="usb",
        kind=DeviceKind.FINGERPRINT,
        driver=driver,
        options=dict(options),
        aim="right-index",
        recorded=datetime(2026, 1, 15, tzinfo=UTC),
        software="test",
        outcome=outcome,
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "it.tap"
        recorder.save(path, sitting=sitting, phantom_id="emulated-uareu", register=PhantomRegister.load())
        return load(path)


def _enough(lines: Sequence[str]) -> bool:
    return len(lines) == LOOKS


@given(wrong=st.sampled_from(Wrong), frame=st.integers(0, 4), count=st.integers(0, 299))
@settings(max_examples=12, deadline=None)
def test_whatever_went_wrong_goes_wrong_again_futronic(wrong: Wrong, frame: int, count: int) -> None:
    recording = _recorded("futronic", futronic({frame: Fault(wrong, count)}))
    assert asyncio.run(played(recording)) == recording.head.outcome


@pytest.mark.parametrize("wrong", uareu.Wrong)
def test_whatever_went_wrong_goes_wrong_again_uareu(wrong: uareu.Wrong) -> None:
    pictures = rings(width_px=uareu.WIDTH_PX, height_px=uareu.HEIGHT_PX)
    script = uareu.Script(frames={0: uareu.Fault(wrong, 40)}, reset_refused=True)
    recording = _recorded("uareu", plugged(uareu.Uareu(pictures, script)), for_calibration=True)
    assert asyncio.run(played(recording)) == recording.head.outcome


def test_a_serial_number_is_scrubbed_and_its_driver_works_all_the_same() -> None:
    serial = uareu.UAREU_4500.strings[2]
    pictures = rings(width_px=uareu.WIDTH_PX, height_px=uareu.HEIGHT_PX)
    recording = _recorded("uareu", plugged(uareu.Uareu(pictures)), for_calibration=True, serial=serial)
    assert serial not in repr(recording)
    assert recording.head.options["serial"] == "1".zfill(len(serial))
    assert asyncio.run(played(recording)) == recording.head.outcome
    assert any(line.startswith("frame ") for line in recording.head.outcome)


def test_every_verb_of_a_pipe_goes_over_the_tape_and_back() -> None:
    model = uareu.Uareu(rings(width_px=uareu.WIDTH_PX, height_px=uareu.HEIGHT_PX))
    below, events = plugged(model), list[Event]()

    class Listing(Recorder):
        def ask(self, call: Call, real: object, *, always: bool = False) -> Answer:
            answer = super().ask(call, real, always=always)  # type: ignore[arg-type]  # as it came
            events.append(Event(call, answer))
            return answer

    def use(bus: TappedBus) -> list[object]:
        pipe = bus.connect(UsbWanted(UAREU_IDS))
        register = UsbSetup(0xC0, 4, 0x07)
        said: list[object] = [pipe.found, pipe.control_in(register, 1, limit_ms=100)]
        pipe.control_out(UsbSetup(0x40, 4, 0x07), b"\x81", limit_ms=100)
        said.append(pipe.control_in(register, 1, limit_ms=100))
        pipe.clear_halt(0x82)
        pipe.reset()
        pipe.close()
        pipe.close()
        return said

    said = use(TappedBus(Listing(clock=below.clock), below.seam))
    verbs = [event.call.verb for event in events]
    assert verbs == ["connect", "control_in", "control_out", "control_in", "clear_halt", "reset", "close", "close"]
    tape = Replay(Recording(load(FOLDER / "uareu-4500.tap").head, tuple(events)))
    assert use(TappedBus(tape, None)) == said
    tape.finish()


@pytest.mark.parametrize("bytes_max", [4_096, 60_000])
def test_a_full_recorder_leaves_no_device_open(bytes_max: int) -> None:
    usb = EmulatedUsb(LeapingClock())
    usb.plug(Futronic(Plate(rings())))
    below = Below(LibUsbBus(usb), UsbTime(usb.clock))
    recorder = Recorder(clock=below.clock, bytes_max=bytes_max)
    device = tapped_device("futronic", options={}, tape=recorder, below=below)
    with pytest.raises(FullFault):
        asyncio.run(sit(device, aim_of("right-index"), enough=_enough, watcher=Watcher()))
    assert (usb.open_handles, usb.claims()) == (0, 0)


def test_a_recorder_that_is_full_already_connects_to_nothing() -> None:
    usb = EmulatedUsb(LeapingClock())
    usb.plug(Futronic(Plate(rings())))
    recorder = Recorder(clock=UsbTime(usb.clock), bytes_max=4_096)
    with pytest.raises(FullFault):
        recorder.ask(Call("read"), lambda: Answer(data=bytes(5_000)))
    with pytest.raises(FullFault):
        TappedBus(recorder, LibUsbBus(usb)).connect(UsbWanted((UsbId(0x1491, 0x0020),)))
    assert usb.open_handles == 0


@pytest.mark.parametrize(
    "found",
    [None, {"id": "1491"}, {"id": "xyz:0020"}, {"id": "1491:0020"}, {"id": 1}, {"id": "1491:0020", "path": 3}],
)
def test_a_connection_that_names_no_device_is_unreadable(found: dict[str, str | int | bool | None] | None) -> None:
    call = Call("connect", {"ids": "05ba:000a", "path": None, "serial": None, "interface": 0})
    tape = Replay(Recording(load(FOLDER / "uareu-4500.tap").head, (Event(call, Answer(found)),)))
    with pytest.raises(UnreadableFault, match="The recording"):
        TappedBus(tape, None).connect(UsbWanted(UAREU_IDS))
