"""What the courier publishes of uploads: each chunk once, the newest parcel first, an end when they are refused."""

import os

from agent.courier.machine import ParcelState
from agent.courier.record import Parcel
from agent.wire import CHUNK_BYTES, Stage
from tests.agent.courier.office import UP, Office
from tests.agent.courier.premises import Premises, a_receipt


async def billed(office: Office, *parcels: Parcel) -> None:
    topics = {(await office.pipe.published())[0] for _ in parcels}
    assert topics == {UP.bill(parcel.id) for parcel in parcels}


async def chunk(office: Office) -> str:
    return (await office.pipe.published())[0]


async def test_a_need_that_comes_twice_sends_nothing_twice(premises: Premises) -> None:
    parcel = premises.spooled(os.urandom(3 * CHUNK_BYTES))
    async with Office(premises) as office:
        office.pipe.connect()
        await billed(office, parcel)
        for _ in range(3):
            office.need(parcel.id, parcel.digest, 0, 1, 2)
        assert [await chunk(office) for _ in range(3)] == [UP.chunk(parcel.id, number) for number in range(3)]
        await office.settled()
        assert office.pipe.nothing_more()
        for number in range(3):
            office.pipe.answer(UP.chunk(parcel.id, number))
        # one was lost behind the broker: it is sent again, and only it
        premises.clock.seconds += 2.0
        office.courier.look()
        await billed(office, parcel)
        office.need(parcel.id, parcel.digest, 1)
        assert await chunk(office) == UP.chunk(parcel.id, 1)
        await office.settled()
        assert office.pipe.nothing_more()


async def test_nobody_asks_what_became_of_what_is_on_its_way(premises: Premises) -> None:
    parcel = premises.spooled(os.urandom(CHUNK_BYTES + 1))
    async with Office(premises) as office:
        office.pipe.connect()
        await billed(office, parcel)
        office.need(parcel.id, parcel.digest, 0, 1)
        assert [await chunk(office) for _ in range(2)] == [UP.chunk(parcel.id, 0), UP.chunk(parcel.id, 1)]
        for _ in range(3):
            premises.clock.seconds += 1000.0
            office.courier.look()
            await office.settled()
            await office.rounds()
        assert office.pipe.nothing_more()
        for number in range(2):
            office.pipe.answer(UP.chunk(parcel.id, number))
        premises.clock.seconds += 2.0
        office.courier.look()
        await billed(office, parcel)


async def test_chunks_that_the_broker_refuses_are_not_followed_by_others(premises: Premises) -> None:
    parcel = premises.spooled(os.urandom(4 * CHUNK_BYTES))
    async with Office(premises) as office:
        office.pipe.connect()
        await billed(office, parcel)
        pauses_s = []
        for _ in range(4):
            office.pipe.let(1)
            office.need(parcel.id, parcel.digest, 0, 1, 2, 3)
            assert await chunk(office) == UP.chunk(parcel.id, 0)
            await office.settled()
            office.pipe.answer(UP.chunk(parcel.id, 0), taken=False)
            await office.settled()
            office.pipe.let(None)
            assert [await chunk(office)] == [UP.chunk(parcel.id, 1)], "it was in hand already"
            await office.settled()
            before_s = premises.clock.seconds
            while office.pipe.nothing_more():
                premises.clock.seconds += 0.5
                office.courier.look()
                await office.rounds()
            await billed(office, parcel)
            pauses_s.append(premises.clock.seconds - before_s)
        assert pauses_s == sorted(pauses_s)
        assert pauses_s[-1] > 4 * pauses_s[0], "a refusal is no progress"


async def test_a_new_parcel_goes_before_those_that_have_waited(premises: Premises) -> None:
    spooled = sorted((premises.spooled(os.urandom(6 * CHUNK_BYTES)) for _ in range(3)), key=lambda parcel: parcel.id)
    oldest, older, newest = spooled
    async with Office(premises) as office:
        office.pipe.connect()
        assert [await chunk(office) for _ in spooled] == [UP.bill(parcel.id) for parcel in (newest, older, oldest)]
        office.pipe.let(0)
        for parcel in spooled:
            office.need(parcel.id, parcel.digest, 0, 1, 2, 3, 4, 5)
            await office.settled()
        office.pipe.let(None)
        order = [await chunk(office) for _ in range(18)]
        # the first was begun already, and is not interrupted
        assert order[0::6] == [UP.chunk(parcel.id, 0) for parcel in (oldest, newest, older)]


async def test_the_rest_of_a_parcel_that_central_has_whole_is_not_sent(premises: Premises) -> None:
    parcel = premises.spooled(os.urandom(4 * CHUNK_BYTES))
    async with Office(premises) as office:
        office.pipe.connect()
        await billed(office, parcel)
        office.pipe.let(1)
        office.need(parcel.id, parcel.digest, 0, 1, 2, 3)
        assert await chunk(office) == UP.chunk(parcel.id, 0)
        await office.settled()
        office.tell(a_receipt(parcel.id, stage=Stage.STORED, digest=parcel.digest))
        await office.settled()
        office.pipe.let(None)
        assert await chunk(office) == UP.chunk(parcel.id, 1), "it was in hand already"
        await office.settled()
        assert office.pipe.nothing_more()
        assert premises.parcel(parcel.id).state is ParcelState.STORED


async def test_a_new_connection_begins_with_what_central_says_then(premises: Premises) -> None:
    parcel = premises.spooled(os.urandom(3 * CHUNK_BYTES))
    async with Office(premises) as office:
        office.pipe.connect()
        await billed(office, parcel)
        office.need(parcel.id, parcel.digest, 0, 1, 2)
        for number in range(3):
            assert await chunk(office) == UP.chunk(parcel.id, number)
        office.pipe.answer(UP.chunk(parcel.id, 0))
        office.pipe.drop()
        office.pipe.connect()
        await billed(office, parcel)
        office.need(parcel.id, parcel.digest, 2)
        assert await chunk(office) == UP.chunk(parcel.id, 2)
        await office.settled()
        assert office.pipe.nothing_more()
