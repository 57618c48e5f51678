"""Whose access has ended opens no visit, and decides and sees nothing more in the one that runs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.errors import Refused
from agent.visit.event import Cancelled
from tests.agent.visit.seat import Seat, seated


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async with seated(tmp_path) as ready:
        yield ready


async def test_access_that_ends_ends_at_once(seat: Seat) -> None:
    visit = await seat.open()
    await seat.chair.look(visit, uid=0)
    seat.access["op-7"] = Refused("operator-revoked", "Headquarters has ended this operator's access.")
    with pytest.raises(Refused, match="ended this operator"):
        seat.chair.decide(visit, Cancelled("operator"))
    with pytest.raises(Refused, match="ended this operator"):
        await seat.chair.look(visit, uid=0)
    del seat.access["op-7"]
    seat.chair.decide(visit, Cancelled("operator"))
    await seat.settled(visit)
    seat.access["op-7"] = Refused("operator-unknown", "Headquarters knows no such operator at this station.")
    with pytest.raises(Refused, match="no such operator"):
        await seat.open()
    del seat.access["op-7"]
    assert await seat.open() != visit, "nothing of the chair was taken"
