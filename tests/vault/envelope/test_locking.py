"""vault/envelope/locking.py: a locked secret opens with its key, under its name, whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.envelope import LOCK_KEY_BYTES, KeyMissing, derive_key, lock, unlock

KEY, OTHER = bytes(range(32)), bytes(32)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_was_locked_opens(secret: bytes, name: str) -> None:
    assert unlock(lock(secret, key=KEY, name=name), key=KEY, name=name) == secret


def test_no_two_lockings_are_alike() -> None:
    assert lock(b"secret", key=KEY, name="a") != lock(b"secret", key=KEY, name="a")


@pytest.mark.parametrize(("key", "name"), [(OTHER, "a"), (KEY, "b")])
def test_another_key_and_another_name_open_nothing(key: bytes, name: str) -> None:
    with pytest.raises(KeyMissing, match=f"The key {name} does not open"):
        unlock(lock(b"secret", key=KEY, name="a"), key=key, name=name)


@given(st.binary(max_size=60))
def test_what_was_never_locked_opens_nothing(content: bytes) -> None:
    with pytest.raises(KeyMissing):
        unlock(content, key=KEY, name="a")


def test_derived_keys_differ_by_root_and_purpose() -> None:
    keys = {derive_key(root, purpose=purpose) for root in (KEY, OTHER) for purpose in ("station", "courier")}
    assert (len(keys), {len(key) for key in keys}) == (4, {LOCK_KEY_BYTES})
    assert derive_key(KEY, purpose="station") in keys
