"""vault/keys/otp.py against an emulated firmware: the unit's key is derived from what was burned, and from nothing."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.emulators.pi_otp import BURNED, vcmailbox
from vault.errors import KeyHomeFailed, KeyMissing
from vault.keys.otp import otp_home


def test_the_units_key_is_derived_from_the_burned_words_in_their_order(tmp_path: Path) -> None:
    locked = otp_home(vcmailbox(tmp_path), purpose="courier").lock(b"secret", name="link.key")
    info = b"smilius/1 unit key, courier"
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(BURNED)
    body = locked.partition(b"\n")[2]
    assert AESGCM(key).decrypt(body[:12], body[12:], b"link.key") == b"secret"


def test_station_and_courier_do_not_open_each_others_keys(tmp_path: Path) -> None:
    command = vcmailbox(tmp_path)
    locked = otp_home(command, purpose="courier").lock(b"secret", name="link.key")
    assert otp_home(command, purpose="courier").unlock(locked, name="link.key") == b"secret"
    with pytest.raises(KeyMissing):
        otp_home(command, purpose="station").unlock(locked, name="link.key")


def test_a_memory_that_nobody_burned_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="No key was burned"):
        otp_home(vcmailbox(tmp_path, device=[0] * 8), purpose="courier")


@pytest.mark.parametrize(
    "instead",
    [
        [],
        [0x18, 0x80000001, 0x00030081, 0x28, 0x80000000, 0],
        [0x40, 0x80000000, 0x00030082, 0x28, 0x80000028, 0, 8, *range(8), 0],
        [0x40, 0x80000000, 0x00030081, 0x28, 0x80000028, 1, 8, *range(8), 0],
        [0x40, 0x80000000, 0x00030081, 0x28, 0x00000000, 0, 8, *range(8), 0],
        [0x40, 0x80000000, 0x00030081, 0x28, 0x80000028, 0, 8, 0xABCDEF],
        [0x40, 0x80000000, 0x00030081, 0x28, 0x80000028, 0, 8, *[1 << 32] * 8, 0],
    ],
)
def test_what_is_no_answer_is_refused_without_being_told(tmp_path: Path, instead: list[int]) -> None:
    with pytest.raises(KeyHomeFailed) as failed:
        otp_home(vcmailbox(tmp_path, instead=instead), purpose="courier")
    assert failed.value.__suppress_context__
    assert "abcdef" not in str(failed.value).lower()


def test_a_firmware_that_keeps_its_key_locked_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyHomeFailed, match="locked"):
        otp_home(vcmailbox(tmp_path, locked=True), purpose="courier")


def test_a_machine_that_is_no_pi_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyHomeFailed, match="cannot be asked"):
        otp_home(str(tmp_path / "vcmailbox"), purpose="courier")
    text = tmp_path / "text"
    text.write_bytes(b"#!/bin/sh\nprintf '\\377'\n")
    os.chmod(text, 0o755)
    with pytest.raises(KeyHomeFailed):
        otp_home(str(text), purpose="courier")
