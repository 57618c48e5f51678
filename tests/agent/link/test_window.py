"""The window: by count for the broker, by measured rate for the line. A line is simulated by its arithmetic."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.link.window import IN_FLIGHT_MAX, Window
from agent.wire import CHUNK_BYTES


def over(rate_bytes_s: float, *, round_trip_s: float, chunks: int, receive_max: int | None = None) -> Window:
    """A window after so many chunks went over a line of this rate: each is acknowledged when it is through."""
    window = Window()
    window.begin(receive_max=receive_max)
    now_s = free_s = 0.0
    waiting: deque[tuple[int, float]] = deque()
    for number in range(chunks):
        while not window.has_room(bulk=True):
            first, now_s = waiting.popleft()
            window.settled(first, now_s=now_s)
        window.sent(number, CHUNK_BYTES, bulk=True, now_s=now_s)
        free_s = max(free_s, now_s) + CHUNK_BYTES / rate_bytes_s
        waiting.append((number, free_s + round_trip_s))
    return window


@pytest.mark.parametrize(
    ("rate_bytes_s", "chunks"), [(2_000, 1), (16_000, 1), (64_000, 2), (128_000, 4), (2_000_000, IN_FLIGHT_MAX)]
)
@pytest.mark.parametrize("round_trip_s", [0.01, 0.3])
def test_the_window_follows_the_rate(rate_bytes_s: float, chunks: int, round_trip_s: float) -> None:
    assert abs(over(rate_bytes_s, round_trip_s=round_trip_s, chunks=200).chunks - chunks) <= (chunks > 2)


def test_the_measured_rate_is_the_lines() -> None:
    measured = over(64_000, round_trip_s=0.1, chunks=40).rate_bytes_s
    assert measured is not None
    assert abs(measured - 64_000) < 3_000


def test_a_rate_outlives_its_connection_and_what_was_on_its_way_does_not() -> None:
    window = over(16_000, round_trip_s=0.1, chunks=10)
    assert not window.has_room(bulk=True)
    window.begin(receive_max=None)
    assert window.chunks == 1
    assert window.has_room(bulk=True)


def test_connections_that_end_with_chunks_on_their_way_make_it_narrower() -> None:
    window = over(500_000, round_trip_s=0.1, chunks=40)
    before = window.chunks
    for _ in range(8):
        window.begin(receive_max=None)
        window.sent(1, CHUNK_BYTES, bulk=True, now_s=0.0)
    assert (before, window.chunks) == (IN_FLIGHT_MAX, 1)
    unmeasured = Window()
    unmeasured.begin(receive_max=None)
    unmeasured.sent(1, CHUNK_BYTES, bulk=True, now_s=0.0)
    unmeasured.begin(receive_max=None)
    assert unmeasured.chunks == 1


def test_small_messages_do_not_wait_for_chunks_and_say_nothing_of_the_rate() -> None:
    window = Window()
    window.begin(receive_max=None)
    for number in range(2):
        window.sent(number, CHUNK_BYTES, bulk=True, now_s=0.0)
    assert not window.has_room(bulk=True)
    assert window.has_room(bulk=False)
    window.sent(7, 200, bulk=False, now_s=0.0)
    window.settled(7, now_s=0.5)
    assert window.rate_bytes_s is None


@given(receive_max=st.integers(1, 65_535), rate_bytes_s=st.floats(100.0, 1e9))
def test_it_is_never_more_than_the_broker_takes(receive_max: int, rate_bytes_s: float) -> None:
    window = over(rate_bytes_s, round_trip_s=0.01, chunks=40, receive_max=receive_max)
    assert 1 <= window.chunks <= min(IN_FLIGHT_MAX, receive_max)
    window.begin(receive_max=receive_max)
    sent = 0
    while window.has_room(bulk=False):
        window.sent(sent, 10, bulk=False, now_s=0.0)
        sent += 1
    assert sent == min(IN_FLIGHT_MAX, receive_max)


def test_an_answer_to_nothing_changes_nothing() -> None:
    window = Window()
    window.begin(receive_max=None)
    window.settled(7, now_s=1.0)
    assert window.rate_bytes_s is None
