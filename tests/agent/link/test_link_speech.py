"""The link with a broker that refuses MQTT 5: 3.1.1, with everything but what refusals would tell."""

import logging

import pytest

from tests.agent.broker import STATION, TENANT, Broker, Listening
from tests.agent.meddler import Meddler, Mischief

HERE = f"{TENANT}/{STATION}"
UP, DOWN = f"smilius/1/{HERE}/up", f"smilius/1/{HERE}/dn"
OLD = Mischief(speaks_5=False)


def before(broker: Broker, mischief: Mischief) -> Meddler:
    return Meddler(mischief, front=broker.server_tls(), back=broker.tls(HERE), broker_port=broker.port)


async def test_a_broker_that_refuses_5_is_spoken_to_in_the_older_way(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with Listening(broker.address("central"), "smilius/1/+/+/up/#") as above, before(broker, OLD) as old:
            await above.up()
            async with Listening(broker.address(HERE, port=old.port), f"{DOWN}/+/+") as below:
                await below.up()
                assert below.link.version == "3.1.1"
                await below.link.publish(f"{UP}/event/x", b"from the station")
                await above.until(lambda: (f"{UP}/event/x", b"from the station") in above.messages)
                await above.link.publish(f"{DOWN}/receipt/x", b"from central")
                await below.until(lambda: below.messages == [(f"{DOWN}/receipt/x", b"from central")])
            # who leaves in good order is gone as well
            await above.until(lambda: (f"{UP}/state", b"gone") in above.messages)
    assert old.connects == [5, 4]
    said = [record.getMessage() for record in caplog.records if "MQTT 5" in record.getMessage()]
    assert said == ["the broker does not speak MQTT 5: with 3.1.1 it cannot be seen what it refuses"]


async def test_it_is_remembered_for_the_next_connection(broker: Broker) -> None:
    async with before(broker, OLD) as old:
        async with Listening(broker.address(HERE, port=old.port), f"{DOWN}/+/+") as below:
            await below.up()
            broker.kill()
            await below.until(lambda: below.count("down") == 1)
            broker.start()
            await below.up(2)
        assert old.connects[0] == 5
        assert set(old.connects[1:]) == {4}


async def test_what_is_pinned_is_spoken(broker: Broker) -> None:
    async with before(broker, OLD) as old:
        async with Listening(broker.address(HERE, port=old.port, mqtt="3.1.1"), f"{DOWN}/+/+") as below:
            await below.up()
        assert old.connects == [4]
        async with Listening(broker.address(HERE, port=old.port, mqtt="5"), f"{DOWN}/+/+") as below:
            await below.until(lambda: below.link.connections > 3)
            assert below.heard == []
        assert set(old.connects[1:]) == {5}


async def test_a_refusal_in_the_older_way_is_no_progress_and_a_word_from_the_other_side_is(broker: Broker) -> None:
    async with Listening(broker.address("central"), "smilius/1/+/+/up/#") as above:
        await above.up()
        async with Listening(broker.address(HERE, mqtt="3.1.1"), f"{DOWN}/+/+") as below:
            patience = below.link._patience
            await below.up()
            patience.attempts = 5
            for _ in range(40):
                await below.link.publish(f"{DOWN}/receipt/x", b"refused without a word")
            await below.link.publish(f"{UP}/event/x", b"mine")
            await above.until(lambda: len(above.messages) == 1)
            assert patience.attempts == 5
            await above.link.publish(f"{DOWN}/receipt/x", b"from central")
            await below.until(lambda: len(below.messages) == 1)
            assert patience.attempts == 0
