"""The courier over a real broker: retained presence, the whole way of a parcel, and a broker that dies on the way."""

import asyncio
import os

from agent.courier.machine import ParcelState
from agent.link import Link
from agent.wire import (
    CHUNK_BYTES,
    EVENT_KIND,
    Bill,
    CentralTopics,
    Need,
    Stage,
    StationPresence,
    StationTopics,
    read_signed,
    sign_document,
)
from agent.wire.document import read_plain
from tests.agent.broker import SOON_S, STATION, TENANT, Broker, Listening, quick_patience
from tests.agent.courier.office import Office
from tests.agent.courier.premises import CENTRAL_KEY, LINK_KEY, Premises, a_receipt, event_receipt
from vault.envelope import Pinned, digest_of

HERE = f"{TENANT}/{STATION}"
UP, DOWN = StationTopics(TENANT, STATION), CentralTopics(TENANT, STATION)


def office_over(broker: Broker, premises: Premises) -> Office:
    topics = (*UP.from_central, UP.central_state)
    return Office(premises, link=Link(broker.address(HERE), topics=topics, patience=quick_patience()), longest_s=0.5)


async def heard(above: Listening, topic: str) -> bytes:
    await above.until(lambda: any(name == topic for name, _ in above.messages))
    return next(payload for name, payload in above.messages if name == topic)


async def until_wiped(office: Office, parcel: str) -> None:
    async with asyncio.timeout(SOON_S):
        while office.premises.parcel(parcel).state is not ParcelState.WIPED:  # type: ignore[arg-type]  # an id as text
            await office.courier.change(within_s=SOON_S)


async def test_a_parcel_goes_all_the_way_and_survives_the_brokers_death(broker: Broker, premises: Premises) -> None:
    content = os.urandom(3 * CHUNK_BYTES + 1)
    parcel = premises.spooled(content)
    async with (
        Listening(broker.address("central"), "smilius/1/+/+/up/#") as above,
        office_over(broker, premises) as office,
    ):
        await above.up()
        signed_bill = await heard(above, UP.bill(parcel.id))
        bill = read_signed(signed_bill, Bill, pinned=Pinned([LINK_KEY.public]))
        assert (bill.digest, bill.chunks) == (parcel.digest, 4)
        broker.kill()
        await above.until(lambda: above.count("down") == 1)
        above.heard.clear()
        broker.start()
        await above.up()
        # the bill comes again by itself; what central says in the meantime may be lost
        await heard(above, UP.bill(parcel.id))
        need = Need(digest=parcel.digest, missing=(0, 1, 2, 3))
        await above.link.publish(DOWN.need(parcel.id), need.canonical())
        chunks = [await heard(above, UP.chunk(parcel.id, number)) for number in range(4)]
        assert b"".join(chunks) == content
        accepted = a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=bill.digest)
        await above.link.publish(DOWN.receipt(parcel.id), sign_document(accepted, CENTRAL_KEY))
        await until_wiped(office, parcel.id)
        await _receipt_events(above)
        async with asyncio.timeout(SOON_S):
            while premises.desk.unsettled():
                await office.courier.change(within_s=SOON_S)
    assert premises.on_disk(parcel.id) == []


async def _receipt_events(above: Listening) -> None:
    prefix = UP.event("")
    await above.until(lambda: len({topic for topic, _ in above.messages if topic.startswith(prefix)}) == 2)
    for topic, signed in {topic: payload for topic, payload in above.messages if topic.startswith(prefix)}.items():
        event = topic.removeprefix(prefix)
        receipt = event_receipt(event, digest=digest_of(signed))
        assert receipt.kind == EVENT_KIND
        await above.link.publish(DOWN.receipt(event), sign_document(receipt, CENTRAL_KEY))


async def test_presence_is_retained_and_ends_with_the_courier(broker: Broker, premises: Premises) -> None:
    async with office_over(broker, premises), Listening(broker.address("central"), UP.state) as above:
        # retained, or heard as it is said: whoever comes later knows as well
        online = read_plain(await heard(above, UP.state), StationPresence)
        assert online.online
    async with Listening(broker.address("central"), UP.state) as above:
        offline = read_plain(await heard(above, UP.state), StationPresence)
        assert (offline.online, offline.boot, offline.connection) == (False, online.boot, online.connection)


async def test_a_question_is_answered_over_the_broker(broker: Broker, premises: Premises) -> None:
    question = "0" * 26
    async with (
        Listening(broker.address("central"), "smilius/1/+/+/up/#") as above,
        office_over(broker, premises) as office,
    ):
        await heard(above, UP.state)
        asking = asyncio.get_running_loop().create_task(office.courier.question(question, b"?", within_s=SOON_S))
        assert await heard(above, UP.ask(question)) == b"?"
        await above.link.publish(DOWN.answer(question), b"!")
        assert await asking == b"!"
