"""vault/envelope/validity.py, and keys that are pinned with a time: both ends belong to it."""

from datetime import UTC, datetime, timedelta

import pytest

from vault.envelope import ALWAYS, Pinned, SigningKey, Validity, sign, signer_of, verify
from vault.errors import KeyOutOfTime, SealBroken

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def test_a_key_counts_from_its_beginning_to_its_end() -> None:
    time = Validity(BEGIN, END)
    for moment in (BEGIN, BEGIN + (END - BEGIN) / 2, END):
        time.check(moment, kid="k")
    with pytest.raises(KeyOutOfTime, match=r"^The time of the key k has not begun\.$"):
        time.check(BEGIN - INSTANT, kid="k")
    with pytest.raises(KeyOutOfTime, match=r"^The time of the key k is over\.$"):
        time.check(END + INSTANT, kid="k")


def test_a_key_without_a_time_always_counts() -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        ALWAYS.check(moment, kid="k")


def test_two_keys_overlap_and_each_ends_by_itself() -> None:
    old, new = SigningKey.generate(), SigningKey.generate()
    overlap = timedelta(days=30)
    times = {old.kid: Validity(None, END), new.kid: Validity(END - overlap, None)}
    pinned = Pinned([old.public, new.public], times=times)
    for moment, believed in (
        (BEGIN, {old.kid}),
        (END - overlap, {old.kid, new.kid}),
        (END, {old.kid, new.kid}),
        (END + INSTANT, {new.kid}),
    ):
        found = set()
        for key in (old, new):
            signed = sign(b"payload", key=key, content_type="test")
            assert signer_of(signed) == key.kid
            try:
                assert verify(signed, pinned=pinned.at(moment), content_type="test") == (b"payload", {})
            except KeyOutOfTime:
                continue
            found.add(key.kid)
        assert found == believed
    # without a moment nothing is asked of the time
    verify(sign(b"payload", key=old, content_type="test"), pinned=pinned, content_type="test")


def test_pinned_keys_are_replaced_for_whoever_holds_them() -> None:
    old, new = SigningKey.generate(), SigningKey.generate()
    pinned = Pinned([old.public])
    pinned.become([new.public], times={new.kid: Validity(None, END)})
    assert pinned.key(new.kid).kid == new.kid
    with pytest.raises(SealBroken, match="not trusted here"):
        pinned.key(old.kid)
    with pytest.raises(KeyOutOfTime):
        pinned.at(END + INSTANT).key(new.kid)


def test_a_document_that_names_no_key_has_no_signer() -> None:
    with pytest.raises(SealBroken):
        signer_of(b"text")
