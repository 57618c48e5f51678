"""The courier over a link that the test speaks for: what it says, when, and what cannot stop it."""

import asyncio
import errno
import logging
import os
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from agent.courier.machine import ParcelEvent, ParcelState
from agent.wire import CHUNK_BYTES, CentralPresence, Stage, StationPresence
from agent.wire.document import read_plain
from tests.agent.courier.office import DOWN, SOON_S, UP, Office
from tests.agent.courier.premises import (
    BEGIN,
    CENTRAL_KEY,
    FOREIGN_KEY,
    OTHER_DIGEST,
    Premises,
    a_receipt,
    event_receipt,
    new_id,
)
from tests.vault.disk_calls import DiskFault
from vault.envelope import digest_of, sign
from vault.labels import RECEIPT_TYPE

S = ParcelState
ONLINE = CentralPresence(online=True, since=BEGIN).canonical()
OFFLINE = CentralPresence(online=False, since=BEGIN).canonical()


async def test_a_parcel_goes_all_the_way(premises: Premises) -> None:
    content = os.urandom(CHUNK_BYTES + 1)
    parcel = premises.spooled(content)
    async with Office(premises) as office:
        office.pipe.connect()
        assert (await office.pipe.published())[0] == UP.bill(parcel.id)
        office.need(parcel.id, parcel.digest, 0, 1)
        chunks = [await office.pipe.published() for _ in range(2)]
        assert [topic for topic, _ in chunks] == [UP.chunk(parcel.id, 0), UP.chunk(parcel.id, 1)]
        assert b"".join(payload for _, payload in chunks) == content
        office.tell(a_receipt(parcel.id, stage=Stage.STORED, digest=parcel.digest))
        office.tell(a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=parcel.digest))
        events = [await office.pipe.published() for _ in range(2)]
        assert premises.parcel(parcel.id).state is S.WIPED
        for topic, signed in events:
            office.tell(event_receipt(topic.rsplit("/", 1)[1], digest=digest_of(signed)))
        await office.settled()
        assert premises.desk.unsettled() == []


async def test_a_delivery_that_nobody_announced_is_found(premises: Premises) -> None:
    async with Office(premises) as office:
        office.pipe.connect()
        parcel = premises.reserved()
        premises.deliver(parcel=parcel)
        office.courier.look()
        assert (await office.pipe.published())[0] == UP.bill(parcel)


async def test_while_the_link_is_down_nothing_is_said_and_nothing_is_lost(premises: Premises) -> None:
    parcel = premises.spooled()
    async with Office(premises) as office:
        office.courier.look()
        await office.courier.read_desk(lambda: None)
        assert premises.parcel(parcel.id).state is S.SPOOLED
        office.pipe.connect()
        assert (await office.pipe.published())[0] == UP.bill(parcel.id)
        office.pipe.drop()
        office.pipe.connect()
        assert (await office.pipe.published())[0] == UP.bill(parcel.id)


async def test_central_is_reminded_with_patience_and_the_same_word_again_is_no_news(premises: Premises) -> None:
    parcel = premises.spooled()
    pauses_s: list[float] = []
    async with Office(premises) as office:
        office.pipe.connect()
        await office.pipe.published()
        for _ in range(5):
            office.tell(a_receipt(parcel.id, stage=Stage.STORED, digest=parcel.digest))
            await office.settled()
            before_s = premises.clock.seconds
            while office.pipe.nothing_more():
                premises.clock.seconds += 0.5
                office.courier.look()
                await office.rounds()
            await office.pipe.published()
            pauses_s.append(premises.clock.seconds - before_s)
    assert pauses_s == [1.0, 2.0, 4.0, 8.0, 16.0]


async def test_when_central_comes_back_everything_is_due(premises: Premises) -> None:
    parcel = premises.spooled()
    async with Office(premises) as office:
        office.pipe.connect()
        await office.pipe.published()
        office.pipe.say(UP.central_state, OFFLINE)
        await office.rounds()
        assert office.pipe.nothing_more()
        office.pipe.say(UP.central_state, ONLINE)
        await office.settled()
        # a fleet is not to come in one moment
        assert office.pipe.nothing_more()
        premises.clock.seconds += 1.0
        office.courier.look()
        assert (await office.pipe.published())[0] == UP.bill(parcel.id)


async def test_a_connection_announces_everything_once_whatever_the_broker_retains(premises: Premises) -> None:
    parcels = {premises.spooled().id for _ in range(5)}
    async with Office(premises) as office:
        for _ in range(2):
            office.pipe.connect()
            billed = [(await office.pipe.published())[0] for _ in parcels]
            assert set(billed) == {UP.bill(parcel) for parcel in parcels}
            for _ in range(2):
                office.pipe.say(UP.central_state, ONLINE)
            await office.settled()
            await office.rounds()
            assert office.pipe.nothing_more()
            office.pipe.drop()


async def test_who_is_known_to_be_there_changes_nothing_and_a_new_bridge_does(premises: Premises) -> None:
    parcel = premises.spooled()
    async with Office(premises) as office:
        office.pipe.connect()
        await office.pipe.published()
        office.pipe.say(UP.central_state, ONLINE)
        for _ in range(6):
            # asked in vain so often that the next time would be a minute away
            await office.settled()
            premises.clock.seconds += 64.0
            office.courier.look()
            await office.pipe.published()
        for since, again in ((BEGIN, False), (BEGIN + timedelta(minutes=1), True)):
            office.pipe.say(UP.central_state, CentralPresence(online=True, since=since).canonical())
            await office.settled()
            premises.clock.seconds += 1.0
            office.courier.look()
            await office.rounds()
            await office.settled()
            assert office.pipe.nothing_more() is not again
        assert (await office.pipe.published())[0] == UP.bill(parcel.id)


async def test_a_wipe_that_the_disk_did_not_do_is_tried_again_without_a_link(premises: Premises) -> None:
    parcel = premises.spooled()

    def hear_while_the_disk_fails() -> None:
        with DiskFault(os.unlink, number=errno.EIO):
            premises.hear(parcel, Stage.ACCEPTED)
        assert premises.parcel(parcel.id).state is S.WIPING

    async with Office(premises) as office:
        await office.courier.at_desk(hear_while_the_disk_fails)
        office.courier.look()
        await office.rounds()
        assert not office.courier.link_up
        assert premises.parcel(parcel.id).state is S.WIPED


async def test_presence_is_told_with_every_connection(premises: Premises) -> None:
    async with Office(premises) as office:
        for number in (1, 2):
            office.pipe.connect()
            await office.settled()
            told = [read_plain(payload, StationPresence) for _, payload in office.pipe.retained]
            will = read_plain(office.pipe.wills[-1][1], StationPresence)
            assert (told[-1].online, told[-1].connection) == (True, number)
            assert (will.online, will.connection, will.boot) == (False, number, told[0].boot)
            assert office.courier.link_up
            office.pipe.drop()
        assert {topic for topic, _ in office.pipe.retained + office.pipe.wills} == {UP.state}


GARBAGE: list[tuple[str, bytes]] = [
    (DOWN.config, b"{}"),
    (DOWN.operators, b"{}"),
    ("smilius/1/lt/vilnius-1/dn/receipt/not-an-id", b""),
    ("smilius/1/lt/kaunas-1/dn/receipt/" + "0" * 26, b""),
    # not the id of a question that the office asks to find out what was heard
    (DOWN.answer("7" * 26), b"an answer that nobody waits for"),
    *[
        (topic, payload)
        for topic in (DOWN.need("0" * 26), DOWN.receipt("0" * 26), UP.central_state)
        for payload in (
            b"",
            b"\xff\xfe",
            b"null",
            b"[" * 4000,
            b"\xd2\x84",
            bytes(70_000),
            b"\xc1\xfb\x7f\xf0" + bytes(6),
        )
    ],
    (DOWN.receipt("0" * 26), sign(b"{}", key=CENTRAL_KEY, content_type=RECEIPT_TYPE)),
    (DOWN.receipt("0" * 26), sign(b"{}", key=CENTRAL_KEY, content_type="text/plain")),
    (DOWN.receipt("0" * 26), sign(b"{}", key=FOREIGN_KEY, content_type=RECEIPT_TYPE)),
    (DOWN.receipt("0" * 26), b"\xd2\x84\x58\x10\xc1\xfb" + b"\xff" * 14),
]


async def test_whatever_comes_down_the_courier_lives(premises: Premises) -> None:
    parcel = premises.spooled()
    async with Office(premises) as office:
        office.pipe.connect()
        await office.pipe.published()
        for topic, payload in GARBAGE:
            office.pipe.say(topic, payload)
        office.need(parcel.id, OTHER_DIGEST, 0)
        office.tell(a_receipt(new_id(), stage=Stage.ACCEPTED, digest=OTHER_DIGEST))
        await office.settled()
        assert premises.parcel(parcel.id).state is S.SENDING
        office.tell(a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=parcel.digest))
        await office.settled()
        assert premises.parcel(parcel.id).state is S.WIPED


async def test_a_rotten_parcel_does_not_stop_the_others(premises: Premises) -> None:
    healthy, rotten = sorted((premises.spooled(), premises.spooled()), key=lambda parcel: parcel.id)
    (premises.root / "keys" / f"{rotten.id}.key").unlink()
    async with Office(premises) as office:
        office.pipe.connect()
        await office.pipe.published()
        await office.pipe.published()
        office.need(rotten.id, rotten.digest, 0)
        office.need(healthy.id, healthy.digest, 0)
        assert (await office.pipe.published())[0] == UP.chunk(healthy.id, 0)
        assert premises.parcel(rotten.id).trouble == "key-missing"


async def test_a_database_that_fails_ends_the_process_without_a_word_of_its_content(
    premises: Premises, caplog: pytest.LogCaptureFixture
) -> None:
    premises.spooled()
    async with Office(premises) as office:
        with premises.engine.begin() as connection:
            connection.execute(text("ALTER TABLE parcel RENAME TO secretly_renamed"))
        with caplog.at_level(logging.ERROR):
            office.pipe.connect()
            assert await office.ended() == 1
    assert "OperationalError at" in caplog.text
    assert "no such table" not in caplog.text
    with premises.engine.begin() as connection:
        connection.execute(text("ALTER TABLE secretly_renamed RENAME TO parcel"))


async def test_a_start_finishes_what_was_begun_before_the_link_is_up(premises: Premises) -> None:
    parcel, other = premises.spooled(), premises.spooled()
    _, signed = premises.signed(parcel, Stage.ACCEPTED)
    premises.store.apply(parcel.id, ParcelEvent.ACCEPTED_HEARD, at=BEGIN, receipt=(Stage.ACCEPTED, signed))
    again = premises.reopened()
    async with Office(again) as office:
        assert not office.courier.link_up
        assert again.parcel(parcel.id).state is S.WIPED
        assert again.parcel(other.id).state is S.SPOOLED
    again.close()


async def test_one_call_at_a_time_even_when_a_caller_leaves(premises: Premises) -> None:
    begun, may_end, log = threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        may_end.wait(SOON_S)
        log.append("first ended")

    async with Office(premises) as office:
        first = asyncio.get_running_loop().create_task(office.courier.at_desk(slow))
        await asyncio.to_thread(begun.wait, SOON_S)
        second = asyncio.get_running_loop().create_task(office.courier.at_desk(lambda: log.append("second")))
        first.cancel()
        await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
        assert log == []
        may_end.set()
        await second
    assert log == ["first ended", "second"]


async def test_an_end_waits_for_what_the_desk_has_in_hand(premises: Premises) -> None:
    begun, log = threading.Event(), []

    def slow() -> None:
        begun.set()
        threading.Event().wait(0.1)
        log.append("ended")

    async with Office(premises) as office:
        asking = asyncio.get_running_loop().create_task(office.courier.at_desk(slow))
        await asyncio.to_thread(begun.wait, SOON_S)
        asking.cancel()
    assert log == ["ended"]


async def test_a_change_is_noticed_at_once_and_none_in_time(premises: Premises) -> None:
    async with Office(premises) as office:
        await office.rounds()
        waiting = asyncio.get_running_loop().create_task(office.courier.change(within_s=SOON_S))
        await office.rounds()
        await office.courier.read_desk(lambda: None)
        assert not waiting.done()
        await office.courier.at_desk(lambda: None)
        async with asyncio.timeout(SOON_S / 2):
            await waiting
        await office.courier.change(within_s=0.0)


async def test_what_the_desk_refuses_reaches_the_asker(premises: Premises) -> None:
    def refuse() -> None:
        raise ValueError("not this")

    async with Office(premises) as office:
        with pytest.raises(ValueError, match="not this"):
            await office.courier.at_desk(refuse)
        await office.courier.at_desk(lambda: None)
