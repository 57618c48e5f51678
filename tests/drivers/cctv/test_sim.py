import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from drivers.cctv.sim import KEPT, Event, Options, SimCctv
from drivers.contract import GoneFault
from drivers.contract.cctv import Noticed


class Dial:
    """Clocks that a test turns by hand."""

    def __init__(self) -> None:
        self.ms = 0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(milliseconds=self.ms)

    def monotonic_ns(self) -> int:
        return self.ms * 1_000_000


async def test_pictures_come_at_the_rate_with_key_pictures_among_them() -> None:
    dial = Dial()
    camera = SimCctv(Options(rate_hz=10, key_every=3, clock_error_ms=60_000), clock=dial)
    async with camera.opened():
        assert (camera.delivery().last, camera.delivery().pictures, camera.delivery().age_ms(0)) == (None, 0, 0)
        dial.ms = 450
        seen = [await camera.arrival() for _ in range(4)]
        delivery = camera.delivery()
    assert [one.arrived_ns // 1_000_000 for one in seen] == [100, 200, 300, 400]
    assert [one.key for one in seen] == [True, False, False, True]
    assert (delivery.last, delivery.pictures, delivery.keys) == (seen[-1], 4, 2)
    assert delivery.age_ms(dial.monotonic_ns()) == 50
    assert seen[-1].device_at == datetime(2026, 11, 22, 0, 1, 0, 400_000, tzinfo=UTC)


async def test_a_stream_that_ends_is_gone_and_its_silence_grows() -> None:
    dial = Dial()
    camera = SimCctv(Options(rate_hz=10, ends_after_ms=250), clock=dial)
    async with camera.opened():
        dial.ms = 5000
        assert len([await camera.arrival(), await camera.arrival()]) == 2
        for _ in range(2):
            with pytest.raises(GoneFault, match="ended"):
                await camera.arrival()
        assert (camera.delivery().flowing, camera.delivery().pictures) == (False, 2)
        assert camera.delivery().age_ms(dial.monotonic_ns()) == 4800


async def test_of_pictures_that_nobody_takes_the_newest_are_kept() -> None:
    dial = Dial()
    camera = SimCctv(Options(rate_hz=1000), clock=dial)
    async with camera.opened():
        dial.ms = 1000
        first = await camera.arrival()
        assert first.arrived_ns // 1_000_000 == 1000 - KEPT + 1


async def test_what_was_so_before_is_told_first_and_nothing_is_made_up_after_the_script() -> None:
    dial = Dial()
    script = (Event(at_ms=10, noticed=Noticed.INPUT, source="2"), Event(at_ms=0, noticed=Noticed.MOTION, active=False))
    camera = SimCctv(Options(script=script), clock=dial)
    async with camera.opened():
        dial.ms = 20
        before, after = await camera.notice(), await camera.notice()
        assert (before.noticed, before.active, before.first) == (Noticed.MOTION, False, True)
        assert (after.noticed, after.source, after.active, after.first) == (Noticed.INPUT, "2", True, False)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await camera.notice()
