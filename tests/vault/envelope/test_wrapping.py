"""vault/envelope/wrapping.py: on the disk a parcel opens with its own key, under its own id, whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.station import OTHER_PARCEL, PARCEL
from vault.envelope import WRAP_KEY_BYTES, WRAPPING_BYTES, Sealed, new_wrap_key, unwrap, wrap
from vault.errors import SpoolDamaged

KEY = new_wrap_key()
SEALED = Sealed(b"sealed content of a parcel")
WRAPPED = wrap(SEALED, key=KEY, parcel=PARCEL)


def _refused(content: bytes, *, key: bytes = KEY) -> str:
    with pytest.raises(SpoolDamaged) as damaged:
        unwrap(content, key=key, parcel=PARCEL)
    return damaged.value.sentence


@given(st.binary(max_size=2000))
def test_what_was_wrapped_unwraps_to_the_same_digest(content: bytes) -> None:
    sealed = Sealed(content)
    wrapped = wrap(sealed, key=KEY, parcel=PARCEL)
    unwrapped = unwrap(wrapped, key=KEY, parcel=PARCEL)
    assert (unwrapped.content, unwrapped.digest) == (content, sealed.digest)
    assert len(wrapped) == len(content) + WRAPPING_BYTES


def test_keys_are_random_and_long_enough_for_aes_256() -> None:
    assert len(KEY) == WRAP_KEY_BYTES == 32
    assert new_wrap_key() != new_wrap_key()


def test_the_file_says_what_it_is_and_nothing_of_what_is_in_it() -> None:
    assert WRAPPED.startswith(b"SMILIUS1")
    assert b"sealed" not in WRAPPED
    assert PARCEL.encode() not in WRAPPED
    # the same content never gives the same file: the nonce is new
    again = wrap(SEALED, key=KEY, parcel=PARCEL)
    assert (WRAPPED[8:20] != again[8:20], WRAPPED[20:] != again[20:]) == (True, True)


def test_another_key_does_not_open_it() -> None:
    assert _refused(WRAPPED, key=new_wrap_key()) == "The parcel's file was changed or torn."


@pytest.mark.parametrize("size", [0, 15, 31, 33])
def test_a_key_of_another_size_does_not_open_it(size: int) -> None:
    _refused(WRAPPED, key=bytes(size))


def test_another_parcels_file_does_not_open() -> None:
    _refused(wrap(SEALED, key=KEY, parcel=OTHER_PARCEL))


@pytest.mark.parametrize(
    "content",
    [b"", b"SMILIUS", b"SMILIUS2" + WRAPPED[8:], b"PK\x03\x04" + bytes(100)],
    ids=["empty", "short", "another version", "zip"],
)
def test_what_does_not_begin_as_a_parcel_is_refused(content: bytes) -> None:
    assert _refused(content) == "The parcel's file does not begin as one."


@settings(max_examples=len(WRAPPED))
@given(st.integers(0, len(WRAPPED) - 1))
def test_a_torn_file_is_refused(size: int) -> None:
    _refused(WRAPPED[:size])
    _refused(WRAPPED[:size] + bytes(len(WRAPPED) - size) if any(WRAPPED[size:]) else b"")


@given(st.integers(0, len(WRAPPED) - 1), st.integers(0, 7))
def test_no_bit_can_be_changed(position: int, bit: int) -> None:
    changed = bytearray(WRAPPED)
    changed[position] ^= 1 << bit
    _refused(bytes(changed))


@given(st.binary(min_size=1, max_size=20))
def test_nothing_can_follow(more: bytes) -> None:
    _refused(WRAPPED + more)
