"""The token bucket: never more than rate and burst allow, and nothing left unused."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.courier.bucket import Bucket
from agent.wire import CHUNK_BYTES
from tests.agent.courier.office import UP, Office
from tests.agent.courier.premises import Premises


@given(
    rate=st.integers(1, 10**6),
    burst=st.integers(1, 10**6),
    sizes=st.lists(st.integers(1, 70_000), min_size=1, max_size=40),
)
def test_over_any_time_no_more_goes_than_is_allowed(rate: int, burst: int, sizes: list[int]) -> None:
    bucket, now_s, sent = Bucket(rate, burst_bytes=burst), 0.0, 0
    for size in sizes:
        now_s += bucket.wait_s(now_s=now_s)
        now_s += 1e-6
        assert bucket.wait_s(now_s=now_s) == 0.0
        # what goes may overdraw by itself alone
        assert sent <= rate * now_s + burst + 1
        bucket.spend(size, now_s=now_s)
        sent += size
    assert now_s <= (sum(sizes[:-1]) + len(sizes)) / rate + 1e-4, "nobody waits for longer than he must"


def test_without_a_rate_nobody_waits() -> None:
    bucket = Bucket(0, burst_bytes=1)
    bucket.spend(10**9, now_s=0.0)
    assert bucket.wait_s(now_s=0.0) == 0.0


def test_what_was_not_used_is_kept_up_to_the_burst_only() -> None:
    bucket = Bucket(1000, burst_bytes=5000)
    bucket.spend(5000, now_s=0.0)
    assert bucket.wait_s(now_s=0.0) == pytest.approx(0.001)
    bucket.spend(4000, now_s=3600.0)
    assert bucket.wait_s(now_s=3600.0) == 0.0
    bucket.spend(3000, now_s=3600.0)
    assert bucket.wait_s(now_s=3600.0) == pytest.approx(2.001)


def test_a_clock_that_stands_or_goes_back_gives_nothing() -> None:
    bucket = Bucket(1000, burst_bytes=1)
    bucket.spend(1000, now_s=10.0)
    assert [bucket.wait_s(now_s=at_s) for at_s in (9.0, 10.0, 9.0)] == pytest.approx([1.0, 1.0, 1.0])


async def test_chunks_wait_for_it_and_a_question_does_not(premises: Premises) -> None:
    parcel = premises.spooled(os.urandom(2 * CHUNK_BYTES))
    # a chunk is an hour of it
    async with Office(premises, bucket=Bucket(CHUNK_BYTES // 3600, burst_bytes=10_000)) as office:
        office.pipe.connect()
        assert (await office.pipe.published())[0] == UP.bill(parcel.id)
        office.need(parcel.id, parcel.digest, 0, 1)
        assert (await office.pipe.published())[0] == UP.chunk(parcel.id, 0), "the burst pays for its beginning"
        # each of its questions comes through
        await office.settled()
        assert office.pipe.nothing_more()
