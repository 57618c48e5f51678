"""Valid bytes, and what may become of them on the way."""

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st

SETTINGS = settings(max_examples=150, deadline=500, database=None, derandomize=True)


@st.composite
def _flipped(draw: st.DrawFn, valid: bytes) -> bytes:
    changed = bytearray(valid)
    for bit in draw(st.lists(st.integers(0, len(valid) * 8 - 1), min_size=1, max_size=8)):
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@st.composite
def _overwritten(draw: st.DrawFn, valid: bytes) -> bytes:
    start = draw(st.integers(0, len(valid)))
    removed = draw(st.integers(0, 40))
    return valid[:start] + draw(st.binary(max_size=40)) + valid[start + removed :]


def damaged(valid: bytes) -> st.SearchStrategy[bytes]:
    """Random bytes, truncations, flipped bits, and stretches replaced, cut out or put in."""
    return st.one_of(
        st.binary(max_size=300),
        st.integers(0, len(valid)).map(lambda end: valid[:end]),
        st.binary(min_size=1, max_size=40).map(lambda more: valid + more),
        _flipped(valid),
        _overwritten(valid),
    )


def outcome(read: Callable[[bytes], object], data: bytes, *, error: type[Exception]) -> object | None:
    """What the reader gives, None for a typed error; every other exception fails the test."""
    try:
        return read(data)
    except error:
        return None
