"""Whatever goes wrong on the wire, the driver recovers or asks for a replug, and never gives a wrong frame."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.contract import Device, Frame, GoneFault, StuckFault
from drivers.fingerprint import futronic_wire as wire
from drivers.fingerprint.futronic_fs80 import IDS
from drivers.fingerprint.futronic_talk import FutronicTalk
from drivers.transport.usb import UsbWanted
from tests.drivers.fingerprint.futronics import Desk, futronic, shown
from tests.drivers.fingerprint.sockets import INDEX, check_ending, ending, frame_of, right_grab, three_frames
from tests.emulators.futronic import Fault, Script, Wrong

PACKETS = 300


@pytest.mark.parametrize("packets", [1, 2, 150, 299, 300, 400, 401, 799])
@pytest.mark.parametrize("out_waits", [False, True])
async def test_what_a_dead_host_left_is_drained(packets: int, out_waits: bool) -> None:
    await three_frames(Desk(futronic(Script(stale_packets=packets, out_waits=out_waits, reset_refused=True))))


@pytest.mark.parametrize("out_waits", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(Wrong.CUT, 0),
        Fault(Wrong.CUT, 1),
        Fault(Wrong.CUT, 299),
        Fault(Wrong.SPLIT, 0),
        Fault(Wrong.SPLIT, 150),
        Fault(Wrong.LONG, 1),
        Fault(Wrong.LONG, 150),
        Fault(Wrong.LONG, 300),
        Fault(Wrong.STALE, 1),
        Fault(Wrong.STALE, 150),
        Fault(Wrong.STALE, 300),
        Fault(Wrong.STALL, 0),
        Fault(Wrong.STALL, 150),
        Fault(Wrong.LATE, 10),
        Fault(Wrong.LATE, 22),
        Fault(Wrong.PAUSED, 150),
        Fault(Wrong.TRAILED, 150),
    ],
    ids=lambda fault: f"{fault.wrong}-{fault.count}",
)
async def test_a_frame_that_goes_wrong_is_thrown_away_and_the_next_ones_are_right(
    fault: Fault, out_waits: bool
) -> None:
    frames = {0: fault, 2: fault, 4: fault}
    await three_frames(Desk(futronic(Script(frames=frames, out_waits=out_waits, reset_refused=True))))


def test_bytes_that_were_measured_and_are_no_frame_are_overwritten() -> None:
    desk = Desk(futronic(Script(frames={0: Fault(Wrong.STALE, 150), 1: Fault(Wrong.LONG, 1)}, reset_refused=True)))
    talk = FutronicTalk(desk.bus.connect(UsbWanted(IDS)), clock=desk.clock, frame_limit_ms=2_000)
    talk.greet()
    measured = list[memoryview]()

    def measure(data: memoryview) -> int:
        assert any(data)
        measured.append(data)
        return len(measured)

    data, told = talk.expose(measure)
    assert (told, data) == (3, measured[2])
    assert np.array_equal(wire.upright(data), shown(desk.model))
    assert not any(measured[0])
    assert not any(measured[1])
    talk.close()


async def test_a_frame_that_comes_after_everybody_stopped_waiting_needs_a_reset() -> None:
    await three_frames(Desk(futronic(Script(frames={1: Fault(Wrong.LATE, 60)}))))


async def test_what_came_between_two_frames_does_not_shift_the_next_one() -> None:
    # the rest of the second would come only after its own silence was listened to
    frames = {2: Fault(Wrong.TRAILED, 50), 3: Fault(Wrong.PAUSED, 50)}
    desk = Desk(futronic(Script(frames=frames, reset_refused=True)))
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(4):
            frame = await frame_of(sensor)
            assert np.array_equal(frame.pixels, shown(desk.model))
            desk.judge()


async def test_a_wrong_answer_about_the_size_is_asked_again() -> None:
    await three_frames(Desk(futronic(Script(sizes=((0, 0), (9_999, 480))))))


async def test_a_recovery_is_logged_once_when_it_begins_and_once_when_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "drivers.fingerprint.ladder"):
        await three_frames(Desk(futronic(Script(frames={1: Fault(Wrong.CUT, 7)}))))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "WARNING",
            "The fingerprint sensor failed and is brought back into step… (The fingerprint sensor gave a part of a "
            "picture.)",
        ),
        ("INFO", "The fingerprint sensor was brought back into step."),
    ]


async def test_a_hang_is_mended_by_a_reset_or_else_by_a_replug() -> None:
    hang = {1: Fault(Wrong.HANG)}
    await three_frames(Desk(futronic(Script(frames=hang))))
    desk = Desk(futronic(Script(frames=hang, reset_refused=True)))
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(2):
            with pytest.raises(StuckFault, match="plug it in again"):
                await frame_of(sensor)
    assert desk.usb.open_handles == 0
    desk.replug()
    await three_frames(desk)


async def test_frames_that_never_come_right_ask_for_a_replug() -> None:
    desk = Desk(futronic(Script(frames={number: Fault(Wrong.CUT, 100) for number in range(50)})))
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        with pytest.raises(StuckFault, match=r"part of a picture.*plug it in again"):
            await sensor.grab()


@pytest.mark.parametrize("packets", [0, 1, 150, 299])
async def test_unplugged_in_the_middle_of_a_frame_is_gone(packets: int) -> None:
    desk = Desk(futronic(Script(frames={2: Fault(Wrong.UNPLUGGED, packets)})))
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        with pytest.raises(GoneFault):
            await frame_of(sensor)
    assert desk.usb.open_handles == 0
    desk.replug()
    await three_frames(desk)


async def test_a_cancelled_grab_leaves_nothing_in_the_queue() -> None:
    desk = Desk(futronic())
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await sensor.grab()
        assert isinstance(await frame_of(sensor), Frame)
    assert desk.model.next_s() is None


LATER_S = [0.0, 0.0005, 0.005, 0.02, 0.09, 0.3]
"""At once, while it is listened, shortly after, while nobody grabs, while the next frame is exposed, after it."""


@pytest.mark.parametrize("rearmed", [False, True])
@pytest.mark.parametrize("pause_s", [0.0, 0.005, 0.05, 3_600.0])
@pytest.mark.parametrize("second", [Fault(Wrong.PAUSED, 50), Fault(Wrong.CUT, 250), Fault(Wrong.SPLIT, 250)])
async def test_what_still_comes_of_a_frame_does_not_shift_a_next_one_that_lacks_as_much(
    second: Fault, pause_s: float, rearmed: bool
) -> None:
    for later_s in LATER_S:
        trailed = Fault(Wrong.TRAILED, 50, later_s)
        desk = Desk(futronic(Script(frames={2: trailed, 3: second, 5: trailed, 6: second}, reset_refused=True)))
        await _grabs(desk, [Idle(pause_s, rearmed=rearmed)] * 8)


@pytest.mark.parametrize("rearmed", [False, True])
@pytest.mark.parametrize("pause_s", [0.02, 1.0, 3_600.0])
@pytest.mark.parametrize("second", [Fault(Wrong.PAUSED, 50, 0.02), Fault(Wrong.PAUSED, 50, 1.0), Fault(Wrong.CUT, 250)])
async def test_what_nobody_asked_for_does_not_shift_a_frame_that_lacks_as_much(
    second: Fault, pause_s: float, rearmed: bool
) -> None:
    desk = Desk(futronic(Script(frames=dict.fromkeys(range(1, 12), second), reset_refused=True)))
    strays = Idle(pause_s, rearmed=rearmed, strays=50)
    assert isinstance(await ending(_grabs(desk, [Idle(0), strays, strays, Idle(pause_s), strays])), int | StuckFault)


@pytest.mark.parametrize("packets", [1, 50, 299, 300, 301])
@pytest.mark.parametrize("pause_s", [0.0, 0.001, 1.0])
async def test_what_nobody_asked_for_is_noticed_at_the_latest_behind_the_frame(packets: int, pause_s: float) -> None:
    desk = Desk(futronic(Script(reset_refused=True)))
    plan = [Idle(0), Idle(0), Idle(pause_s, strays=packets), Idle(0), Idle(pause_s, strays=packets)]
    assert await _grabs(desk, plan) >= 3


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_handshake_that_was_not_heard_is_made_again(lost: int) -> None:
    await three_frames(Desk(futronic(Script(deaf_opens=lost))))


async def test_a_handshake_that_is_never_heard_asks_for_a_replug() -> None:
    desk = Desk(futronic(Script(deaf_opens=99)))
    with pytest.raises(StuckFault, match="plug it in again"):
        await desk.sensor().opened().__aenter__()
    assert desk.model.frames == 0


async def test_a_sensor_that_forgets_its_handshake_when_it_is_asked_for_its_size_still_gives_frames() -> None:
    await three_frames(Desk(futronic(Script(forgetful=True, reset_refused=True))))


async def test_the_queue_is_listened_to_only_when_there_was_time_for_something_to_come() -> None:
    desk = Desk(futronic())
    sensor = desk.sensor()
    spent_s = list[float]()
    async with sensor.opened(), sensor.armed(INDEX):
        for pause_s in (0.0, 0.0, 0.0, 0.005, 0.02):
            desk.time.pass_s(pause_s)
            before_s = desk.time.now_s()
            await sensor.grab()
            spent_s.append(desk.time.now_s() - before_s)
    # the frame, the answer behind it, and a millisecond of listening where it is needed
    assert spent_s[1:] == pytest.approx([0.101, 0.101, 0.101, 0.102])


def _counted(fault: Fault) -> Fault:
    return fault if fault.wrong in {Wrong.LONG, Wrong.LATE} else replace(fault, count=fault.count % PACKETS)


FAULTS = st.builds(
    Fault,
    st.sampled_from(list(Wrong)),
    # the same numbers again and again: two faults may make up for each other
    st.sampled_from([50, 250]) | st.integers(0, 2 * PACKETS),
    st.sampled_from([*LATER_S, 3.0]),
).map(_counted)

SCRIPTS = st.builds(
    Script,
    stale_packets=st.integers(0, 1_200),
    out_waits=st.booleans(),
    reset_refused=st.booleans(),
    dead_lamp=st.integers(0, 9).map(lambda drawn: drawn == 0),
    sizes=st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)), max_size=4).map(tuple),
    deaf_opens=st.integers(0, 4),
    forgetful=st.booleans(),
    frames=st.dictionaries(st.integers(0, 12), FAULTS, max_size=8),
)


@dataclass(frozen=True)
class Idle:
    """What is before a grab."""

    pause_s: float
    """How long nobody grabs."""
    rearmed: bool = False
    """Whether it is disarmed and armed again before that."""
    strays: int = 0
    """How many packets come in the middle of it that nobody asked for."""


PLANS = st.tuples(
    st.lists(st.builds(Idle, st.sampled_from([0.0, 0.001, 0.05, 5.0, 3_600.0])), min_size=12, max_size=12),
    st.integers(0, 30),
    # only where there is time to hear them: one that comes while a frame is exposed that lacks it, nobody could tell
    st.builds(Idle, st.sampled_from([0.02, 1.0]), st.booleans(), st.sampled_from([1, 50, 250, 300])),
).map(lambda drawn: [*drawn[0][: drawn[1]], drawn[2], *drawn[0][drawn[1] :]] if drawn[1] < 12 else drawn[0])


async def _grabs(desk: Desk, plan: Sequence[Idle]) -> int:
    """How many frames came, all right, until somebody has to do something."""
    right, sensor, todo = 0, desk.sensor(), list(plan)
    async with sensor.opened():
        while todo:
            async with sensor.armed(INDEX):
                right += await _armed_grabs(desk, sensor, todo)
    return right


async def _armed_grabs(desk: Desk, sensor: Device, todo: list[Idle]) -> int:
    """Until it is to be armed again."""
    right, begun = 0, False
    while todo and not (begun and todo[0].rearmed):
        idle, begun = todo.pop(0), True
        desk.time.pass_s(idle.pause_s / 2)
        desk.model.stray(idle.strays)
        desk.time.pass_s(idle.pause_s / 2)
        right += await right_grab(desk, sensor)
    return right


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=SCRIPTS, plan=PLANS)
def test_after_any_fault_it_recovers_or_asks_for_a_replug_and_no_frame_is_wrong(
    script: Script, plan: list[Idle]
) -> None:
    desk = Desk(futronic(script))
    asyncio.run(check_ending(desk, _grabs(desk, plan)))
