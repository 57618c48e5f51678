"""What waits for the link: bounded, by rank and in order, and nothing twice."""

import asyncio

from agent.courier.post import Outgoing, Rank
from agent.courier.tray import BULK, EXPRESS, WAITING_MAX, Tray
from tests.agent.courier.premises import new_id


def message(name: str, rank: Rank = Rank.WORD, payload: bytes = b"") -> Outgoing:
    return Outgoing(name, payload, rank)


async def taken(tray: Tray, ranks: tuple[Rank, ...], count: int) -> list[str]:
    return [(await tray.take(ranks)).topic for _ in range(count)]


async def test_messages_of_a_rank_leave_in_their_order() -> None:
    tray = Tray()
    for name in "abc":
        tray.put(message(name))
    assert await taken(tray, EXPRESS, 3) == ["a", "b", "c"]


async def test_ranks_go_before_each_other_whenever_they_came() -> None:
    tray = Tray()
    for rank in sorted(Rank, reverse=True):
        tray.put(message(f"{rank.name} 1", rank))
        tray.put(message(f"{rank.name} 2", rank))
    assert await taken(tray, EXPRESS, 4) == ["QUESTION 1", "QUESTION 2", "WORD 1", "WORD 2"]
    assert await taken(tray, BULK, 6) == ["BILL 1", "BILL 2", "CHUNK 1", "CHUNK 2", "REMINDER 1", "REMINDER 2"]


async def test_what_is_said_again_while_it_waits_is_sent_once_and_as_it_was_said_last() -> None:
    tray = Tray()
    for payload in (b"old", b"new"):
        tray.put(message("a", Rank.BILL, payload))
        tray.put(message("b", Rank.BILL))
    first = await tray.take(BULK)
    assert (first.topic, first.payload) == ("a", b"new")
    assert await taken(tray, BULK, 1) == ["b"]
    assert sum(tray.waiting(rank) for rank in Rank) == 0


async def test_a_full_rank_takes_no_more_and_every_question_finds_room() -> None:
    tray = Tray()
    for rank in (Rank.REMINDER, Rank.QUESTION):
        for number in range(WAITING_MAX + 10):
            tray.put(message(f"{rank.name} {number}", rank))
    tray.put(message("a new parcel", Rank.BILL))
    assert (tray.waiting(Rank.REMINDER), tray.waiting(Rank.QUESTION)) == (WAITING_MAX, WAITING_MAX + 10)
    assert await taken(tray, BULK, 2) == ["a new parcel", "REMINDER 0"]


async def test_a_parcels_chunks_are_dropped_and_no_others() -> None:
    tray, ours, other = Tray(), new_id(), new_id()
    for parcel in (ours, other):
        tray.put(Outgoing(f"{parcel}/0", b"", Rank.CHUNK, parcel))
    tray.drop(ours)
    assert await taken(tray, BULK, 1) == [f"{other}/0"]
    assert tray.waiting(Rank.CHUNK) == 0


async def test_only_questions_outlive_the_connection() -> None:
    tray = Tray()
    for rank in Rank:
        tray.put(message(rank.name, rank))
    tray.clear()
    assert await taken(tray, EXPRESS, 1) == ["QUESTION"]
    assert sum(tray.waiting(rank) for rank in Rank) == 0


async def test_whoever_waits_for_one_kind_is_not_given_the_other() -> None:
    tray = Tray()
    waiting = asyncio.get_running_loop().create_task(tray.take(EXPRESS))
    await asyncio.wait({waiting}, timeout=0)
    tray.put(message("chunk", Rank.CHUNK))
    await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()
    tray.put(message("word"))
    assert (await waiting).topic == "word"
    assert await taken(tray, BULK, 1) == ["chunk"]
