"""Whatever goes wrong on the wire, the driver recovers or asks for a replug, and never gives a wrong frame."""

import asyncio
import logging
from collections.abc import Coroutine

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.contract import Frame, GoneFault, StuckFault
from tests.drivers.fingerprint.futronics import Desk, futronic, shown
from tests.drivers.fingerprint.sockets import INDEX, frame_of
from tests.emulators.futronic import Fault, Script, Wrong

PACKETS = 300


async def _three_frames(desk: Desk, **options: object) -> None:
    """Three right ones."""
    sensor = desk.sensor(**options)
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(3):
            frame = await frame_of(sensor)
            assert np.array_equal(frame.pixels, shown(desk.model))
    assert desk.usb.open_handles == 0


@pytest.mark.parametrize("packets", [1, 2, 150, 299, 300, 400, 401, 799])
@pytest.mark.parametrize("out_waits", [False, True])
async def test_what_a_dead_host_left_is_drained(packets: int, out_waits: bool) -> None:
    await _three_frames(Desk(futronic(Script(stale_packets=packets, out_waits=out_waits, reset_refused=True))))


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
    await _three_frames(Desk(futronic(Script(frames=frames, out_waits=out_waits, reset_refused=True))))


async def test_a_frame_that_comes_after_everybody_stopped_waiting_needs_a_reset() -> None:
    await _three_frames(Desk(futronic(Script(frames={1: Fault(Wrong.LATE, 60)}))))


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
    await _three_frames(Desk(futronic(Script(sizes=((0, 0), (9_999, 480))))))


async def test_a_recovery_is_logged_once_when_it_begins_and_once_when_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "drivers.fingerprint.ladder"):
        await _three_frames(Desk(futronic(Script(frames={1: Fault(Wrong.CUT, 7)}))))
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
    await _three_frames(Desk(futronic(Script(frames=hang))))
    desk = Desk(futronic(Script(frames=hang, reset_refused=True)))
    sensor = desk.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(2):
            with pytest.raises(StuckFault, match="plug it in again"):
                await frame_of(sensor)
    assert desk.usb.open_handles == 0
    desk.replug()
    await _three_frames(desk)


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
    await _three_frames(desk)


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


FAULTS = st.builds(
    Fault,
    st.sampled_from(list(Wrong)),
    st.integers(0, 2 * PACKETS),
).map(lambda fault: fault if fault.wrong in {Wrong.LONG, Wrong.LATE} else Fault(fault.wrong, fault.count % PACKETS))

SCRIPTS = st.builds(
    Script,
    stale_packets=st.integers(0, 1_200),
    out_waits=st.booleans(),
    reset_refused=st.booleans(),
    dead_lamp=st.integers(0, 9).map(lambda drawn: drawn == 0),
    sizes=st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)), max_size=4).map(tuple),
    frames=st.dictionaries(st.integers(0, 12), FAULTS, max_size=8),
)


async def _grabs(desk: Desk, *, count: int) -> int:
    """How many right frames came, until somebody has to do something."""
    right, sensor, model = 0, desk.sensor(), desk.model
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(count):
            before = model.frames
            seen = await sensor.grab()
            desk.judge()
            if isinstance(seen, Frame):
                number, _ = model.exposures[-1]
                assert number >= before, "a frame is of this grab, and not of one before it"
                assert seen.pixels.shape == (480, 320)
                assert np.array_equal(seen.pixels, shown(model)), "a frame is whole, in place and upright"
                right += 1
    return right


async def _ending(grabs: Coroutine[None, None, int]) -> int | StuckFault | GoneFault:
    """Any other fault is no end that the driver may leave somebody with."""
    try:
        return await grabs
    except (StuckFault, GoneFault) as fault:
        return fault


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=SCRIPTS)
def test_after_any_fault_it_recovers_or_asks_for_a_replug_and_no_frame_is_wrong(script: Script) -> None:
    desk = Desk(futronic(script))
    ended = asyncio.run(_ending(_grabs(desk, count=12)))
    match ended:
        case StuckFault(sentence=sentence):
            assert "plug it in again" in sentence
        case GoneFault():
            assert not desk.usb.enumerate_devices()
        case right:
            assert right >= 1, "the finger lies on the plate from the second look on"
    assert desk.usb.open_handles == 0
    desk.replug()
    assert asyncio.run(_grabs(desk, count=4)) >= 1
