"""The bridge's side of a real opener process. That its death is noticed is in `test_bridge`."""

import asyncio
from pathlib import Path

from central.bridge.frames import Ask, Deliver
from central.bridge.opening import Opening
from central.paths import Paths
from tests.central.headquarters import Station


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


async def test_many_at_once_are_answered_each_and_it_ends_when_it_is_closed(
    headquarters: Paths, station: Station
) -> None:
    opening = Opening(headquarters.root)
    await opening.start()
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(opening.listen())
        deliveries = [
            tasks.create_task(opening.deliver(deliver(opening, station, bytes(size))))
            for size in range(1, 2_000_000, 199_999)
        ]
        answers = [tasks.create_task(opening.answer(ask(opening, station))) for _ in range(20)]
        assert {(await task).result for task in deliveries} == {"unreadable"}
        assert {(await task).content for task in answers} == {None}
        await opening.close()
        await listening
    assert opening._process is not None
    assert opening._process.returncode == 0


async def test_what_was_never_started_can_be_closed(tmp_path: Path) -> None:
    await Opening(tmp_path).close()
