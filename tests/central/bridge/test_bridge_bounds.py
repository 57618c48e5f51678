"""What the bridge keeps in memory has an end, whatever stations send. No process and no broker: nothing is run here."""

import random
import ssl
from collections.abc import Iterator

import pytest

from agent.link import Address, Heard, Link, Patience
from agent.supervise import Supervisor
from agent.wire import CentralPresence, CentralTopics, StationTopics
from central.bridge.bridge import ANSWERS_MAX, ANSWERS_OF_ONE_MAX, HEARD_MAX, Bridge, Rooms
from central.bridge.command import Commands
from central.bridge.desired import Desired
from central.bridge.keyring import Keyrings
from central.bridge.message import Reply
from central.bridge.opening import Opening
from central.bridge.permission import Permissions
from central.bridge.retention import Keeper
from central.bridge.roll import Roll
from central.bridge.roster import Rosters
from central.database import Claims, Sessions
from central.paths import Paths
from central.pki.registry import Registry
from central.settings import Retention
from tests.central.bridge.counter import Counter
from tests.central.parcels import AT, arrived, new_id


@pytest.fixture
async def bridge(headquarters: Paths, counter: Counter) -> Bridge:
    patience = Patience(60, random.Random(1))
    address = Address(
        host="localhost", port=1, identity="central", keepalive_s=30, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    rooms = Rooms(
        link=Link(address, topics=(CentralTopics.subscription,), patience=patience),
        ingest=counter.ingest,
        delivery=counter.delivery,
        opening=Opening(headquarters.root, patience=patience),
        keeper=Keeper(counter.engine, Retention(), keys=counter.keys, clock=counter.clock, boot="boot"),
        registry=Registry(headquarters.stations),
        claims=Claims(counter.engine),
        commands=Commands(Sessions(counter.engine), clock=counter.clock),
        rosters=Rosters(Sessions(counter.engine)),
        roll=Roll(Sessions(counter.engine), counter.registry, clock=counter.clock),
        desired=Desired(Sessions(counter.engine), clock=counter.clock),
        keyrings=Keyrings(counter.keys, counter.registry, clock=counter.clock),
        permissions=Permissions(Sessions(counter.engine), counter.registry, keys=counter.keys, clock=counter.clock),
    )
    bridge = Bridge(rooms, tenants=("lt", "lt2"), presence=CentralPresence(online=True, since=AT), patience=patience)
    bridge._supervisor = Supervisor()
    return bridge


def chatter(mid: int) -> Heard:
    return Heard("message", "smilius/1/lt/vilnius-1/up/health", b"numbers", mid)


async def test_what_nobody_vouches_for_is_dropped_when_it_is_too_much(bridge: Bridge) -> None:
    for _ in range(HEARD_MAX + 500):
        bridge._hear(chatter(0))
    assert bridge._heard.qsize() == HEARD_MAX


async def test_what_the_broker_waits_for_is_never_dropped(bridge: Bridge) -> None:
    for _ in range(HEARD_MAX):
        bridge._hear(chatter(0))
    bridge._hear(chatter(7))
    bridge._hear(Heard("up"))
    bridge._hear(Heard("down"))
    assert bridge._heard.qsize() == HEARD_MAX + 3


def questions(stations: int) -> Iterator[tuple[StationTopics, str]]:
    for number in range(stations):
        topics = StationTopics("lt", f"station-{number}")
        for _ in range(10):
            yield topics, new_id()


async def test_one_station_cannot_ask_for_all_the_others(bridge: Bridge) -> None:
    for topics, question in questions(2):
        bridge._begin_answer(arrived(topics.ask(question), b"sealed"))
    assert len(bridge._asked) == 2 * ANSWERS_OF_ONE_MAX


async def test_all_stations_together_have_an_end_too(bridge: Bridge) -> None:
    for topics, question in questions(50):
        bridge._begin_answer(arrived(topics.ask(question), b"sealed"))
    assert len(bridge._asked) == ANSWERS_MAX


async def test_what_is_answered_makes_room(bridge: Bridge) -> None:
    topics, question = next(questions(1))
    bridge._begin_answer(arrived(topics.ask(question), b"sealed"))
    bridge._begin_answer(arrived(topics.ask(question), b"sealed"))
    assert len(bridge._asked) == 1, "the same question is asked once"
    (answering,) = bridge._supervisor._passing
    await answering
    assert bridge._asked == {}, "nobody enrolled this station, so there was nothing to answer"


async def test_an_echo_goes_back_as_it_came_and_costs_no_more(bridge: Bridge) -> None:
    topics = StationTopics("lt", "vilnius-1")
    await bridge._take_messages(
        [Heard("message", topics.echo, content) for content in (b"echo 1", bytes(65), bytes(64))]
    )
    assert [bridge._replies.get_nowait() for _ in range(bridge._replies.qsize())] == [
        Reply(topics.echoed, b"echo 1", qos=0),
        Reply(topics.echoed, bytes(64), qos=0),
    ]


async def test_the_will_is_for_the_first_tenant(bridge: Bridge) -> None:
    topic, content = bridge._will(1)
    assert topic == "smilius/1/lt/central/state"
    assert CentralPresence.model_validate_json(content) == CentralPresence(online=False, since=AT)
