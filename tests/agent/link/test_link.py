"""The link against a real mosquitto: TLS, client certificates, the shipped ACL."""

import asyncio
import gc
import logging
import os
import re
import threading

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import MQTTErrorCode

from agent.link import IN_FLIGHT_MAX, LinkDown
from tests.agent.broker import SOON_S, STATION, TENANT, Broker, Listening
from tests.agent.mute_broker import Manner, MuteBroker

HERE = f"{TENANT}/{STATION}"
UP, DOWN = f"smilius/1/{HERE}/up", f"smilius/1/{HERE}/dn"
ALL_UP = "smilius/1/+/+/up/#"


def central(broker: Broker, acknowledge_late: bool = False) -> Listening:
    return Listening(broker.address("central"), ALL_UP, acknowledge_late=acknowledge_late)


def station(broker: Broker) -> Listening:
    return Listening(broker.address(HERE), f"{DOWN}/+/+")


async def test_both_sides_hear_each_other(broker: Broker) -> None:
    async with central(broker) as above, station(broker) as below:
        await above.up()
        await below.up()
        assert above.link.up
        await below.link.publish(f"{UP}/event/x", b"from the station")
        await above.link.publish(f"{DOWN}/receipt/x", b"from central")
        await above.until(lambda: (f"{UP}/event/x", b"from the station") in above.messages)
        await below.until(lambda: below.messages == [(f"{DOWN}/receipt/x", b"from central")])


async def test_the_certificate_is_who_one_is(broker: Broker) -> None:
    # another identity in the client id changes nothing: the broker takes the name from the certificate
    async with central(broker) as above, station(broker) as below:
        await above.up()
        await below.up()
        await below.link.publish("smilius/1/lt/kaunas-1/up/event/x", b"not mine to say")
        await below.link.publish(f"{UP}/event/x", b"mine")
        await above.until(lambda: len(above.messages) > 0)
        assert above.messages == [(f"{UP}/event/x", b"mine")]


async def test_a_refused_publish_is_noticed_and_blocks_nothing(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async with central(broker) as above, station(broker) as below:
        await above.up()
        await below.up()
        for _ in range(IN_FLIGHT_MAX + 1):
            await below.link.publish(f"{DOWN}/receipt/x", b"a receipt of my own making")
        await below.link.publish(f"{UP}/event/x", b"mine")
        await above.until(lambda: above.messages == [(f"{UP}/event/x", b"mine")])
        refused = [record for record in caplog.records if "refused a message: Not authorized" in record.getMessage()]
        assert len(refused) > 0
        assert below.messages == []


async def test_a_broker_of_another_authority_is_not_believed(
    broker: Broker, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    foreign = Broker(tmp_path_factory.mktemp("foreign"))
    tls = broker.tls(HERE, ca=foreign.paths.certificate("ca").read_text())
    distrusted: list[int] = []
    async with Listening(broker.address(HERE, tls=tls)) as below:
        below.link.distrust = distrusted.append
        with caplog.at_level(logging.INFO):
            await below.until(lambda: below.link.connections > 3)
    assert below.heard == []
    # the authority that signed what answered is not known here (openssl/x509_vfy.h)
    assert set(distrusted) <= {18, 19, 20, 21, 7}
    assert len(distrusted) >= 3
    # however often it is tried, the outage is said once
    assert [record.getMessage() for record in caplog.records if "the broker" in record.getMessage()] == [
        "the broker is out: SSLCertVerificationError"
    ]


async def test_a_client_of_another_authority_is_refused(
    broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    foreign = Broker(tmp_path_factory.mktemp("foreign"))
    tls = foreign.tls(HERE, ca=broker.paths.certificate("ca").read_text())
    async with Listening(broker.address(HERE, tls=tls)) as below:
        await below.until(lambda: below.link.connections > 3)
    assert below.heard == []


async def test_it_says_up_again_when_the_broker_is_back(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with station(broker) as below:
            await below.up()
            broker.kill()
            await below.until(lambda: below.count("down") == 1)
            assert not below.link.up
            with pytest.raises(LinkDown):
                await below.link.publish(f"{UP}/event/x", b"into nothing")
            broker.start()
            await below.up(2)
            await below.link.publish(f"{UP}/event/x", b"here again")
    assert [heard.what for heard in below.heard] == ["up", "down", "up", "down"]
    said = [record.getMessage() for record in caplog.records if "the broker" in record.getMessage()]
    assert [line.split(":")[0] for line in said] == ["the broker is out", "the broker is back"]


async def test_a_drop_gives_the_whole_window_back(broker: Broker) -> None:
    async with station(broker) as below:
        await below.up()
        sending = [
            asyncio.get_running_loop().create_task(_publish(below, number)) for number in range(4 * IN_FLIGHT_MAX)
        ]
        await asyncio.wait({sending[IN_FLIGHT_MAX - 1]})
        broker.kill()
        async with asyncio.timeout(SOON_S):
            await asyncio.gather(*sending)
        broker.start()
        await below.up(2)
        async with asyncio.timeout(SOON_S):
            for number in range(4 * IN_FLIGHT_MAX):
                await below.link.publish(f"{UP}/event/x", str(number).encode())


async def _publish(listening: Listening, number: int) -> None:
    try:
        await listening.link.publish(f"{UP}/event/x", bytes(60_000) + str(number).encode())
    except LinkDown:
        return


async def test_the_window_is_bounded(broker: Broker) -> None:
    async with station(broker) as below:
        await below.up()
        # the loop is kept busy, so that no acknowledgement can be noticed
        sent = 0
        publishing = [below.link.publish(f"{UP}/event/x", b"") for _ in range(IN_FLIGHT_MAX + 1)]
        for coroutine in publishing:
            try:
                coroutine.send(None)
            except StopIteration:
                sent += 1
        publishing[-1].close()
        assert sent == IN_FLIGHT_MAX


async def test_late_acknowledgement_keeps_the_broker_waiting(broker: Broker) -> None:
    async with central(broker, acknowledge_late=True) as above, station(broker) as below:
        await above.up()
        await below.up()
        for number in range(IN_FLIGHT_MAX + 4):
            await below.link.publish(f"{UP}/event/x", str(number).encode())
        # what was sent with QoS 0 goes round the window: when it is here, the window is full
        await below.link.publish(f"{UP}/health", b"last", qos=0)
        await above.until(lambda: (f"{UP}/health", b"last") in above.messages)
        first = [heard for heard in above.heard if heard.topic.endswith("/event/x")]
        assert [heard.payload for heard in first] == [str(number).encode() for number in range(IN_FLIGHT_MAX)]
        for heard in first[:4]:
            above.link.acknowledge(heard)
        await above.until(lambda: len(above.messages) == IN_FLIGHT_MAX + 5)


async def test_what_was_not_acknowledged_is_not_heard_by_a_new_connection_as_if_it_were_the_old(
    broker: Broker,
) -> None:
    async with central(broker, acknowledge_late=True) as above, station(broker) as below:
        await above.up()
        await below.up()
        await below.link.publish(f"{UP}/event/x", b"one")
        await above.until(lambda: len(above.messages) == 1)
        (old,) = [heard for heard in above.heard if heard.what == "message"]
        broker.kill()
        await above.until(lambda: above.count("down") == 1)
        broker.start()
        await above.up(2)
        await below.up(2)
        for number in range(IN_FLIGHT_MAX + 1):
            await below.link.publish(f"{UP}/event/x", str(number).encode())
        await below.link.publish(f"{UP}/health", b"last", qos=0)
        await above.until(lambda: (f"{UP}/health", b"last") in above.messages)
        # the same number on another connection is another message: this must acknowledge none of them
        above.link.acknowledge(old)
        await below.link.publish(f"{UP}/health", b"after", qos=0)
        await above.until(lambda: (f"{UP}/health", b"after") in above.messages)
        assert (f"{UP}/event/x", str(IN_FLIGHT_MAX).encode()) not in above.messages


async def test_acknowledging_what_needs_none_does_not_end_the_connection(broker: Broker) -> None:
    async with central(broker, acknowledge_late=True) as above, station(broker) as below:
        await above.up()
        await below.up()
        await below.link.publish(f"{UP}/health", b"numbers", qos=0)
        await above.until(lambda: len(above.messages) == 1)
        for heard in [item for item in above.heard if item.what == "message"]:
            above.link.acknowledge(heard)
        await below.link.publish(f"{UP}/event/x", b"after")
        await above.until(lambda: len(above.messages) == 2)
        assert above.count("down") == 0


async def test_the_will_says_that_one_is_gone_also_in_good_order(broker: Broker) -> None:
    async with central(broker) as above:
        await above.up()
        async with station(broker) as below:
            await below.up()
        await above.until(lambda: (f"{UP}/state", b"gone") in above.messages)


async def test_an_ended_link_leaves_neither_thread_nor_socket(broker: Broker) -> None:
    gc.collect()
    gc.disable()
    try:
        before = _sockets()
        for _ in range(3):
            async with station(broker) as below:
                await below.up()
        assert _sockets() <= before
    finally:
        gc.enable()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("paho")] == []


def _sockets() -> int:
    """How many this process has open."""
    links = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _is_open(number)]
    return sum(link.startswith("socket:") for link in links)


def _is_open(number: str) -> bool:
    # the folder's own, by which it was listed, is closed by now
    return os.path.lexists(f"/proc/self/fd/{number}")


async def test_the_client_says_how_it_is_driven(broker: Broker) -> None:
    driven: list[str] = []

    class Watched(mqtt.Client):
        def loop_start(self) -> MQTTErrorCode:
            driven.append("start")
            return super().loop_start()

        def loop_stop(self) -> MQTTErrorCode:
            driven.append("stop")
            return super().loop_stop()

    async with Listening(broker.address(HERE), f"{DOWN}/+/+", library=Watched) as below:
        await below.up()
        assert driven == ["start"]
    assert driven == ["start", "stop"]


async def test_a_taken_over_session_is_begun_again(broker: Broker) -> None:
    # the same certificate twice: the broker drops the first, whose link comes back
    async with station(broker) as first:
        await first.up()
        async with station(broker) as second:
            await second.up()
            await first.until(lambda: first.count("down") >= 1)
        await first.until(lambda: first.link.up)


@pytest.mark.parametrize(
    ("manner", "why"),
    [
        # whoever notices first, the library or the link
        ("says nothing", "(Keep alive timeout|it answers nothing)"),
        ("confirms no subscription", "it answers nothing"),
        ("refuses the subscription", "it refused a subscription"),
        ("refuses the connection", "it refused the connection: Not authorized"),
    ],
)
async def test_a_broker_that_only_looks_like_one_is_left_and_tried_again(
    broker: Broker, manner: Manner, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with MuteBroker(manner, broker.server_tls()) as mute:
        address = broker.address(HERE, keepalive_s=1, port=mute.port)
        async with Listening(address, f"{DOWN}/+/+") as below:
            await below.until(lambda: mute.connections >= 2)
    assert below.heard == []
    said = [record.getMessage() for record in caplog.records if "the broker" in record.getMessage()]
    assert len(said) == 1
    assert re.fullmatch(f"the broker is out: {why}", said[0])
