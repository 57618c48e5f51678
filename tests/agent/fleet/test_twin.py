"""The twin: what it is drawn from, and that the broker has the newest one."""

import asyncio
from datetime import timedelta

import pytest

from agent.courier.machine import ParcelState
from agent.fleet.twin import Gallery, rounded_down, same
from agent.fleet.word import SILENT_S
from agent.wire import Stage, Twin, read_signed
from tests.agent.courier.office import SOON_S, Office
from tests.agent.courier.premises import BEGIN, LINK_KEY, OTHER_DIGEST, Premises
from tests.agent.fleet.pictures import TOPIC, WORD, gallery, painter, twin
from vault.envelope import Pinned


def read(signed: bytes) -> Twin:
    return read_signed(signed, Twin, pinned=Pinned([LINK_KEY.public]))


def test_it_says_what_waits_and_since_when(premises: Premises) -> None:
    painted = painter(premises, [])
    assert painted.draw().queue.model_dump() == {"waiting": 0, "quarantined": 0, "dwelling": 0, "oldest": None}
    first = premises.spooled()
    premises.clock.seconds += 600
    second = premises.spooled()
    queue = painted.draw().queue
    assert (queue.waiting, queue.quarantined) == (2, 0)
    assert queue.oldest is not None
    assert queue.oldest - BEGIN < timedelta(seconds=1)
    premises.hear(second, Stage.STORED, digest=OTHER_DIGEST)
    assert premises.parcel(second.id).state is ParcelState.QUARANTINED
    premises.hear(first, Stage.ACCEPTED)
    queue = painted.draw().queue
    assert (queue.waiting, queue.quarantined) == (1, 1)


def test_the_stations_word_is_forgotten_when_it_is_not_said_again(premises: Premises) -> None:
    painted = painter(premises, ["disk-full", "disk-full"])
    assert painted.draw().word is None
    painted.hear(WORD)
    drawn = painted.draw()
    assert (drawn.word, drawn.warnings) == (WORD, ("disk-full",))
    premises.clock.seconds += SILENT_S + 1
    assert painted.draw().word is None
    assert read(painted.sign(drawn)) == drawn


def test_twins_are_compared_by_what_they_say() -> None:
    assert same(twin(), twin(number=2))
    assert not same(twin(), twin(warnings=()))


@pytest.mark.parametrize(("free", "told"), [(0, 0), (15, 15), (17, 16), (1023, 960), (5 << 30, 5 << 30)])
def test_space_is_rounded_down(free: int, told: int) -> None:
    assert rounded_down(free) == told


class Hanging:
    """A courier's office with a gallery; what hangs at the broker is in its pipe."""

    def __init__(self, premises: Premises, warnings: list[str]) -> None:
        self.office = Office(premises)
        self.gallery: Gallery = gallery(self.office.courier, painter(premises, warnings))
        self.office.courier.connected = self.gallery.look

    async def __aenter__(self) -> "Hanging":
        self.office.supervisor.must_live("twin", self.gallery.run())
        await self.office.__aenter__()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.office.__aexit__()

    async def twins(self, count: int) -> list[Twin]:
        """As soon as so many were left at the broker."""
        async with asyncio.timeout(SOON_S):
            while (
                len(found := [read(payload) for topic, payload in self.office.pipe.retained if topic == TOPIC]) < count
            ):
                await self.office.rounds()
        return found


async def test_it_hangs_after_every_connection_and_whenever_it_has_changed(premises: Premises) -> None:
    warnings: list[str] = []
    async with Hanging(premises, warnings) as hanging:
        assert hanging.office.pipe.retained == []
        hanging.office.pipe.connect()
        (first,) = await hanging.twins(1)
        assert (first.word, first.queue.waiting) == (None, 0)
        await hanging.gallery.hear(WORD)
        assert (await hanging.twins(2))[1].word == WORD
        # nothing new: nothing is left
        hanging.gallery.look()
        await hanging.office.settled()
        warnings.append("disk-full")
        hanging.gallery.look()
        third = (await hanging.twins(3))[2]
        assert third.warnings == ("disk-full",)
        hanging.office.pipe.drop()
        hanging.office.pipe.connect()
        again = await hanging.twins(4)
        assert len(again) == 4, "a broker may have forgotten"
        assert same(again[3], third)
        assert [one.number for one in again] == sorted({one.number for one in again})


async def test_what_cannot_be_read_now_is_drawn_later(premises: Premises) -> None:
    async with Hanging(premises, []) as hanging:
        kept = premises.root / "spool" / "kept"
        kept.rename(premises.root / "away")
        hanging.office.pipe.connect()
        await hanging.office.settled()
        assert not [topic for topic, _ in hanging.office.pipe.retained if topic == TOPIC]
        (premises.root / "away").rename(kept)
        hanging.gallery.look()
        assert len(await hanging.twins(1)) == 1
