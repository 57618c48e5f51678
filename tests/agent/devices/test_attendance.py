"""What is known of the devices while things are plugged in and pulled out."""

import logging
from collections.abc import AsyncIterator

import pytest

from agent.clock import SystemClock
from agent.devices.attendance import Attendance
from agent.devices.roll import Presence
from agent.devices.view import known_view
from agent.supervise import Supervisor
from drivers.contract import ProtocolFault
from tests.agent.devices.bench import CLOSED, Announcer, Bench, sensor, wanted

WANTED = {"camera": {"driver": "sim"}, "fingerprint": {"driver": "futronic"}}


@pytest.fixture
async def bench() -> Bench:
    bench = Bench()
    bench.plugged = (sensor(),)
    return bench


@pytest.fixture
async def attendance(bench: Bench) -> AsyncIterator[Attendance]:
    attendance, supervisor = Attendance(wanted(**WANTED), bench, clock=SystemClock()), Supervisor()
    supervisor.passing("devices", attendance.follow(Announcer(bench)))
    yield attendance
    supervisor.stop()
    await supervisor.run()
    assert attendance.known == ()


def _presence(attendance: Attendance) -> Presence:
    return {one.standing.wanted.role: one.standing.presence for one in attendance.known}["fingerprint"]


async def test_before_anybody_looked_nothing_is_known_and_nothing_refused(bench: Bench) -> None:
    unfollowed = Attendance(wanted(**WANTED), bench, clock=SystemClock())
    assert (unfollowed.known, unfollowed.obstacle()) == ((), None)


async def test_unplugged_and_plugged_in_again_it_is_noticed_and_said_once(
    bench: Bench, attendance: Attendance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await bench.plug(sensor())
    assert (_presence(attendance), attendance.obstacle()) == (Presence.PRESENT, None)
    for _ in range(3):
        await bench.plug()
    obstacle = attendance.obstacle()
    assert obstacle is not None
    assert (obstacle.reason, obstacle.sentence) == ("device-gone", "The fingerprint (futronic) is not plugged in.")
    gone = known_view(attendance.known)[1]
    await bench.announce()
    assert known_view(attendance.known)[1] == gone, "gone since the same moment"
    await bench.plug(sensor())
    assert attendance.obstacle() is None
    said = [record.getMessage() for record in caplog.records if record.name.startswith("agent.devices")]
    assert said == [
        "the device fingerprint is out: The fingerprint (futronic) is not plugged in.",
        "the device fingerprint is back",
    ]


async def test_what_may_not_be_opened_is_refused_with_what_mends_it(bench: Bench, attendance: Attendance) -> None:
    await bench.plug(sensor(permission=CLOSED, remedy="Put ona into the group plugdev."))
    obstacle = attendance.obstacle()
    assert obstacle is not None
    assert obstacle.reason == "device-denied"
    assert obstacle.sentence.endswith("Put ona into the group plugdev.")


async def test_who_cannot_see_refuses_nothing_and_sees_again(
    bench: Bench, attendance: Attendance, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.plug()
    bench.blind = ProtocolFault("The system does not tell what is plugged in.")
    await bench.announce()
    await bench.announce()
    assert (attendance.known, attendance.obstacle()) == ((), None)
    bench.blind = None
    await bench.plug(sensor())
    assert _presence(attendance) is Presence.PRESENT
    assert [record.getMessage() for record in caplog.records].count(
        "following the devices is out: The system does not tell what is plugged in."
    ) == 1
