"""The conformance suite of homes: secrets, signers and parcels' keys, wherever they live."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.keys.homes import KINDS, LOCKING, home
from tests.vault.station import OTHER_PARCEL, PARCEL
from vault.envelope import Pinned, SigningKey, sign, verify
from vault.errors import KeyMissing
from vault.keys import (
    FileHome,
    KeyHome,
    KeyKind,
    ParcelKeys,
    Pseudonyms,
    load_signer,
    load_signing_key,
    make_secret,
    make_signer,
    make_signing_key,
)

SECRET = b"sentinel secret " * 30


@pytest.fixture(params=KINDS)
def a_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyHome]:
    with home(request.param, tmp_path / "home") as found:
        yield found


@pytest.fixture(params=LOCKING)
def locking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyHome]:
    with home(request.param, tmp_path / "home") as found:
        yield found


def test_what_was_locked_is_unlocked(a_home: KeyHome) -> None:
    for locker in (a_home, a_home.parcels):
        assert locker.unlock(locker.lock(SECRET, name="link.key"), name="link.key") == SECRET


def test_a_signer_signs_what_its_public_half_verifies_after_a_restart_too(a_home: KeyHome, tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    made = make_signer(path, a_home)
    again, loaded = make_signer(path, a_home), load_signer(path, a_home)
    assert made.kid == again.kid == loaded.kid
    for signer in (made, loaded):
        signed = sign(b"payload", key=signer, content_type="test")
        assert verify(signed, pinned=Pinned([made.public]), content_type="test") == (b"payload", {})
    assert path.stat().st_mode & 0o777 == 0o600


def test_keys_of_a_process_are_the_same_after_a_restart(a_home: KeyHome, tmp_path: Path) -> None:
    key = make_signing_key(tmp_path / "link.key", a_home)
    make_secret(tmp_path / "pseudonym.key", a_home)
    assert load_signing_key(tmp_path / "link.key", a_home).kid == key.kid
    first = Pseudonyms(tmp_path / "pseudonym.key", a_home).of("MIG-1")
    assert Pseudonyms(tmp_path / "pseudonym.key", a_home).of("MIG-1") == first


def test_a_parcels_key_lives_until_it_is_destroyed(a_home: KeyHome, tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path / "keys", a_home.parcels)
    one, other = keys.make(PARCEL), keys.make(OTHER_PARCEL)
    again = ParcelKeys(tmp_path / "keys", a_home.parcels)
    assert (again.read(PARCEL), again.read(OTHER_PARCEL)) == (one, other)
    again.destroy(PARCEL)
    assert not again.exists(PARCEL)
    assert again.read(OTHER_PARCEL) == other
    again.destroy(OTHER_PARCEL)
    assert list((tmp_path / "keys").iterdir()) == []
    # and the home goes on
    assert keys.make(PARCEL) == keys.read(PARCEL) != one


def test_nothing_on_the_disk_shows_a_locked_key(locking: KeyHome, tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path / "keys", locking.parcels)
    secrets = [keys.make(PARCEL)]
    key = make_signing_key(tmp_path / "link.key", locking)
    secrets += [key.pem().encode(), key.pem().encode().splitlines()[1]]
    make_signer(tmp_path / "seal.key", locking)
    make_secret(tmp_path / "pseudonym.key", locking)
    files = [path.read_bytes() for path in tmp_path.rglob("*.key")]
    assert len(files) == 4
    for content in files:
        assert content.startswith(b"SMILIUS-KEY " + locking.kind.value.encode())
        assert b"PRIVATE KEY" not in content
        assert not any(secret in content for secret in secrets)


def test_a_locked_key_is_of_its_name_and_whole(locking: KeyHome) -> None:
    locked = locking.lock(SECRET, name="link.key")
    for content, name in ((locked, "seal.key"), (locked[:-1], "link.key"), (locked[:20], "link.key")):
        with pytest.raises(KeyMissing):
            locking.unlock(content, name=name)
    for at in (-1, len(locked) // 2, 25):
        changed = bytearray(locked)
        changed[at] ^= 1
        with pytest.raises(KeyMissing):
            locking.unlock(bytes(changed), name="link.key")


@pytest.mark.parametrize("kind", ["credential", "otp", "tpm"])
def test_another_units_home_opens_nothing(kind: str, tmp_path: Path) -> None:
    with home(kind, tmp_path / "one") as one:
        locked, signer = one.lock(SECRET, name="link.key"), one.new_signer(name="seal.key")
    with home(kind, tmp_path / "other") as other:
        with pytest.raises(KeyMissing):
            other.unlock(locked, name="link.key")
        with pytest.raises(KeyMissing):
            other.signer(signer, name="seal.key").sign(b"message")


def test_a_key_of_another_home_is_said_to_be_elsewhere(locking: KeyHome, tmp_path: Path) -> None:
    plain = SigningKey.generate().pem().encode()
    locked = locking.lock(plain, name="link.key")
    with pytest.raises(KeyMissing, match=rf"another home \(file\) than the configured one \({locking.kind}\)"):
        locking.unlock(plain, name="link.key")
    with pytest.raises(KeyMissing, match=rf"another home \({locking.kind}\) than the configured one \(file\)"):
        FileHome().unlock(locked, name="link.key")


def test_only_files_are_called_software() -> None:
    assert {kind.value: kind.told for kind in KeyKind} == {
        "file": "software",
        "credential": "credential",
        "tpm": "tpm",
        "otp": "otp",
    }
