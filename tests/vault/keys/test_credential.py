"""vault/keys/credential.py: the unit's key as a service gets it, and as root makes it with systemd-creds itself."""

import os
from pathlib import Path

import pytest

from tests.vault.keys.homes import systemd_creds_works
from vault.errors import KeyHomeFailed, KeyMissing
from vault.keys.credential import Credential

needs_systemd_creds = pytest.mark.skipif(not systemd_creds_works(), reason="needs systemd-creds and root")


@needs_systemd_creds
def test_what_root_made_is_encrypted_at_rest_and_made_once(tmp_path: Path) -> None:
    file = tmp_path / "unit.cred"
    credential = Credential("smilius-courier", file=file, decrypted=None)
    credential.make()
    first = file.read_bytes()
    credential.make()
    assert file.read_bytes() == first
    assert (file.stat().st_mode & 0o777, len(first) > 32) == (0o600, True)
    locked = credential.home().lock(b"secret", name="link.key")
    assert credential.home().unlock(locked, name="link.key") == b"secret"


@needs_systemd_creds
def test_a_credential_is_of_its_name(tmp_path: Path) -> None:
    file = tmp_path / "unit.cred"
    Credential("smilius-courier", file=file, decrypted=None).make()
    with pytest.raises(KeyHomeFailed, match="could not decrypt the credential smilius-station"):
        Credential("smilius-station", file=file, decrypted=None).home()


@needs_systemd_creds
def test_what_root_locked_the_service_opens(tmp_path: Path) -> None:
    """The service manager decrypts into the service's folder what root encrypted; both are one key."""
    file, given = tmp_path / "unit.cred", tmp_path / "given"
    by_root = Credential("smilius-courier", file=file, decrypted=None)
    by_root.make()
    given.mkdir()
    (given / "smilius-courier").write_bytes(by_root._read())
    service = Credential("smilius-courier", file=tmp_path / "not there", decrypted=given)
    locked = by_root.home().lock(b"secret", name="link.key")
    assert service.home().unlock(locked, name="link.key") == b"secret"


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(33)])
def test_a_credential_that_is_not_whole_is_not_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "unit").write_bytes(content)
    with pytest.raises(KeyMissing, match="The credential unit is not whole"):
        Credential("unit", file=tmp_path / "unit.cred", decrypted=tmp_path).home()


def test_a_service_that_was_not_given_its_credential_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="not given the credential unit"):
        Credential("unit", file=tmp_path / "unit.cred", decrypted=tmp_path).home()
    with pytest.raises(KeyMissing, match="not there"):
        Credential("unit", file=tmp_path / "unit.cred", decrypted=None).home()


def test_two_homes_of_one_credential_are_one_and_of_two_are_two(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(os.urandom(32))
    one, again, two = (
        Credential(name, file=tmp_path / "no", decrypted=tmp_path).home() for name in ("one", "one", "two")
    )
    locked = one.lock(b"secret", name="link.key")
    assert again.unlock(locked, name="link.key") == b"secret"
    with pytest.raises(KeyMissing):
        two.unlock(locked, name="link.key")
