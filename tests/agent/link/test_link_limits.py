"""What the broker's CONNACK limits, what it refuses, and what all of it cost in bytes."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.broker import STATION, TENANT, Broker, Listening
from tests.agent.line import Line

HERE = f"{TENANT}/{STATION}"
UP, DOWN = f"smilius/1/{HERE}/up", f"smilius/1/{HERE}/dn"

RECEIVE_MAX, PACKET_MAX = 3, 20_000


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "strict")
    broker.limit("max_inflight_messages", RECEIVE_MAX)
    broker.limit("max_packet_size", PACKET_MAX)
    broker.start()
    yield broker
    broker.kill()


async def test_no_more_is_on_its_way_than_the_broker_takes(strict: Broker) -> None:
    async with Listening(strict.address(HERE), f"{DOWN}/+/+") as below:
        await below.up()
        # the loop is kept busy, so that no acknowledgement can be noticed
        publishing = [below.link.publish(f"{UP}/event/x", b"") for _ in range(RECEIVE_MAX + 1)]
        sent = 0
        for coroutine in publishing:
            try:
                coroutine.send(None)
            except StopIteration:
                sent += 1
        publishing[-1].close()
        assert sent == RECEIVE_MAX


async def test_what_is_too_large_for_the_broker_is_refused_here_and_costs_no_connection(
    strict: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        Listening(strict.address("central"), "smilius/1/+/+/up/#") as above,
        Listening(strict.address(HERE), f"{DOWN}/+/+") as below,
    ):
        await above.up()
        await below.up()
        for _ in range(3):
            await below.link.publish(f"{UP}/event/x", bytes(PACKET_MAX))
        largest = bytes(PACKET_MAX - 200)
        await below.link.publish(f"{UP}/event/y", largest)
        await above.until(lambda: above.messages == [(f"{UP}/event/y", largest)])
        assert below.answered[:3] == [(f"{UP}/event/x", False)] * 3
        assert below.count("down") == 0
    said = [record.getMessage() for record in caplog.records if "refused a message" in record.getMessage()]
    assert len(said) == 1
    assert "at most 20000 bytes" in said[0]


async def test_whoever_sent_it_hears_what_was_taken_and_what_was_refused(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        Listening(broker.address("central"), "smilius/1/+/+/up/#") as above,
        Listening(broker.address(HERE), f"{DOWN}/+/+") as below,
    ):
        await above.up()
        await below.up()
        with caplog.at_level(logging.INFO):
            for _ in range(5):
                await below.link.publish(f"{DOWN}/receipt/x", b"not mine to say")
            await below.link.publish(f"{UP}/event/x", b"mine")
            await below.until(lambda: len(below.answered) == 6)
    assert below.answered == [(f"{DOWN}/receipt/x", False)] * 5 + [(f"{UP}/event/x", True)]
    assert len([record for record in caplog.records if "refused a message" in record.getMessage()]) == 1


async def test_the_bytes_are_those_that_went_over_the_line(broker: Broker) -> None:
    async with Line(broker.port) as line, Listening(broker.address(HERE, port=line.port), f"{DOWN}/+/+") as below:
        for times in (1, 2):
            await below.up(times)
            for _ in range(4):
                await below.link.publish(f"{UP}/event/x", bytes(30_000))
            await below.until(lambda: len(below.answered) == 4 * times)  # noqa: B023 (awaited here)
            up_bytes, down_bytes = below.link.traffic.bytes
            # nothing is on its way any more; what the kernel sent twice cost twice, and an end is a byte to it
            assert line.up_bytes <= up_bytes < 1.2 * line.up_bytes
            assert line.down_bytes <= down_bytes <= line.down_bytes + 1
            line.cut()
            await below.until(lambda: below.count("down") == times)  # noqa: B023
    assert line.up_bytes > 240_000
