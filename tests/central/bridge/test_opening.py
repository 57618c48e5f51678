"""The bridge's side of a real opener process: it asks, and whatever becomes of the process, it goes on."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.link import Patience
from central.bridge.frames import Ask, Deliver
from central.bridge.opening import Opening
from central.errors import CentralError, OpenerGone, OpenerHung
from central.paths import Paths
from tests.central.headquarters import Station
from tests.central.parcels import visited


def made(root: Path, *, limit_s: float = 300.0) -> Opening:
    return Opening(root, patience=Patience(60, random.Random(1)), limit_s=limit_s)


@asynccontextmanager
async def listening(opening: Opening) -> AsyncIterator[None]:
    """Started, listened to, and closed at the end."""
    await opening.start()
    async with asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(opening.listen())
        yield
        await opening.close()
        await heard


def deliver(opening: Opening, station: Station, content: bytes) -> Deliver:
    return Deliver(
        number=opening.next_number(),
        tenant="lt",
        station="vilnius-1",
        parcel="01jd0000000000000000000000",
        kind="enrolment",
        seal_public=station.seal.public.pem(),
        content=content,
    )


def ask(opening: Opening, station: Station) -> Ask:
    return Ask(
        number=opening.next_number(),
        tenant="lt",
        station="vilnius-1",
        question="01jd0000000000000000000000",
        seal_public=station.seal.public.pem(),
        content=b"nothing sealed",
    )


async def left_alone(work: Awaitable[object]) -> None:
    with pytest.raises(OpenerGone):
        await work


def pid(opening: Opening) -> int:
    assert opening._process is not None
    return opening._process.pid


async def test_many_at_once_are_answered_each_and_it_ends_when_it_is_closed(
    headquarters: Paths, station: Station
) -> None:
    opening = made(headquarters.root)
    async with listening(opening), asyncio.TaskGroup() as tasks:
        deliveries = [
            tasks.create_task(opening.deliver(deliver(opening, station, bytes(size))))
            for size in range(1, 2_000_000, 199_999)
        ]
        answers = [tasks.create_task(opening.answer(ask(opening, station))) for _ in range(20)]
        assert {(await task).result for task in deliveries} == {"unreadable"}
        assert {(await task).content for task in answers} == {None}
    assert opening._process is not None
    assert opening._process.returncode == 0


async def test_who_waits_for_an_opener_that_dies_is_told_and_the_next_one_answers(
    headquarters: Paths, station: Station
) -> None:
    opening = made(headquarters.root)
    async with listening(opening):
        assert (await opening.answer(ask(opening, station))).content is None
        first = pid(opening)
        # it holds still, so that what it is asked is not answered before it dies
        os.kill(first, signal.SIGSTOP)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(left_alone(opening.answer(ask(opening, station))))
            tasks.create_task(left_alone(opening.deliver(deliver(opening, station, b"sealed"))))
            while len(opening._waiting) < 2:
                await asyncio.to_thread(os.sched_yield)
            os.kill(first, signal.SIGKILL)
        assert (await opening.deliver(deliver(opening, station, b"sealed"))).result == "unreadable"
        assert pid(opening) != first


async def test_an_opener_that_hangs_at_a_parcel_is_ended_and_the_next_one_answers(
    headquarters: Paths, station: Station
) -> None:
    opening = made(headquarters.root, limit_s=0)
    async with listening(opening):
        assert (await opening.answer(ask(opening, station))).content is None
        first = pid(opening)
        os.kill(first, signal.SIGSTOP)
        with pytest.raises(OpenerHung):
            await opening.deliver(deliver(opening, station, visited(station).content))
        # a question has no limit, and is asked of the next one
        while pid(opening) == first:
            try:
                assert (await opening.answer(ask(opening, station))).content is None
            except OpenerGone:
                continue


async def test_an_opener_that_cannot_work_is_said(tmp_path: Path) -> None:
    opening = made(tmp_path)
    await opening.start()
    with pytest.raises(CentralError, match="cannot work"):
        await opening.listen()
    await opening.close()


async def test_what_was_never_started_can_be_closed(tmp_path: Path) -> None:
    await made(tmp_path).close()
