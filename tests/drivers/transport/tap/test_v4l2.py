"""The kernel's video calls on a tape."""

import asyncio
from pathlib import Path

import pytest

from drivers.contract import Fault, FullFault, UnreadableFault
from drivers.transport import v4l2_wire as wire
from drivers.transport.tap.recorder import Recorder
from drivers.transport.tap.recording import Recording, load
from drivers.transport.tap.replay import Replay
from drivers.transport.tap.tape import Answer, Call, Event
from drivers.transport.tap.v4l2 import MAP_BYTES_MAX, TappedSyscalls
from drivers.transport.v4l2 import VideoNode
from provisioning.tap.play import played
from provisioning.tap.sitting import Watcher, aim_of, sit
from provisioning.tap.taps import Below, tapped_device
from tests.drivers.transport.tap.made import FOLDER, CardCamera
from tests.emulators.video import EmulatedVideo

OPTIONS = {"device": "/dev/video0", "width_px": 160, "height_px": 120, "pixel_format": "yuyv"}


def _recording() -> Recording:
    return load(FOLDER / "camera-yuyv.tap")


def _with(recording: Recording, verb: str, **changes: object) -> Recording:
    """The first event of that verb with another answer."""
    events = list(recording.events)
    at = next(at for at, event in enumerate(events) if event.call.verb == verb)
    result = events[at].result
    assert isinstance(result, Answer)
    said = {"value": result.value, "data": result.data} | changes
    events[at] = Event(events[at].call, Answer(**said), 0)  # type: ignore[arg-type]  # that is what is tried
    return Recording(recording.head, tuple(events))


def test_no_serial_number_is_in_it_and_none_is_needed() -> None:
    recording = _recording()
    (serial,) = (event.result for event in recording.events if event.call.arguments.get("name") == "serial")
    assert isinstance(serial, Answer)
    assert serial.value == "00001\n"
    assert "E0042" not in repr(recording)


@pytest.mark.parametrize(
    ("verb", "changes"),
    [
        ("open", {"value": "three"}),
        ("ioctl", {"data": b"short"}),
        ("attribute", {"value": 3}),
        ("wait", {"value": None}),
        ("frame", {"data": b"too little"}),
        ("frame", {"data": bytes(10_000_000)}),
    ],
)
async def test_an_answer_that_the_kernel_cannot_give_is_unreadable(verb: str, changes: dict[str, object]) -> None:
    recording = _with(_recording(), verb, **changes)
    device = tapped_device("v4l2", options=recording.head.options, tape=Replay(recording), below=None)
    with pytest.raises(UnreadableFault, match=r"^The recording has "):
        async with device.opened(), device.armed(aim_of("portrait")):
            await device.grab()


def test_a_buffer_of_unlikely_size_costs_no_memory() -> None:
    events = (Event(Call("map", {"fd": 3, "size_bytes": MAP_BYTES_MAX + 1, "offset": 0}), Answer()),)
    tape = Replay(Recording(_recording().head, events))
    with pytest.raises(OSError, match="memory"):
        TappedSyscalls(tape, None).map(3, MAP_BYTES_MAX + 1, offset=0)


async def test_the_driver_refuses_a_buffer_that_nobody_mapped_as_it_refuses_the_kernels() -> None:
    recording = _recording()
    events = list(recording.events)
    at = next(
        at for at, event in enumerate(events) if event.call.arguments.get("request") == wire.DQBUF and event.call.data
    )
    result = events[at].result
    assert isinstance(result, Answer)
    events[at] = Event(events[at].call, Answer(data=b"\x09" + bytes(result.data)[1:]))
    # the driver asks for no frame of it
    outcome = None
    with pytest.raises(Fault):
        outcome = await played(Recording(recording.head, tuple(events)))
    assert outcome is None


def test_a_full_recorder_leaves_no_file_open(tmp_path: Path) -> None:
    video = EmulatedVideo(CardCamera(codes=("YUYV",), sizes=((160, 120),)), tmp_path)
    for bytes_max in (4_096, 40_000):
        below = Below(video, video)
        recorder = Recorder(clock=video, bytes_max=bytes_max)
        device = tapped_device("v4l2", options=OPTIONS, tape=recorder, below=below)
        with pytest.raises(FullFault):
            asyncio.run(sit(device, aim_of("portrait"), enough=lambda _: False, watcher=Watcher()))
        assert video.open_files == set()


def test_a_recorder_that_becomes_full_as_it_opens_leaves_no_file_open(tmp_path: Path) -> None:
    video = EmulatedVideo(CardCamera(), tmp_path)
    recorder = Recorder(clock=video)
    for _ in range(50_000):
        recorder.ask(Call("clock"), Answer)
    with pytest.raises(FullFault):
        VideoNode("/dev/video0", TappedSyscalls(recorder, video))
    assert video.open_files == set()
