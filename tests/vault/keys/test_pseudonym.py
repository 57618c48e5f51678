"""vault/keys/pseudonym.py: keyed pseudonyms, and a secret that is whole and nobody else's."""

import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from vault.errors import KeyMissing
from vault.keys import Pseudonyms, make_secret


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    make_secret(path)
    first = path.read_bytes()
    make_secret(path)
    assert path.read_bytes() == first
    assert (len(first), _mode(path)) == (32, 0o600)


def test_pseudonyms_are_keyed_stable_and_differ_by_key_and_text(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_secret(tmp_path / name)
    one, two = Pseudonyms(tmp_path / "one"), Pseudonyms(tmp_path / "two")
    number = "MIG-2026-000101"
    assert one.of(number) == Pseudonyms(tmp_path / "one").of(number)
    assert len({one.of(number), two.of(number), one.of(number + "1"), one.of("")}) == 4
    key = (tmp_path / "one").read_bytes()
    assert one.of("Šakėnas") == hmac.new(key, "Šakėnas".encode(), hashlib.sha256).hexdigest()[:32]


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_pseudonym_key_that_is_not_whole_is_not_used(tmp_path: Path, size: int) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(KeyMissing, match="not whole"):
        Pseudonyms(path)


def test_a_pseudonym_key_that_is_open_to_others_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    make_secret(path)
    path.chmod(0o640)
    with pytest.raises(KeyMissing, match="open to others"):
        Pseudonyms(path)
