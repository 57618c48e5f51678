"""vault/envelope/sign1.py: the reader of what nobody has verified yet. It reads what `sign` writes, at no cost else."""

import struct

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.envelope import SealBroken, SigningKey, sign
from vault.envelope.sign1 import HEADER_BYTES_MAX, Sign1, read_sign1

KEY = SigningKey.generate()

_scalars = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=20) | st.binary(max_size=20)
_labels = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=20)
_headers = st.dictionaries(_labels, _scalars | st.dictionaries(_labels, _scalars, max_size=4), max_size=6)


def _message(protected: bytes, payload: bytes = b"", signature: bytes = b"") -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def _refused(message: bytes) -> None:
    with pytest.raises(SealBroken) as refused:
        read_sign1(message)
    assert refused.value.sentence == "The bytes are not a signed document."


@settings(max_examples=40)
@given(_headers, st.binary(max_size=300), st.binary(max_size=70))
def test_what_an_independent_writer_wrote_is_read(
    header: dict[object, object], payload: bytes, signature: bytes
) -> None:
    message = _message(cbor2.dumps(header), payload, signature)
    assert read_sign1(message) == Sign1(header, payload, signature)


def test_what_sign_writes_is_read() -> None:
    message = sign(b"payload", key=KEY, content_type="a/b", headers={"more": {"size": 70_000, "name": "ė"}})
    read = read_sign1(message)
    assert read.payload == b"payload"
    assert read.protected == {1: -7, 4: KEY.kid.encode(), 3: "a/b", "more": {"size": 70_000, "name": "ė"}}


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_535, 65_536])
def test_payloads_of_every_length_form_are_read(size: int) -> None:
    assert len(read_sign1(_message(b"\xa0", bytes(size))).payload) == size


# every one of these is well-formed CBOR that costs a general reader dearly or makes it raise something of its own
EXPENSIVE = {
    "a decimal of a million digits": b"\xc4\x82\x00\xc2\x5a\x00\x08\x00\x00" + b"\xff" * 0x80000,
    "a float beyond any range": b"\xc5\x82\x1b\x00\x00\x00\xff\xff\xff\xff\xff\x03",
    "a fraction of nothing": b"\xd8\x1e\x82\x01\x00",
    "a pattern": b"\xd8\x23\x66(a*)*b",
    "a moment that is none": b"\xc0\x63abc",
    "a message in a message": b"\xd8\x24\x61a",
    "a list of all there is": b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
    "a map of all there is": b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff",
    "bytes without end": b"\x5f\x41a\xff",
    "a list without end": b"\x9f\x01\xff",
    "a list of itself": b"\xd8\x1c\x81\xd8\x1d\x00",
    "a thousand lists": b"\x81" * 1000 + b"\x00",
    "a thousand maps": b"\xa1\x00" * 1000 + b"\x00",
    "a thousand tags": b"\xc1" * 1000 + b"\x00",
    "a float": b"\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00",
    "nothing": b"\xf6",
    "true": b"\xf5",
    "a break": b"\xff",
}


@pytest.mark.parametrize("item", EXPENSIVE.values(), ids=EXPENSIVE.keys())
def test_expensive_items_are_refused_wherever_they_stand(item: bytes) -> None:
    string, nothing = b"\x41a", b"\x40"
    for message in (
        item,
        b"\xd2" + item,
        b"\xd2\x84" + item + b"\xa0" + nothing + nothing,
        b"\xd2\x84" + string + item + nothing + nothing,
        b"\xd2\x84\x41\xa0\xa0" + item + nothing,
        b"\xd2\x84\x41\xa0\xa0" + nothing + item,
        _message(item),
        _message(b"\xa1\x01" + item),
        _message(b"\xa1" + item + b"\x01"),
        _message(b"\xa1\x01\xa1\x01" + item),
        _message(b"\xa1\x01\xa1" + item + b"\x01"),
    ):
        _refused(message)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\x01",
        b"\x60",
        b"\x80",
        b"\xa1\x01",
        b"\xa1\x01\x01\x00",
        b"\xa2\x01\x01\x01\x02",
        b"\xa1\xa0\x01",
        b"\xa1\x01\xa1\x01\xa0",
        b"\xa1\x01\x62\xc3\x28",
    ],
    ids=["empty", "number", "text", "list", "half", "more", "twice", "map as key", "map in map in map", "not utf-8"],
)
def test_a_header_that_is_no_flat_map_is_refused(header: bytes) -> None:
    _refused(_message(header))


def test_only_the_shortest_form_of_a_length_is_read() -> None:
    payload = b"payload"
    for length in (b"\x58\x07", b"\x59\x00\x07", b"\x5a" + struct.pack(">I", 7), b"\x5b" + struct.pack(">Q", 7)):
        _refused(b"\xd2\x84\x41\xa0\xa0" + length + payload + b"\x40")
    assert read_sign1(b"\xd2\x84\x41\xa0\xa0\x47" + payload + b"\x40").payload == payload


def test_a_length_that_promises_more_than_there_is_is_refused() -> None:
    for length in (b"\x48", b"\x58\xff", b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff"):
        _refused(b"\xd2\x84\x41\xa0\xa0" + length + b"payload")


def test_a_header_is_bounded() -> None:
    def header(filling: int) -> bytes:
        return cbor2.dumps({1: bytes(filling)})

    largest = HEADER_BYTES_MAX - len(header(HEADER_BYTES_MAX)) + HEADER_BYTES_MAX
    assert len(header(largest)) == HEADER_BYTES_MAX
    assert read_sign1(_message(header(largest))).protected == {1: bytes(largest)}
    _refused(_message(header(largest + 1)))


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else_is_raised(content: bytes) -> None:
    _refused(content)
    for message in (b"\xd2\x84" + content, _message(content)):
        try:
            read_sign1(message)
        except SealBroken:
            continue
