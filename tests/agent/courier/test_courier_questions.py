"""Questions: answered, expired, asked twice; nothing of them stays."""

import asyncio

from tests.agent.courier.office import DOWN, SOON_S, UP, Office
from tests.agent.courier.premises import Premises, new_id


def ask(office: Office, question: str, *, sealed: bytes = b"?", within_s: float = SOON_S) -> asyncio.Task[bytes | None]:
    asking = office.courier.question(question, sealed, within_s=within_s)
    return asyncio.get_running_loop().create_task(asking)


async def test_an_answer_reaches_its_asker_only(premises: Premises) -> None:
    async with Office(premises) as office:
        office.pipe.connect()
        one, two = new_id(), new_id()
        first, second = ask(office, one, sealed=b"1?"), ask(office, two, sealed=b"2?")
        await office.settled()
        assert {(UP.ask(one), b"1?"), (UP.ask(two), b"2?")} <= set(office.pipe.asked)
        office.pipe.say(DOWN.answer(two), b"2!")
        assert await second == b"2!"
        assert not first.done()
        office.pipe.say(DOWN.answer(one), b"1!")
        assert await first == b"1!"


async def test_who_asks_again_shares_the_answer(premises: Premises) -> None:
    async with Office(premises) as office:
        office.pipe.connect()
        question = new_id()
        first, second = ask(office, question), ask(office, question)
        await office.settled()
        office.pipe.say(DOWN.answer(question), b"!")
        office.pipe.say(DOWN.answer(question), b"! again")
        assert (await first, await second) == (b"!", b"!")


async def test_one_asker_may_leave_and_the_other_still_hears(premises: Premises) -> None:
    async with Office(premises) as office:
        office.pipe.connect()
        question = new_id()
        first, second = ask(office, question), ask(office, question)
        await office.settled()
        first.cancel()
        await asyncio.wait({first})
        office.pipe.say(DOWN.answer(question), b"!")
        assert await second == b"!"


async def test_nobody_answers(premises: Premises) -> None:
    async with Office(premises) as office:
        office.pipe.connect()
        question = new_id()
        assert await ask(office, question, within_s=0.05) is None
        # the answer that comes now is for nobody, and the same question may be asked anew
        office.pipe.say(DOWN.answer(question), b"too late")
        await office.settled()
        again = ask(office, question)
        await office.settled()
        office.pipe.say(DOWN.answer(question), b"!")
        assert await again == b"!"


async def test_without_a_link_nobody_answers_either(premises: Premises) -> None:
    async with Office(premises) as office:
        assert await ask(office, new_id(), within_s=0.05) is None
        assert office.pipe.asked == []


async def test_a_question_overtakes_the_chunks_that_wait(premises: Premises) -> None:
    parcel = premises.spooled(bytes(400_000))
    async with Office(premises) as office:
        office.pipe.connect()
        await office.pipe.published()
        office.pipe.blocked.clear()
        office.need(parcel.id, parcel.digest, *range(7))
        await office.settled()
        question = new_id()
        asking = ask(office, question)
        await asyncio.wait({asking}, timeout=0)
        office.pipe.blocked.set()
        # one message was on its way already; the question is the next
        assert (await office.pipe.published())[0] == UP.chunk(parcel.id, 0)
        await office.pipe.published()
        assert (UP.ask(question), b"?") in office.pipe.asked
        office.pipe.say(DOWN.answer(question), b"!")
        assert await asking == b"!"
