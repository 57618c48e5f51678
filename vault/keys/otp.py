"""The unit's key out of a Raspberry Pi's one-time memory: the device-unique private key, eight words of 32 bits.

The firmware's property interface gives them through `vcmailbox`. They are burned once by a technician and never here:
it cannot be undone. Whoever is root on the running Pi can read them, unless the firmware was told to lock them
(`lock_device_private_key=1`), and then this home cannot either. Unproven: never tried on a Pi, tried on an emulation.

Source: raspberrypi/rpi-eeprom, tools/rpi-otp-private-key (tag 0x00030081: value buffer is offset, count, words;
most significant word first); raspberrypi/firmware wiki, Mailbox property interface (layout, response codes).
"""

import subprocess

from vault.envelope import derive_key
from vault.errors import KeyHomeFailed, KeyMissing
from vault.keys.home import KeyKind
from vault.keys.unit import UnitHome

GET_DEVICE_PRIVATE_KEY = 0x00030081
"""The property's tag."""
KEY_WORDS = 8
"""A key of 256 bits."""

_SUCCESS = 0x80000000
_HEAD = 7
# size, code, tag, buffer size, tag's code, offset, count; the words follow
_LIMIT_S = 10.0


def otp_home(command: str, *, purpose: str) -> UnitHome:
    """The home that a key derived from the one-time memory opens.

    :param command: `vcmailbox`, or its path. :param purpose: whose keys they are: another purpose, another key.
    :raises: KeyMissing when nothing was burned; KeyHomeFailed when the firmware does not answer.
    """
    burned = _parse(_ask(command))
    if not any(burned):
        raise KeyMissing("No key was burned into this Pi's one-time memory.")
    return UnitHome(derive_key(burned, purpose=f"smilius/1 unit key, {purpose}"), kind=KeyKind.OTP)


def _ask(command: str) -> str:
    size = str(8 + 4 * KEY_WORDS)
    question = [command, f"{GET_DEVICE_PRIVATE_KEY:#010x}", size, size, "0", str(KEY_WORDS), *["0"] * KEY_WORDS]
    try:
        done = subprocess.run(question, capture_output=True, timeout=_LIMIT_S, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        # from None: an exception that carries the output would carry the key
        raise KeyHomeFailed("The Pi's firmware cannot be asked for its key.") from None
    if done.returncode != 0:
        raise KeyHomeFailed("The Pi's firmware does not give its key; is it locked, or is this no Pi?")
    return done.stdout


def _parse(answer: str) -> bytes:
    try:
        words = [int(word, 16) for word in answer.split()]
        head, key = words[:_HEAD], words[_HEAD : _HEAD + KEY_WORDS]
        if head[1:3] != [_SUCCESS, GET_DEVICE_PRIVATE_KEY] or not head[4] & _SUCCESS or head[5:] != [0, KEY_WORDS]:
            raise ValueError("it is no answer to this question")
        if len(key) != KEY_WORDS:
            raise ValueError("the words are not whole")
        return b"".join(word.to_bytes(4) for word in key)
    except (ValueError, IndexError, OverflowError):
        raise KeyHomeFailed("The Pi's firmware answers something else than its key.") from None
