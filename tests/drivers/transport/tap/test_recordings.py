"""The kept recordings: what today's drivers make of them, and that they are what the emulators would give today."""

import hashlib
import logging
from pathlib import Path

import pytest

from drivers.contract import DivergedFault, Frame, OptionsFault
from drivers.transport.tap.recording import Recording, load, read
from drivers.transport.tap.replay import Replay
from drivers.transport.tap.tape import Answer, Event
from provisioning.tap.play import played
from provisioning.tap.sitting import Watcher, aim_of, sit
from provisioning.tap.taps import tapped_device
from tests.drivers.transport.tap.made import CASES, FOLDER, Case, make
from tests.emulators.plate import numbered
from tests.emulators.rings import rings

FRAMES = {
    "futronic-fs81": ("4a7408b39b878cc89aff21497d3bc73f", "d040e8135d9f2265aeae4c9ee5bc4c47"),
    "futronic-fs81-cut": ("d040e8135d9f2265aeae4c9ee5bc4c47",),
    "futronic-fs81-gone": (),
    "uareu-4500": ("fa712668d1803740e91adb529332ee02",),
    "camera-yuyv": ("ff231540e0d60c3167c2262b178e5bd8", "2eba26835dc8f4eb1ca9f7acb9c66e8c"),
    "camera-yuyv-damaged": ("3758530c5e18a18f3073333791e46eb3",),
}
"""How the digests of each one's frames begin."""


class Keeper(Watcher):
    """Notes what is seen."""

    def __init__(self) -> None:
        self.times_ns: list[int] = []
        self.digests: list[str] = []

    def seen(self, frame: Frame) -> None:
        self.times_ns.append(frame.taken_ns)
        self.digests.append(hashlib.sha256(frame.pixels.tobytes()).hexdigest())


def _plain(event: Event) -> tuple[object, ...]:
    """As something that can be compared."""
    call, result = event.call, event.result
    told = (result.value, bytes(result.data)) if isinstance(result, Answer) else (type(result), str(result))
    return call.verb, dict(call.arguments), bytes(call.data), told, event.spent_us


async def _replayed(recording: Recording) -> Keeper:
    tape, keeper, head = Replay(recording), Keeper(), recording.head
    device = tapped_device(head.driver, options=head.options, tape=tape, below=None)
    wanted = len(head.outcome)
    outcome = await sit(device, aim_of(head.aim), enough=lambda lines: len(lines) == wanted, watcher=keeper)
    tape.finish()
    assert outcome == head.outcome
    return keeper


def test_the_folder_holds_what_is_made_and_nothing_else() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(case.path for case in CASES)
    assert set(FRAMES) == {case.name for case in CASES}
    assert max(case.path.stat().st_size for case in CASES) < 200_000


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_driver_makes_the_same_frames_of_it(case: Case) -> None:
    keeper = await _replayed(load(case.path))
    assert tuple(digest[:32] for digest in keeper.digests) == FRAMES[case.name]
    assert keeper.times_ns == sorted(set(keeper.times_ns))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_what_the_emulator_gives_today(case: Case, tmp_path: Path) -> None:
    """Their bytes may differ where another zlib compresses in another way; what is unpacked may not."""
    make(case, tmp_path / "again.tap")
    kept, again = load(case.path), load(tmp_path / "again.tap")
    assert kept.head == again.head, "run: .venv/bin/python image-build/tap_recordings.py"
    assert list(map(_plain, kept.events)) == list(map(_plain, again.events))


async def test_the_frames_are_what_lay_on_the_plate() -> None:
    keeper = await _replayed(load(FOLDER / "futronic-fs81.tap"))
    shown = [numbered(rings().pressed[number % 2], number) for number in (2, 3)]
    assert keeper.digests == [hashlib.sha256(picture).hexdigest() for picture in shown]


async def test_a_frame_that_was_cut_off_is_recovered_from_again(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        keeper = await _replayed(load(FOLDER / "futronic-fs81-cut.tap"))
    assert "gave a part of a picture" in caplog.messages[0]
    assert "The fingerprint sensor was brought back into step." in caplog.messages
    assert keeper.digests == [hashlib.sha256(numbered(rings().pressed[1], 3)).hexdigest()]


async def test_a_damaged_frame_is_passed_over_again(caplog: pytest.LogCaptureFixture) -> None:
    await _replayed(load(FOLDER / "camera-yuyv-damaged.tap"))
    assert caplog.messages == ["The camera gave a damaged picture, which was passed over."]


async def test_an_unplugged_sensor_is_gone_again() -> None:
    assert (await played(load(FOLDER / "futronic-fs81-gone.tap")))[-1] == "fault device-gone"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_recording_without_its_last_event_is_noticed(case: Case) -> None:
    recording = load(case.path)
    with pytest.raises(
        DivergedFault, match=r"^The driver goes on with close\(.*\) after the recording's last event\.$"
    ):
        await played(Recording(recording.head, recording.events[:-1]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_recording_that_goes_on_is_noticed(case: Case) -> None:
    recording = load(case.path)
    longer = Recording(recording.head, (*recording.events, recording.events[-1]))
    count = len(recording.events)
    with pytest.raises(DivergedFault, match=rf"^The driver has ended after event {count} of {count + 1}, "):
        await played(longer)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_events_in_another_order_are_noticed(case: Case) -> None:
    recording = load(case.path)
    events = list(recording.events)
    place = next(at for at in range(1, len(events)) if _plain(events[at])[:3] != _plain(events[at + 1])[:3])
    events[place], events[place + 1] = events[place + 1], events[place]
    with pytest.raises(DivergedFault, match=rf"^At event {place + 1} of {len(events)} the driver asks "):
        await played(Recording(recording.head, tuple(events)))


async def test_a_driver_that_is_configured_otherwise_is_told_where_it_differs() -> None:
    recording = load(FOLDER / "futronic-fs81.tap")
    other = recording.head.model_copy(update={"options": {"frame_limit_ms": 1_000}})
    with pytest.raises(DivergedFault) as raised:
        await played(Recording(other, recording.events))
    assert raised.value.sentence == (
        "At event 13 of 43 the driver asks read(endpoint=130, limit_ms=1000, size_bytes=153600), "
        "where the recording has read(endpoint=130, limit_ms=2000, size_bytes=153600)."
    )


async def test_a_recording_of_an_unknown_driver_is_refused() -> None:
    recording = load(FOLDER / "futronic-fs81.tap")
    other = recording.head.model_copy(update={"driver": "picamera2"})
    with pytest.raises(OptionsFault, match="'picamera2' has no seam that can be recorded; recorded are: futronic, "):
        await played(Recording(other, recording.events))


def test_nothing_of_a_recording_depends_on_its_place() -> None:
    path = FOLDER / "uareu-4500.tap"
    assert read(path.read_bytes()).head == load(path).head
