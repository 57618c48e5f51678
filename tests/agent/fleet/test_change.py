"""The change over a link: a configuration that is heard is put in force, and the process begins anew with it."""

import asyncio

from agent.fleet.configuration import Verdict
from agent.supervise import AGAIN
from agent.wire import CentralTopics
from tests.agent.courier.office import SOON_S
from tests.agent.courier.premises import STATION, TENANT, Premises
from tests.agent.fleet.room import Life, Room, configuration, signed, well

TOPIC = CentralTopics(TENANT, STATION).config


async def until(room: Room, state: str) -> None:
    async with asyncio.timeout(SOON_S):
        while room.desk.record is None or room.desk.record.state != state:
            await room.office.rounds()


async def test_it_is_put_in_force_and_kept_once_the_link_is_back(premises: Premises) -> None:
    room = Room(premises)
    room.office.supervisor.must_live("configuration", room.change.run())
    async with room.office as office:
        office.pipe.connect()
        office.pipe.say(TOPIC, signed(configuration()))
        await until(room, "staged")
        assert (await room.change.staged()) == configuration()
        await room.change.hear(well())
        assert await office.ended() == AGAIN
    room = Room(premises)
    assert room.change.trying
    room.office.supervisor.must_live("configuration", room.change.run())
    async with room.office as office:
        office.pipe.connect()
        await room.change.hear(well())
        await until(room, "applied")
        assert not room.change.trying


async def test_what_is_not_to_be_believed_is_said_and_nothing_else_happens(premises: Premises) -> None:
    room = Room(premises)
    room.office.supervisor.must_live("configuration", room.change.run())
    async with room.office as office:
        office.pipe.connect()
        office.pipe.say(TOPIC, b"nonsense")
        await office.settled()
        assert room.desk.record is None


async def test_headquarters_is_told_of_every_step(premises: Premises) -> None:
    room = Room(premises)
    room.office.supervisor.must_live("twin", room.gallery.run())
    room.office.supervisor.must_live("configuration", room.change.run())
    async with room.office as office:
        office.pipe.connect()
        office.pipe.say(TOPIC, signed(configuration()))
        await until(room, "staged")
        await room.change.hear(Verdict(number=1, refusal="station.profile: no"))
        await until(room, "refused")
    assert Life(premises).told() == (None, 1, "refused", "station-refuses")
