"""agent/wire/keyring.py: a keyring counts with two signatures only, and the old key's word only from its own time."""

from datetime import timedelta

import pytest

from agent.errors import SignerOutOfTime, WireError
from agent.wire import Keyring, Receipt, read_signed, sign_document
from agent.wire.keyring import RECIPIENTS_MAX, authorise, hand_over, read_handover
from tests.agent.wire.specimens import COMMAND, KEYRING, RECEIPT, TIME
from vault.envelope import ALWAYS, Pinned, SigningKey, Validity

AUTHORITY, RECEIPTS, OTHER = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
BEFORE, AFTER = TIME - timedelta(days=1), TIME + timedelta(days=1)


def read(signed: bytes, *, time: Validity = ALWAYS) -> tuple[Keyring, bytes]:
    receipts = Pinned([RECEIPTS.public], times={RECEIPTS.kid: time})
    return read_handover(signed, authority=Pinned([AUTHORITY.public]), receipts=receipts)


def test_a_keyring_with_both_signatures_is_believed() -> None:
    authorised = authorise(KEYRING, authority=AUTHORITY)
    assert read(hand_over(authorised, by=RECEIPTS)) == (KEYRING, authorised)
    assert read_signed(authorised, Keyring, pinned=Pinned([AUTHORITY.public])) == KEYRING


@pytest.mark.parametrize(("authority", "by"), [(OTHER, RECEIPTS), (AUTHORITY, OTHER), (RECEIPTS, AUTHORITY)])
def test_one_signature_is_not_enough(authority: SigningKey, by: SigningKey) -> None:
    with pytest.raises(WireError, match="not trusted here"):
        read(hand_over(authorise(KEYRING, authority=authority), by=by))


def test_what_only_one_has_signed_is_no_handover() -> None:
    for signed in (authorise(KEYRING, authority=AUTHORITY), sign_document(KEYRING, RECEIPTS), b"text"):
        with pytest.raises(WireError):
            read(signed)
    with pytest.raises(WireError):
        read(hand_over(sign_document(RECEIPT, AUTHORITY), by=RECEIPTS))


def test_the_old_keys_word_counts_from_its_time_however_late_it_comes() -> None:
    signed = hand_over(authorise(KEYRING, authority=AUTHORITY), by=RECEIPTS)
    assert read(signed, time=Validity(BEFORE, TIME))[0] == KEYRING
    for time in (Validity(None, BEFORE), Validity(AFTER, None)):
        with pytest.raises(SignerOutOfTime):
            read(signed, time=time)


def test_receipts_and_commands_count_from_their_keys_time_only() -> None:
    for document in (RECEIPT, COMMAND):
        signed = sign_document(document, RECEIPTS)
        for time, believed in ((Validity(BEFORE, AFTER), True), (Validity(None, BEFORE), False)):
            pinned = Pinned([RECEIPTS.public], times={RECEIPTS.kid: time})
            if believed:
                assert read_signed(signed, type(document), pinned=pinned) == document
                continue
            with pytest.raises(SignerOutOfTime, match="is over") as refused:
                read_signed(signed, type(document), pinned=pinned)
            assert refused.value.code == "key-out-of-time"


def test_a_receipt_key_that_is_not_in_its_time_cannot_be_dated_back_by_another_documents_field() -> None:
    # the moment is inside the signature: changing it breaks that
    signed = sign_document(RECEIPT, RECEIPTS)
    changed = signed.replace(b"2026-11-22T04:30:00.123Z", b"2025-11-22T04:30:00.123Z")
    with pytest.raises(WireError, match="does not fit"):
        read_signed(changed, Receipt, pinned=Pinned([RECEIPTS.public]))


def test_a_keyring_without_a_key_is_none() -> None:
    for field, value in (("recipients", ()), ("receipts", ()), ("number", 0)):
        with pytest.raises(ValueError, match="validation error"):
            Keyring.model_validate({**dict(KEYRING), field: value})
    with pytest.raises(ValueError, match="validation error"):
        Keyring.model_validate({**dict(KEYRING), "recipients": KEYRING.recipients * (RECIPIENTS_MAX + 1)})
