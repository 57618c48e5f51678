"""The recorder: it passes on, keeps, and writes nothing that is not declared."""

import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.contract import DeviceKind, FullFault, GoneFault, PhantomFault
from drivers.transport.tap.phantom import PhantomRegister
from drivers.transport.tap.recorder import Recorder
from drivers.transport.tap.recording import Sitting, load
from drivers.transport.tap.tape import EVENTS_MAX, Answer, Call
from tests.drivers.ticks import Ticks

SITTING = Sitting(
    seam="usb",
    kind=DeviceKind.FINGERPRINT,
    driver="futronic",
    options={"serial": "SN-4711-A", "path": "1-1"},
    aim="right-index",
    recorded=datetime(2026, 1, 15, tzinfo=UTC),
    software="test",
    outcome=(),
)
REGISTER = PhantomRegister.load()


class SlowClock:
    """Two microseconds pass between two looks."""

    def __init__(self) -> None:
        self._now_ns = 0

    def monotonic_ns(self) -> int:
        self._now_ns += 2_000
        return self._now_ns


def _recorder(**options: int) -> Recorder:
    return Recorder(clock=SlowClock(), **options)


def _save(recorder: Recorder, path: Path, *, phantom_id: str | None = "empty-plate") -> None:
    recorder.save(path, sitting=SITTING, phantom_id=phantom_id, register=REGISTER)


def _fails() -> Answer:
    raise GoneFault("It is gone.")


def test_it_gives_what_the_seam_gives_and_keeps_it(tmp_path: Path) -> None:
    recorder, answer = _recorder(), Answer(7, bytearray(b"seven"))
    assert recorder.ask(Call("read", {"size_bytes": 5}, b"?"), lambda: answer) is answer
    with pytest.raises(GoneFault, match="It is gone"):
        recorder.ask(Call("write"), _fails)
    recorder.met("one device", serial="")
    recorder.met("one device", serial="")
    _save(recorder, tmp_path / "it")
    recording = load(tmp_path / "it")
    assert recording.head.devices == ("one device",)
    assert recording.head.phantom == REGISTER.declared("empty-plate", kind=DeviceKind.FINGERPRINT)
    first, second = recording.events
    assert (first.call, first.result, first.spent_us) == (Call("read", {"size_bytes": 5}, b"?"), Answer(7, b"seven"), 2)
    assert isinstance(second.result, GoneFault)


def test_what_the_driver_overwrites_later_is_kept(tmp_path: Path) -> None:
    recorder, data = _recorder(), bytearray(b"ridges")
    recorder.ask(Call("read"), lambda: Answer(data=memoryview(data)))
    data[:] = bytes(len(data))
    _save(recorder, tmp_path / "it")
    assert load(tmp_path / "it").events[0].result == Answer(data=b"ridges")


@pytest.mark.parametrize("phantom_id", [None, "", "a-volunteer", "emulated-camera/../..", "doll", "empty-chair"])
def test_without_a_declared_phantom_for_the_device_nothing_is_written_and_all_is_forgotten(
    tmp_path: Path, phantom_id: str | None
) -> None:
    recorder = _recorder()
    recorder.ask(Call("read"), lambda: Answer(data=b"ridges"))
    with pytest.raises(PhantomFault) as raised:
        _save(recorder, tmp_path / "it", phantom_id=phantom_id)
    assert raised.value.code == "recording-phantom"
    with pytest.raises(PhantomFault, match="Nothing is kept any more"):
        _save(recorder, tmp_path / "it")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("declared", [True, False])
def test_saved_or_not_its_memory_is_overwritten(tmp_path: Path, declared: bool) -> None:
    recorder = _recorder()
    recorder.ask(Call("read"), lambda: Answer(data=b"ridges"))
    assert recorder._memory.read(slice(0, 6)) == b"ridges"
    if declared:
        _save(recorder, tmp_path / "it")
    else:
        recorder.forget()
    assert recorder._memory.read(slice(0, 6)) == bytes(6)


def test_what_cannot_be_written_is_forgotten_too(tmp_path: Path) -> None:
    recorder = _recorder()
    recorder.ask(Call("read"), lambda: Answer(data=b"ridges"))
    with pytest.raises(OSError, match="No such file"):
        _save(recorder, tmp_path / "no folder" / "it")
    assert recorder._memory.read(slice(0, 6)) == bytes(6)


def test_what_is_too_much_is_refused_at_once_and_forgotten(tmp_path: Path) -> None:
    recorder, asked = _recorder(bytes_max=10_000), list[int]()

    def answer() -> Answer:
        asked.append(1)
        return Answer(data=bytes([255]) * 4_000)

    for _ in range(2):
        recorder.ask(Call("read"), answer)
    for _ in range(2):
        with pytest.raises(FullFault) as raised:
            recorder.ask(Call("read"), answer)
        assert raised.value.code == "recording-full"
    assert len(asked) == 3
    assert recorder._memory.read(slice(0, 10_000)) == bytes(10_000)
    # what gives back is asked all the same
    assert recorder.ask(Call("close"), lambda: Answer(1), always=True) == Answer(1)
    with pytest.raises(FullFault):
        _save(recorder, tmp_path / "it")
    assert list(tmp_path.iterdir()) == []


def test_there_is_a_bound_to_events_too() -> None:
    recorder = _recorder()
    for _ in range(EVENTS_MAX):
        recorder.ask(Call("clock"), Answer)
    with pytest.raises(FullFault):
        recorder.ask(Call("clock"), Answer)


def test_a_serial_number_is_in_nothing_that_is_written(tmp_path: Path) -> None:
    recorder, serial = _recorder(), "SN-4711-A"
    recorder.ask(Call("connect", {"serial": serial}), lambda: Answer({"serial": serial, "model": "M"}))
    recorder.met("1491:0020 M", serial=serial)
    recorder.ask(Call("read", data=serial.encode()), lambda: Answer(data=b"<" + serial.encode("utf-16-le") + b">"))
    _save(recorder, tmp_path / "it")
    content, recording = (tmp_path / "it").read_bytes(), load(tmp_path / "it")
    assert b"4711" not in content
    first, second = recording.events
    assert recording.head.options == {"serial": "000000001", "path": "1-1"}
    assert (first.call.arguments, first.result) == (
        {"serial": "000000001"},
        Answer({"serial": "000000001", "model": "M"}),
    )
    assert second.call.data == b"000000001"
    assert second.result == Answer(data=b"<" + "000000001".encode("utf-16-le") + b">")


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] < 65_536, reason="the limits forbid locking memory")
def test_its_memory_is_locked_where_the_limits_allow_it() -> None:
    assert Recorder(clock=Ticks(), bytes_max=4_096).locked
