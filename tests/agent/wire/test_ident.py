"""agent/wire/ident.py: the alphabets of names, ids, digests and key ids, in documents and topics alike."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from ulid import ULID

from agent.wire import Name, Ulid
from agent.wire.ident import RESERVED_STATIONS, DigestText, Kid
from vault.envelope import SigningKey

NAME, ID = TypeAdapter(Name), TypeAdapter(Ulid)
DIGEST, KEY_ID = TypeAdapter(DigestText), TypeAdapter(Kid)


def _refused(adapter: TypeAdapter[str], text: object) -> None:
    with pytest.raises(ValidationError):
        adapter.validate_python(text)


@pytest.mark.parametrize("name", ["lt", "vilnius-1", "0", "a" * 40, "a--b-"])
def test_names_are_one_topic_level(name: str) -> None:
    assert NAME.validate_python(name) == name


@pytest.mark.parametrize(
    "name", ["", "-a", "a" * 41, "A", "a_b", "a b", "a/b", "a+", "#", "ė", "a\n", "\na", "a\0", "a.b", "٣", 1, None]
)
def test_what_a_topic_level_cannot_be_is_no_name(name: object) -> None:
    _refused(NAME, name)


@given(st.integers(0, 2**128 - 1))
def test_every_ulid_in_lower_case_is_an_id(value: int) -> None:
    text = str(ULID.from_int(value)).lower()
    assert ID.validate_python(text) == text
    if text != text.upper():
        _refused(ID, text.upper())


@pytest.mark.parametrize(
    "text",
    ["", "0" * 25, "0" * 27, "8" + "0" * 25, *("0" * 25 + letter for letter in "iloulI-/\n"), "0" * 26 + "\n", None],
)
def test_what_is_no_ulid_is_no_id(text: object) -> None:
    _refused(ID, text)


def test_digests_and_key_ids_are_lower_case_hex_of_their_length() -> None:
    digest = hashlib.sha256(b"content").hexdigest()
    assert DIGEST.validate_python(digest) == digest
    kid = SigningKey.generate().kid
    assert KEY_ID.validate_python(kid) == kid
    for adapter, good in ((DIGEST, digest), (KEY_ID, kid)):
        for wrong in ("", good[:-1], good + "0", "g" + good[1:], "A" + good[1:], good + "\n"):
            _refused(adapter, wrong)


def test_no_station_may_be_called_like_a_part_of_the_grammar() -> None:
    assert frozenset({"central", "claim"}) == RESERVED_STATIONS
    # they are names as far as the alphabet goes, so that whoever gives names has to look
    assert [NAME.validate_python(name) for name in sorted(RESERVED_STATIONS)] == ["central", "claim"]
