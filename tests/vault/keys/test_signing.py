"""vault/keys/signing.py: signing keys that only their owner can read."""

import stat
from pathlib import Path

import pytest

from vault.envelope import SigningKey
from vault.errors import KeyMissing
from vault.keys import Pseudonyms, load_signing_key, make_signing_key


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_signing_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    made = make_signing_key(path)
    assert _mode(path) == 0o600
    assert make_signing_key(path).kid == made.kid
    assert load_signing_key(path).kid == made.kid


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o610, 0o601, 0o666])
def test_a_signing_key_that_is_open_to_others_is_not_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "seal.key"
    make_signing_key(path)
    path.chmod(mode)
    for use in (load_signing_key, make_signing_key):
        with pytest.raises(KeyMissing, match=r"^The key seal\.key is open to others than its owner; it is not used\.$"):
            use(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe not text", b"-----BEGIN PRIVATE KEY-----\n", bytes(32)])
def test_what_is_not_a_key_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seal.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyMissing):
        load_signing_key(path)


def test_a_key_that_is_not_there_is_said_without_its_path(tmp_path: Path) -> None:
    for load in (load_signing_key, Pseudonyms):
        with pytest.raises(KeyMissing) as missing:
            load(tmp_path / "absent.key")
        assert missing.value.sentence == "The key absent.key is not there."


def test_a_public_key_is_not_a_signing_key(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    path.write_text(SigningKey.generate().public.pem())
    path.chmod(0o600)
    with pytest.raises(KeyMissing):
        load_signing_key(path)
