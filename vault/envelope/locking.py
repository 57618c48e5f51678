"""Keys at rest: a secret locked under a key of this unit, and the unit's key derived from what the hardware holds.

Layout: nonce (12), ciphertext and tag; the secret's name is authenticated, so that files cannot be exchanged.
Source: NIST SP 800-38D (AES-256-GCM), RFC 5869 (HKDF-SHA256).
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.errors import KeyMissing

LOCK_KEY_BYTES = 32
_NONCE_BYTES = 12


def derive_key(root: bytes, *, purpose: str) -> bytes:
    """Thirty-two bytes out of a secret of the hardware: another purpose, another key; none leads back."""
    return HKDF(algorithm=hashes.SHA256(), length=LOCK_KEY_BYTES, salt=None, info=purpose.encode()).derive(root)


def lock(secret: bytes, *, key: bytes, name: str) -> bytes:
    """The secret, readable with the key and under the name only."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, name.encode())


def unlock(content: bytes, *, key: bytes, name: str) -> bytes:
    """The secret again. :raises: KeyMissing when it was changed, or locked with another key or under another name."""
    try:
        return AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise KeyMissing(f"The key {name} does not open with the key that this unit has.") from error
