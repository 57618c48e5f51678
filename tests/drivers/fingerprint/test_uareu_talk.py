"""Whatever goes wrong on the wire, the driver recovers or asks for a replug, and never gives a wrong frame."""

import asyncio
import logging

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.contract import Frame, GoneFault, StuckFault
from tests.drivers.fingerprint.sockets import INDEX, check_ending, frame_of, right_grabs, three_frames
from tests.drivers.fingerprint.uareus import Reader, shown, uareu
from tests.emulators.uareu import (
    KEY_STAYS,
    MICROSOFT_V2,
    NEXT_KEY,
    SCRAMBLED,
    SEEN,
    UAREU_4500,
    Fault,
    Script,
    Table,
    Wrong,
)
from tests.emulators.usb import Shape

PACKETS = 1735


@pytest.mark.parametrize("status", [0x01, 0x03, 0x81, 0x85, 0x87, 0x84, 0x05])
async def test_it_is_woken_whatever_its_status_is(status: int) -> None:
    await three_frames(Reader(uareu(Script(status=status, reset_refused=True))))


@pytest.mark.parametrize("rounds", [1, 3, 50])
async def test_it_may_say_that_it_is_powered_before_it_is_awake(rounds: int) -> None:
    await three_frames(Reader(uareu(Script(slow_rounds=rounds, reset_refused=True))))


@pytest.mark.parametrize("times", [1, 2, 3, 5])
async def test_a_sensor_that_does_not_say_that_it_is_powered_is_switched_off_and_on(times: int) -> None:
    await three_frames(Reader(uareu(Script(dumb_power_ups=times))))


@pytest.mark.parametrize("script", [Script(dumb_power_ups=99), Script(slow_rounds=200), Script(challenges=1)])
async def test_a_sensor_that_never_wakes_asks_for_a_replug(script: Script) -> None:
    reader = Reader(uareu(script))
    with pytest.raises(StuckFault, match="plug it in again"):
        await reader.sensor().opened().__aenter__()
    assert reader.usb.open_handles == 0


@pytest.mark.parametrize("rounds", [1, 3])
async def test_a_microsoft_reader_may_ask_several_times(rounds: int) -> None:
    script = Script(status=0x03, challenges=rounds, reset_refused=True)
    await three_frames(Reader(uareu(script, shape=MICROSOFT_V2)))


@pytest.mark.parametrize("packets", [1, 6, 1735, 4000])
async def test_what_a_dead_host_left_is_drained(packets: int) -> None:
    await three_frames(Reader(uareu(Script(stale_packets=packets, reset_refused=True))))


async def test_events_that_nobody_knows_are_passed_over() -> None:
    await three_frames(Reader(uareu(Script(chatter=True))))


async def test_what_it_said_before_it_waits_is_not_taken_for_a_finger() -> None:
    reader = Reader(uareu(Script(echo=True)))
    await three_frames(reader)
    assert reader.model.bare == 0


async def test_an_announced_failure_switches_it_off_and_on() -> None:
    await three_frames(Reader(uareu(Script(failing=frozenset({0, 2}), reset_refused=True))))


async def test_a_lift_that_was_not_told_is_asked_for_again() -> None:
    await _three_frames_within(Reader(uareu(Script(deaf_lifts=1))), grabs=60)


async def _three_frames_within(reader: Reader, *, grabs: int) -> None:
    sensor, right = reader.sensor(), 0
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(grabs):
            if isinstance(seen := await sensor.grab(), Frame):
                assert np.array_equal(seen.pixels, shown(reader.model))
                right += 1
    assert right >= 3


TABLES: tuple[Table, ...] = (
    SEEN,
    ((SCRAMBLED, 145), (NEXT_KEY | SCRAMBLED, 143), (1, 1), (KEY_STAYS, 1)),
    ((NEXT_KEY, 10), (KEY_STAYS | SCRAMBLED, 100), (3, 2), (SCRAMBLED, 178)),
    ((1, 4), (0, 80), (SCRAMBLED, 1), (NEXT_KEY | SCRAMBLED, 1), (KEY_STAYS, 204)),
)


@pytest.mark.parametrize("table", TABLES, ids=range(len(TABLES)))
async def test_every_kind_of_block_is_put_in_its_place(table: Table) -> None:
    await three_frames(Reader(uareu(Script(tables=(table,), reset_refused=True))))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Wrong.LINES, 0),
        Fault(Wrong.LINES, 500),
        Fault(Wrong.TABLE, 0),
        Fault(Wrong.CUT, 0),
        Fault(Wrong.CUT, 1),
        Fault(Wrong.CUT, PACKETS - 1),
        Fault(Wrong.SPLIT, 0),
        Fault(Wrong.SPLIT, 900),
        Fault(Wrong.EMPTY, 0),
        Fault(Wrong.EMPTY, 1),
        Fault(Wrong.WRONG_KEY),
        Fault(Wrong.BARE),
        Fault(Wrong.ENDLESS),
        Fault(Wrong.LONG, 6),
        Fault(Wrong.LONG, 900),
        Fault(Wrong.STALE),
        Fault(Wrong.TWICE),
        Fault(Wrong.HEADLESS, 1),
        Fault(Wrong.HEADLESS, 900),
        Fault(Wrong.STALL, 0),
        Fault(Wrong.STALL, 900),
        Fault(Wrong.LATE, 5),
        Fault(Wrong.LATE, 30),
    ],
    ids=lambda fault: f"{fault.wrong}-{fault.count}",
)
async def test_a_picture_that_goes_wrong_is_not_given_and_the_next_ones_are_right(fault: Fault) -> None:
    script = Script(frames={0: fault, 2: fault, 3: fault}, reset_refused=True)
    await three_frames(Reader(uareu(script)))


async def test_a_recovery_is_logged_once_when_it_begins_and_once_when_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "drivers.fingerprint.ladder"):
        await three_frames(Reader(uareu(Script(frames={1: Fault(Wrong.WRONG_KEY)}))))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "WARNING",
            "The fingerprint sensor failed and is switched off and on… (The fingerprint sensor's picture cannot be "
            "unscrambled.)",
        ),
        ("INFO", "The fingerprint sensor works again."),
    ]


async def test_a_hang_is_mended_by_a_reset_or_else_by_a_replug() -> None:
    hang = {1: Fault(Wrong.HANG)}
    await three_frames(Reader(uareu(Script(frames=hang))))
    reader = Reader(uareu(Script(frames=hang, reset_refused=True)))
    sensor = reader.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        await frame_of(sensor)
        for _ in range(2):
            with pytest.raises(StuckFault, match="plug it in again"):
                await frame_of(sensor)
    assert reader.usb.open_handles == 0
    reader.replug()
    await three_frames(reader)


async def test_pictures_that_never_come_right_ask_for_a_replug() -> None:
    reader = Reader(uareu(Script(frames={number: Fault(Wrong.CUT, 100) for number in range(50)})))
    sensor = reader.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        with pytest.raises(StuckFault, match=r"part of a picture.*plug it in again"):
            await sensor.grab()


@pytest.mark.parametrize("packets", [0, 1, 900, PACKETS - 1])
async def test_unplugged_in_the_middle_of_a_picture_is_gone(packets: int) -> None:
    reader = Reader(uareu(Script(frames={0: Fault(Wrong.UNPLUGGED, packets)})))
    sensor = reader.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        with pytest.raises(GoneFault):
            await frame_of(sensor)
    assert reader.usb.open_handles == 0
    reader.replug()
    await three_frames(reader)


async def test_a_cancelled_grab_leaves_nothing_in_the_queue() -> None:
    reader = Reader(uareu())
    sensor = reader.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await sensor.grab()
        frame = await frame_of(sensor)
        assert np.array_equal(frame.pixels, shown(reader.model))


FAULTS = st.builds(Fault, st.sampled_from(list(Wrong)), st.integers(0, PACKETS - 1)).map(
    lambda fault: Fault(fault.wrong, fault.count % 60) if fault.wrong is Wrong.LATE else fault
)

SCRIPTS = st.builds(
    Script,
    status=st.sampled_from([0x01, 0x03, 0x81, 0x85, 0x84, 0x80, 0x07, 0xFF]),
    dumb_power_ups=st.integers(0, 12),
    slow_rounds=st.integers(0, 120),
    stale_packets=st.integers(0, 3 * PACKETS),
    failing=st.frozensets(st.integers(0, 6), max_size=4),
    deaf_lifts=st.integers(0, 3),
    chatter=st.booleans(),
    echo=st.booleans(),
    reset_refused=st.booleans(),
    tables=st.lists(st.sampled_from(TABLES), min_size=1, max_size=3).map(tuple),
    frames=st.dictionaries(st.integers(0, 8), FAULTS, max_size=6),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=SCRIPTS, shape=st.sampled_from([UAREU_4500, MICROSOFT_V2]))
def test_after_any_fault_it_recovers_or_asks_for_a_replug_and_no_frame_is_wrong(script: Script, shape: Shape) -> None:
    reader = Reader(uareu(script, shape=shape))
    asyncio.run(check_ending(reader, right_grabs(reader, count=6)))
