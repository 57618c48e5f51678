"""A link whose client has no thread, against a real mosquitto with TLS."""

import threading
from typing import Any

from central.rehearsal.client import LoopClient
from tests.agent.broker import STATION, TENANT, Broker, Listening

HERE = f"{TENANT}/{STATION}"
UP, DOWN = f"smilius/1/{HERE}/up", f"smilius/1/{HERE}/dn"


class Made:
    """Clients as a link asks for them."""

    def __init__(self) -> None:
        self.clients: list[LoopClient] = []

    def __call__(self, *arguments: Any, **options: Any) -> LoopClient:
        self.clients.append(LoopClient(*arguments, **options))
        return self.clients[-1]


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("paho")]


async def test_messages_go_both_ways_and_no_thread_is_begun(broker: Broker) -> None:
    above = Listening(broker.address("central"), "smilius/1/+/+/up/#", library=LoopClient)
    async with above, Listening(broker.address(HERE), f"{DOWN}/+/+", library=LoopClient) as below:
        await above.up()
        await below.up()
        assert threads() == []
        # larger than one TLS record, and more at once than may be unacknowledged
        chunks = [(f"{UP}/event/{number}", bytes([number]) * 65_536) for number in range(40)]
        for topic, content in chunks:
            await below.link.publish(topic, content)
        await above.until(lambda: len(above.messages) == len(chunks))
        assert above.messages == chunks
        await above.link.publish(f"{DOWN}/receipt/x", b"signed")
        await below.until(lambda: below.messages == [(f"{DOWN}/receipt/x", b"signed")])


async def test_who_ends_is_missed_by_the_broker(broker: Broker) -> None:
    async with Listening(broker.address("central"), "smilius/1/+/+/up/#") as above:
        await above.up()
        async with Listening(broker.address(HERE), f"{DOWN}/+/+", library=LoopClient) as below:
            await below.up()
        await above.until(lambda: (f"{UP}/state", b"gone") in above.messages)


async def test_a_connection_that_is_broken_off_is_begun_again(broker: Broker) -> None:
    made = Made()
    async with Listening(broker.address(HERE), f"{DOWN}/+/+", library=made) as below:
        await below.up()
        made.clients[-1].break_off()
        await below.up(2)
        assert below.count("down") == 1
        assert len(made.clients) == below.link.connections


async def test_what_is_cut_says_nothing_and_then_goes_on(broker: Broker) -> None:
    made = Made()
    async with Listening(broker.address("central"), "smilius/1/+/+/up/#") as above:
        await above.up()
        async with Listening(broker.address(HERE), f"{DOWN}/+/+", library=made) as below:
            await below.up()
            made.clients[-1].cut(0.5)
            made.clients[-1].cut(60.0)
            await below.link.publish(f"{UP}/event/x", b"said into the cut")
            assert below.link.up
            await above.until(lambda: (f"{UP}/event/x", b"said into the cut") in above.messages)
            assert below.count("down") == 0


async def test_a_link_that_stays_cut_is_given_up_and_begun_again(broker: Broker) -> None:
    made = Made()
    async with Listening(broker.address(HERE, keepalive_s=1), f"{DOWN}/+/+", library=made) as below:
        await below.up()
        made.clients[-1].cut(3600.0)
        await below.up(2)


async def test_a_broker_that_dies_is_found_again(broker: Broker) -> None:
    async with Listening(broker.address(HERE), f"{DOWN}/+/+", library=LoopClient) as below:
        await below.up()
        broker.kill()
        await below.until(lambda: below.count("down") == 1)
        broker.start()
        await below.up(2)
