"""vault/envelope/signing.py: what a pinned key signed as this sort of document is believed, and nothing else."""

from typing import Any

import cbor2
import pytest
from cwt import COSE
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.envelope.message import assembled, parts, signed_again
from vault.envelope import Pinned, SealBroken, SigningKey, content_type_of, sign, verify

KEY, OTHER = SigningKey.generate(), SigningKey.generate()
PINNED = Pinned([KEY.public])
SORT = "application/x.smilius.bill+json; v=1"
SIGNED = sign(b"payload", key=KEY, content_type=SORT, headers={"recipient": "0123456789abcdef"})


def _refusal(message: bytes, *, pinned: Pinned = PINNED, sort: str = SORT) -> str:
    with pytest.raises(SealBroken) as refused:
        verify(message, pinned=pinned, content_type=sort)
    return refused.value.sentence


@given(st.binary(max_size=300), st.text(min_size=1, max_size=60))
def test_what_was_signed_verifies(payload: bytes, sort: str) -> None:
    signed = sign(payload, key=KEY, content_type=sort)
    assert verify(signed, pinned=PINNED, content_type=sort) == (payload, {})
    assert content_type_of(signed) == sort


def test_text_labelled_entries_come_back_verified() -> None:
    assert verify(SIGNED, pinned=PINNED, content_type=SORT) == (b"payload", {"recipient": "0123456789abcdef"})


def test_an_independent_reader_verifies_it_too() -> None:
    assert COSE.new().decode(SIGNED, KEY.public.cose) == b"payload"
    protected, unprotected, payload, signature = parts(SIGNED)
    assert protected == {1: -7, 3: SORT, 4: KEY.kid.encode(), "recipient": "0123456789abcdef"}
    assert (unprotected, payload, len(signature)) == ({}, b"payload", 64)


def test_several_keys_may_be_pinned() -> None:
    pinned = Pinned([OTHER.public, KEY.public])
    for key in (KEY, OTHER):
        assert verify(sign(b"", key=key, content_type=SORT), pinned=pinned, content_type=SORT) == (b"", {})


def test_a_document_of_one_sort_is_never_read_as_another() -> None:
    for sort in ("application/x.smilius.receipt+json; v=1", SORT.upper(), SORT + " ", ""):
        assert _refusal(SIGNED, sort=sort) == "The signed document is of another kind than expected."


def test_a_key_that_is_not_pinned_is_not_believed() -> None:
    assert _refusal(sign(b"", key=OTHER, content_type=SORT)) == (
        "The signature was made with a key that is not trusted here."
    )
    assert _refusal(SIGNED, pinned=Pinned([])).endswith("not trusted here.")


def test_a_pinned_keys_name_under_anothers_signature_is_not_believed() -> None:
    protected, _, payload, _ = parts(sign(b"payload", key=OTHER, content_type=SORT))
    forged = signed_again({**protected, 4: KEY.kid.encode()}, payload, OTHER)
    assert _refusal(forged) == "The signature does not fit the document."


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        (1, -35, "another kind"),
        (1, None, "another kind"),
        (3, "application/x.smilius.receipt+json; v=1", "another kind"),
        (3, 42, "another kind"),
        (3, None, "another kind"),
        (4, "text", "does not name its key"),
        (4, None, "does not name its key"),
        (4, b"", "not trusted here"),
        (4, b"\xff\xfe", "not trusted here"),
        (4, b"0" * 16, "not trusted here"),
        ("recipient", "other", "does not fit"),
        ("more", 1, "does not fit"),
    ],
)
def test_a_header_that_was_changed_is_refused(label: int | str, value: object, sentence: str) -> None:
    protected, unprotected, payload, signature = parts(SIGNED)
    changed: dict[Any, Any] = {**protected, label: value}
    if value is None:
        del changed[label]
    assert sentence in _refusal(assembled(changed, unprotected, payload, signature))


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64])
def test_a_signature_that_is_none_is_refused(signature: bytes) -> None:
    protected, unprotected, payload, _ = parts(SIGNED)
    assert _refusal(assembled(protected, unprotected, payload, signature)) == "The signature does not fit the document."


def test_another_payload_is_refused() -> None:
    protected, unprotected, _, signature = parts(SIGNED)
    for payload in (b"", b"Payload", b"payload "):
        assert "does not fit" in _refusal(assembled(protected, unprotected, payload, signature))


def test_nothing_can_be_added_outside_the_signature() -> None:
    """Else one signed thing would have many digests."""
    protected, unprotected, payload, signature = parts(SIGNED)
    assert verify(assembled(protected, unprotected, payload, signature), pinned=PINNED, content_type=SORT)
    for message in (assembled(protected, {4: b"x"}, payload, signature), SIGNED + b"\0", b"\0" + SIGNED):
        assert _refusal(message) == "The bytes are not a signed document."


@pytest.mark.parametrize("tag", [16, 17, 61, 96, 97, 98])
def test_another_cose_structure_is_not_this_one(tag: int) -> None:
    head = bytes([0xC0 | tag]) if tag < 24 else bytes([0xD8, tag])
    assert _refusal(head + SIGNED[1:]) == "The bytes are not a signed document."


@given(st.integers(0, len(SIGNED) - 1), st.integers(0, 7))
def test_no_bit_can_be_changed(position: int, bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[position] ^= 1 << bit
    _refusal(bytes(changed))


@given(st.integers(0, len(SIGNED) - 1))
def test_no_part_verifies(size: int) -> None:
    _refusal(SIGNED[:size])


@given(st.binary(max_size=400))
def test_random_bytes_are_refused(content: bytes) -> None:
    _refusal(content)
    _refusal(SIGNED[:2] + content)


def test_the_claimed_sort_of_what_is_not_verified_is_text_or_nothing() -> None:
    protected, unprotected, payload, _ = parts(SIGNED)
    assert content_type_of(assembled(protected, unprotected, payload, b"unsigned")) == SORT
    assert content_type_of(assembled({3: 42}, {}, b"", b"")) == ""
    with pytest.raises(SealBroken):
        content_type_of(b"")


class _Chip:
    """A signer that nothing is known of but what it says."""

    def __init__(self) -> None:
        self._key = SigningKey.generate()
        self.public, self.kid = self._key.public, self._key.kid
        self.asked: list[bytes] = []

    def sign(self, message: bytes) -> bytes:
        self.asked.append(message)
        return self._key.sign(message)


def test_a_signer_that_only_signs_makes_what_the_library_verifies() -> None:
    chip = _Chip()
    signed = sign(b"payload", key=chip, content_type=SORT)
    assert COSE.new().decode(signed, chip.public.cose) == b"payload"
    protected, _, payload, signature = parts(signed)
    assert len(signature) == 64
    # what it was asked to sign is RFC 9052's Sig_structure
    structure = ["Signature1", cbor2.dumps(protected), b"", payload]
    assert chip.asked == [cbor2.dumps(structure)]
