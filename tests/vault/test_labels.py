"""vault/labels.py: plain content shows itself to nobody, is never copied, and can be overwritten."""

import copy
import hashlib
import pickle  # noqa: TID251  # that it is refused is what is tested

import pytest

from vault.labels import PARCEL_BYTES_MAX, RECEIPT_TYPE, Plain, Sealed, digest_of

SECRET = b"biometric content"


def test_plain_content_is_not_in_any_text_of_it() -> None:
    plain = Plain(SECRET)
    for shown in (repr(plain), str(plain), f"{plain}", f"{[plain]}", "%s %r" % (plain, plain)):  # noqa: UP031
        assert "biometric" not in shown
    assert not hasattr(plain, "__dict__")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_content_cannot_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="never serialised"):
        pickle.dumps(Plain(SECRET), protocol)


def test_plain_content_cannot_be_copied() -> None:
    for made in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never serialised"):
            made(Plain(SECRET))
    with pytest.raises(TypeError):
        bytes(Plain(SECRET))  # type: ignore[call-overload]  # that it does not pass the type check is the point


def test_plain_content_is_seen_without_a_copy() -> None:
    plain = Plain(SECRET)
    first, second = plain.view(), plain.view()
    assert first.tobytes() == SECRET
    assert len(plain) == len(SECRET)
    first[0] = 0
    assert second[0] == 0


def test_zero_overwrites_the_very_bytes() -> None:
    plain = Plain(SECRET)
    seen = plain.view()
    plain.zero()
    assert seen.tobytes() == bytes(len(SECRET))
    assert len(plain) == len(SECRET)
    plain.zero()


def test_plain_content_is_its_own_copy_of_what_it_was_made_from() -> None:
    given = bytearray(SECRET)
    plain = Plain(given)
    plain.zero()
    assert given == SECRET


def test_the_digest_is_sha256_in_lower_case_hex() -> None:
    assert digest_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    for content in (SECRET, bytearray(SECRET), memoryview(SECRET)):
        assert digest_of(content) == hashlib.sha256(SECRET).hexdigest()


def test_sealed_content_has_its_digest_and_shows_no_content() -> None:
    sealed = Sealed(SECRET)
    assert (sealed.content, sealed.digest, len(sealed)) == (SECRET, digest_of(SECRET), 17)
    assert repr(sealed) == f"Sealed({digest_of(SECRET)[:12]}…, 17 bytes)"


def test_what_both_sides_rely_on_is_as_it_was() -> None:
    assert (RECEIPT_TYPE, PARCEL_BYTES_MAX) == ("application/x.smilius.receipt+json; v=1", 8_388_608)
