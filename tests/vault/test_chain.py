"""vault/chain.py: one change, removal, insertion or exchange anywhere is noticed, and at the right line."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.chain import EMPTY, GENESIS, Head, digest_after, follow
from vault.errors import ChainBroken
from vault.labels import Digest

Line = tuple[int, bytes, str]

bodies = st.lists(st.binary(max_size=40), min_size=1, max_size=30)


def _chain(contents: list[bytes]) -> list[Line]:
    lines: list[Line] = []
    previous = GENESIS
    for number, body in enumerate(contents, start=1):
        previous = digest_after(previous, body)
        lines.append((number, body, previous))
    return lines


def _broken_at(lines: list[Line]) -> int:
    with pytest.raises(ChainBroken) as broken:
        follow(lines)
    return broken.value.number


def test_the_first_digests_are_these() -> None:
    first = hashlib.sha256(b"0" * 64 + b"one").hexdigest()
    assert digest_after(GENESIS, b"one") == first
    assert digest_after(Digest(first), b"two") == hashlib.sha256(first.encode() + b"two").hexdigest()


def test_a_chain_without_lines_is_whole() -> None:
    assert follow([]) == EMPTY == Head(0, GENESIS)


@given(bodies)
def test_a_whole_chain_gives_its_head(contents: list[bytes]) -> None:
    lines = _chain(contents)
    assert follow(iter(lines)) == Head(len(lines), Digest(lines[-1][2]))


@given(bodies, st.data())
def test_a_chain_is_followed_from_any_line(contents: list[bytes], data: st.DataObject) -> None:
    lines = _chain(contents)
    at = data.draw(st.integers(0, len(lines)))
    head = follow(lines[:at])
    assert follow(lines[at:], start=head) == follow(lines)


@given(bodies, st.data())
def test_a_changed_body_is_noticed_at_its_line(contents: list[bytes], data: st.DataObject) -> None:
    lines = _chain(contents)
    at = data.draw(st.integers(0, len(lines) - 1))
    number, body, digest = lines[at]
    other = data.draw(st.binary(max_size=40).filter(lambda other: other != body))
    assert _broken_at([*lines[:at], (number, other, digest), *lines[at + 1 :]]) == number


@given(bodies, st.data())
def test_a_changed_digest_is_noticed_at_its_line(contents: list[bytes], data: st.DataObject) -> None:
    lines = _chain(contents)
    at = data.draw(st.integers(0, len(lines) - 1))
    number, body, digest = lines[at]
    place = data.draw(st.integers(0, 63))
    changed = digest[:place] + ("0" if digest[place] != "0" else "1") + digest[place + 1 :]
    assert _broken_at([*lines[:at], (number, body, changed), *lines[at + 1 :]]) == number


@given(bodies, st.data())
def test_a_changed_body_with_its_digest_made_to_fit_is_noticed_at_the_next_line(
    contents: list[bytes], data: st.DataObject
) -> None:
    lines = _chain([*contents, b"last"])
    at = data.draw(st.integers(0, len(lines) - 2))
    number, body, _ = lines[at]
    previous = Digest(lines[at - 1][2]) if at else GENESIS
    forged = (number, body + b"!", digest_after(previous, body + b"!"))
    assert _broken_at([*lines[:at], forged, *lines[at + 1 :]]) == number + 1


@given(bodies, st.data(), st.integers(-100, 100).filter(bool))
def test_a_line_under_another_number_is_noticed(contents: list[bytes], data: st.DataObject, by: int) -> None:
    lines = _chain(contents)
    at = data.draw(st.integers(0, len(lines) - 1))
    number, body, digest = lines[at]
    assert _broken_at([*lines[:at], (number + by, body, digest), *lines[at + 1 :]]) == number


@given(bodies, st.data(), st.booleans())
def test_a_line_that_was_taken_out_is_noticed_there(
    contents: list[bytes], data: st.DataObject, renumbered: bool
) -> None:
    lines = _chain([*contents, b"last"])
    at = data.draw(st.integers(0, len(lines) - 2))
    rest = [(number - renumbered, body, digest) for number, body, digest in lines[at + 1 :]]
    assert _broken_at([*lines[:at], *rest]) == at + 1


@given(bodies, st.data(), st.booleans())
def test_a_line_that_was_put_in_is_noticed_there_or_right_after(
    contents: list[bytes], data: st.DataObject, fits: bool
) -> None:
    lines = _chain(contents)
    at = data.draw(st.integers(0, len(lines) - 1))
    body = data.draw(st.binary(max_size=40))
    previous = Digest(lines[at - 1][2]) if at else GENESIS
    forged = (at + 1, body, digest_after(previous, body) if fits else "f" * 64)
    rest = [(number + 1, body, digest) for number, body, digest in lines[at:]]
    assert _broken_at([*lines[:at], forged, *rest]) == (at + 2 if fits else at + 1)


@given(bodies, st.data(), st.booleans())
def test_two_lines_that_changed_places_are_noticed_at_the_first(
    contents: list[bytes], data: st.DataObject, renumbered: bool
) -> None:
    lines = _chain([*contents, b"last"])
    one, two = sorted(data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=2, max_size=2, unique=True)))
    swapped = list(lines)
    swapped[one], swapped[two] = lines[two], lines[one]
    if renumbered:
        swapped = [(number, body, digest) for number, (_, body, digest) in enumerate(swapped, start=1)]
    assert _broken_at(swapped) == one + 1


@given(bodies, st.data())
def test_a_tail_that_was_cut_off_shows_in_the_head_only(contents: list[bytes], data: st.DataObject) -> None:
    lines = _chain(contents)
    left = data.draw(st.integers(0, len(lines) - 1))
    assert follow(lines[:left]) != follow(lines)
    assert follow(lines[:left]).number == left
