"""vault/envelope/sealing.py: sealed for one recipient, by one station, for one context; anything else does not open."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.envelope import golden
from tests.vault.envelope.message import assembled, parts, signed_again
from vault.envelope import (
    Context,
    Pinned,
    Plain,
    RecipientKey,
    SealBroken,
    Sealed,
    SigningKey,
    VerifyingKey,
    digest_of,
    open_sealed,
    recipient_of,
    seal,
    sign,
)
from vault.envelope.sealing import _suite

STATION = SigningKey.generate()
CENTRAL = RecipientKey.generate()
PINNED = Pinned([STATION.public])
CONTENT = b"\xff\xd8\xff\xe0 a portrait that nobody may read " * 20
CONTEXT = Context(
    tenant="lt",
    station="vilnius-1",
    parcel="01jd8x4w3v5qk6zr9t2m7n1pbc",
    kind="enrolment",
    profile="lt-eresident/1",
    plain_bytes=len(CONTENT),
)


def _sealed(content: bytes = CONTENT) -> Sealed:
    context = dataclasses.replace(CONTEXT, plain_bytes=len(content))
    return seal(Plain(content), context, recipient=CENTRAL.public, signer=STATION)


SEALED = _sealed()


def _open(message: bytes) -> tuple[Context, bytes]:
    context, plain = open_sealed(message, recipient=CENTRAL, pinned=PINNED)
    return context, plain.view().tobytes()


@settings(max_examples=25)
@given(st.binary(max_size=3000))
def test_what_was_sealed_opens_and_says_what_it_is(content: bytes) -> None:
    sealed = _sealed(content)
    assert sealed.digest == digest_of(sealed.content)
    assert _open(sealed.content) == (dataclasses.replace(CONTEXT, plain_bytes=len(content)), content)


def test_a_parcel_from_the_beginning_still_opens() -> None:
    pinned = Pinned([VerifyingKey.from_pem(golden.SIGNER)])
    context, plain = open_sealed(golden.SEALED, recipient=RecipientKey(golden.SEED), pinned=pinned)
    assert context == dataclasses.replace(CONTEXT, plain_bytes=32)
    assert plain.view() == golden.PLAIN
    assert digest_of(golden.SEALED) == golden.DIGEST


def test_the_canonical_context_is_these_bytes() -> None:
    assert dataclasses.replace(CONTEXT, plain_bytes=65536).canonical() == (
        b"\xa6"
        b"\x64kind\x69enrolment"
        b"\x66parcel\x78\x1a01jd8x4w3v5qk6zr9t2m7n1pbc"
        b"\x66tenant\x62lt"
        b"\x67profile\x6elt-eresident/1"
        b"\x67station\x69vilnius-1"
        b"\x6bplain_bytes\x1a\x00\x01\x00\x00"
    )


def test_sealing_twice_gives_other_bytes_and_nothing_of_the_content() -> None:
    again = _sealed()
    assert again.digest != SEALED.digest
    _, _, hpke, _ = parts(SEALED.content)
    # encapsulated key (ML-KEM-768 ciphertext, X25519 key), ciphertext, tag
    assert len(hpke) == 1088 + 32 + len(CONTENT) + 16
    for start in range(0, len(CONTENT) - 8, 8):
        assert CONTENT[start : start + 8] not in SEALED.content


def test_the_header_says_for_whom_by_whom_and_what() -> None:
    protected, unprotected, _, _ = parts(SEALED.content)
    assert unprotected == {}
    assert protected == {
        1: -7,
        3: "application/x.smilius.sealed; v=1",
        4: STATION.kid.encode(),
        "smilius": dataclasses.asdict(CONTEXT),
        "recipient": CENTRAL.kid,
    }


def test_a_context_of_another_size_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        seal(Plain(CONTENT + b"!"), CONTEXT, recipient=CENTRAL.public, signer=STATION)


def test_whose_key_it_was_sealed_for_can_be_read_without_any_key() -> None:
    sealed = seal(Plain(CONTENT), CONTEXT, recipient=CENTRAL.public, signer=STATION)
    assert recipient_of(sealed.content) == CENTRAL.kid
    for other in (b"text", sign(b"payload", key=STATION, content_type="test")):
        with pytest.raises(SealBroken):
            recipient_of(other)


def test_another_recipients_key_does_not_open() -> None:
    with pytest.raises(SealBroken, match="made for another key"):
        open_sealed(SEALED.content, recipient=RecipientKey.generate(), pinned=PINNED)


def test_a_recipient_that_the_header_was_changed_to_does_not_open_either() -> None:
    other = RecipientKey.generate()
    protected, _, hpke, _ = parts(SEALED.content)
    forged = signed_again({**protected, "recipient": other.kid}, hpke, STATION)
    with pytest.raises(SealBroken, match="does not open with this key"):
        open_sealed(forged, recipient=other, pinned=PINNED)


def test_a_station_that_is_not_known_is_not_believed() -> None:
    for pinned in (Pinned([]), Pinned([SigningKey.generate().public])):
        with pytest.raises(SealBroken, match="not trusted here"):
            open_sealed(SEALED.content, recipient=CENTRAL, pinned=pinned)


CHANGES: dict[str, Any] = {
    "tenant": "lv",
    "station": "vilnius-2",
    "parcel": "01jd8x4w3v5qk6zr9t2m7n1pbd",
    "kind": "handover",
    "profile": "lt-eresident/2",
    "plain_bytes": len(CONTENT) - 1,
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_context_breaks_the_signature(field: str) -> None:
    protected, unprotected, hpke, signature = parts(SEALED.content)
    protected["smilius"][field] = CHANGES[field]
    with pytest.raises(SealBroken, match="signature does not fit"):
        _open(assembled(protected, unprotected, hpke, signature))


@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_context_breaks_the_encryption_too(field: str) -> None:
    protected, _, hpke, _ = parts(SEALED.content)
    protected["smilius"][field] = CHANGES[field]
    with pytest.raises(SealBroken, match="does not open with this key"):
        _open(signed_again(protected, hpke, STATION))


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("value", [b"bytes", "absent"])
def test_a_context_that_is_not_one_is_refused(field: str, value: object) -> None:
    protected, _, hpke, _ = parts(SEALED.content)
    if value == "absent":
        del protected["smilius"][field]
    else:
        protected["smilius"][field] = value
    with pytest.raises(SealBroken, match=r"context is not (complete|readable)"):
        _open(signed_again(protected, hpke, STATION))


@pytest.mark.parametrize("context", [None, "lt", 1, {}, {**dataclasses.asdict(CONTEXT), "more": "fields"}])
def test_a_header_without_a_whole_context_is_refused(context: object) -> None:
    protected, _, hpke, _ = parts(SEALED.content)
    del protected["smilius"]
    if context is not None:
        protected["smilius"] = context
    with pytest.raises(SealBroken, match="context is not complete"):
        _open(signed_again(protected, hpke, STATION))


def test_a_sealer_that_lies_about_the_size_is_found_out() -> None:
    protected, _, _, _ = parts(SEALED.content)
    hpke = _suite().encrypt(CONTENT + b"!", CENTRAL.public.hpke, info=CONTEXT.canonical())
    with pytest.raises(SealBroken, match="another size than its context says"):
        _open(signed_again(protected, hpke, STATION))


@pytest.mark.parametrize("size", [0, 1, 1087, 1088, 1119, 1120, 1135, 1136])
def test_a_ciphertext_that_is_cut_off_is_refused(size: int) -> None:
    protected, _, hpke, _ = parts(SEALED.content)
    with pytest.raises(SealBroken, match="does not open with this key"):
        _open(signed_again(protected, hpke[:size], STATION))


@pytest.mark.parametrize("position", [0, 500, 1087, 1088, 1119, 1120, 1500, -16, -1])
def test_a_changed_ciphertext_is_refused(position: int) -> None:
    protected, unprotected, hpke, signature = parts(SEALED.content)
    changed = bytearray(hpke)
    changed[position] ^= 0x40
    for message in (
        assembled(protected, unprotected, bytes(changed), signature),
        signed_again(protected, bytes(changed), STATION),
    ):
        with pytest.raises(SealBroken):
            _open(message)


@given(st.integers(0, len(SEALED.content) - 1), st.integers(0, 7))
def test_no_bit_of_a_sealed_parcel_can_be_changed(position: int, bit: int) -> None:
    changed = bytearray(SEALED.content)
    changed[position] ^= 1 << bit
    with pytest.raises(SealBroken):
        _open(bytes(changed))


@given(st.integers(0, len(SEALED.content) - 1))
def test_no_part_of_a_sealed_parcel_opens(size: int) -> None:
    with pytest.raises(SealBroken):
        _open(SEALED.content[:size])


@given(st.binary(min_size=1, max_size=40))
def test_nothing_can_follow_a_sealed_parcel(more: bytes) -> None:
    with pytest.raises(SealBroken):
        _open(SEALED.content + more)
