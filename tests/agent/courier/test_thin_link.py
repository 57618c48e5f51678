"""Over bad lines: a parcel arrives whole, little is sent twice, and a question does not wait for chunks."""

import asyncio
import random
from pathlib import Path

import pytest

from agent.link import Link
from agent.wire import CHUNK_BYTES, StationTopics
from tests.agent.broker import STATION, TENANT, Broker, quick_patience
from tests.agent.courier.counterpart import Counterpart
from tests.agent.courier.office import Office
from tests.agent.courier.premises import Premises
from tests.agent.line import Line, Manner
from tests.agent.meddler import Meddler, Mischief

HERE = f"{TENANT}/{STATION}"
UP = StationTopics(TENANT, STATION)
MIB = 1 << 20

THIN = Manner(bytes_per_s=64_000, cut_after_bytes=640_000)
"""64 kB/s, cut every ten seconds."""


def office_over(broker: Broker, premises: Premises, *, port: int) -> Office:
    topics = (*UP.from_central, UP.central_state)
    return Office(premises, link=Link(broker.address(HERE, port=port), topics=topics, patience=quick_patience()))


async def test_a_mebibyte_over_a_thin_line_costs_little_more_than_its_bytes(broker: Broker, tmp_path: Path) -> None:
    counterpart, question = Counterpart(tmp_path, broker), "0" * 26
    premises = counterpart.premises(tmp_path / "premises")
    parcel = premises.spooled(random.Random(7).randbytes(MIB))
    async with (
        counterpart,
        Line(broker.port, THIN) as line,
        office_over(broker, premises, port=line.port) as office,
    ):
        await counterpart.heard(UP.chunk(parcel.id, 4))
        asking = asyncio.get_running_loop().create_task(office.courier.question(question, b"?", within_s=3600.0))
        await counterpart.heard(UP.ask(question))
        await counterpart.has(parcel.id)
        sent_bytes = line.up_bytes
        asking.cancel()
        await asyncio.wait({asking})
    premises.close()
    assert line.connections >= 2
    assert sent_bytes <= 1.1 * MIB
    # the line is narrow, and what is on its way before the question is two seconds of it: one or two chunks
    asked = counterpart.topics.index(UP.ask(question))
    assert asked - counterpart.topics.index(UP.chunk(parcel.id, 4)) <= 4
    assert len([topic for topic in counterpart.topics if topic == UP.bill(parcel.id)]) <= 2 * line.connections


@pytest.mark.parametrize("mischief", [Mischief(doubles=True), Mischief(reorders=True)], ids=["doubles", "reorders"])
async def test_what_comes_twice_or_in_another_order_is_stored_once_and_whole(
    broker: Broker, tmp_path: Path, mischief: Mischief
) -> None:
    counterpart = Counterpart(tmp_path, broker)
    premises = counterpart.premises(tmp_path / "premises")
    parcels = [premises.spooled(random.Random(size).randbytes(size)) for size in (10, 5 * CHUNK_BYTES + 1)]
    meddler = Meddler(mischief, front=broker.server_tls(), back=broker.tls(HERE), broker_port=broker.port)
    async with counterpart, meddler, office_over(broker, premises, port=meddler.port):
        for parcel in parcels:
            await counterpart.has(parcel.id)
    premises.close()
    assert meddler.doubled > 0 or meddler.reordered > 0


async def test_a_slow_line_is_filled_all_the_same(broker: Broker, tmp_path: Path) -> None:
    counterpart = Counterpart(tmp_path, broker)
    premises = counterpart.premises(tmp_path / "premises")
    parcel = premises.spooled(random.Random(7).randbytes(2 * MIB))
    async with (
        counterpart,
        Line(broker.port, Manner(delay_s=0.05)) as line,
        office_over(broker, premises, port=line.port) as office,
    ):
        await counterpart.has(parcel.id)
        figures = office.courier.link_figures()
    premises.close()
    rate = figures["rate_bytes_s"]
    # one chunk a round trip would be less than 656 kB/s
    assert isinstance(rate, int)
    assert rate > CHUNK_BYTES
    assert line.up_bytes < 1.05 * 2 * MIB
