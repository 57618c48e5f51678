"""The second wrapping, on this unit's disk: AES-256-GCM under a key that belongs to one parcel and this unit alone.

A found flash chip stays unreadable even for whoever later gets central's key; destroying the parcel's key is the
cryptographic erase. Layout: magic (8), nonce (12), ciphertext and tag. Source: design.md section 5.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.errors import SpoolDamaged
from vault.labels import ParcelId, Sealed

WRAP_KEY_BYTES = 32
_MAGIC = b"SMILIUS1"
_NONCE_BYTES = 12
_TAG_BYTES = 16
WRAPPING_BYTES = len(_MAGIC) + _NONCE_BYTES + _TAG_BYTES
"""By how much a wrapped parcel is larger than the sealed one."""


def new_wrap_key() -> bytes:
    """Thirty-two random bytes."""
    return os.urandom(WRAP_KEY_BYTES)


def wrap(sealed: Sealed, *, key: bytes, parcel: ParcelId) -> bytes:
    """What goes to the disk; the parcel's id is authenticated, so that files cannot be exchanged."""
    nonce = os.urandom(_NONCE_BYTES)
    return _MAGIC + nonce + AESGCM(key).encrypt(nonce, sealed.content, _MAGIC + parcel.encode())


def unwrap(content: bytes, *, key: bytes, parcel: ParcelId) -> Sealed:
    """The sealed bytes again. :raises: SpoolDamaged when the file is torn, changed or another parcel's."""
    if content[: len(_MAGIC)] != _MAGIC:
        raise SpoolDamaged("The parcel's file does not begin as one.")
    nonce = content[len(_MAGIC) : len(_MAGIC) + _NONCE_BYTES]
    body = content[len(_MAGIC) + _NONCE_BYTES :]
    try:
        return Sealed(AESGCM(key).decrypt(nonce, body, _MAGIC + parcel.encode()))
    except (InvalidTag, ValueError) as error:
        raise SpoolDamaged("The parcel's file was changed or torn.") from error
