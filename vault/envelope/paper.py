"""The paper code: printed once at the claim, kept in a safe; the station keeps a slow salted hash of it only.

Source: RFC 7914 (scrypt); the alphabet is Crockford's base 32, which has no letters that are taken for digits.
"""

import secrets
from typing import Annotated

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import BaseModel, ConfigDict, StringConstraints

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 5
_SALT_BYTES, _HASH_BYTES = 16, 32
# 32 MiB and about a tenth of a second on a Pi 4: the code's 100 random bits are what protects it
_COST, _BLOCK, _LANES = 2**15, 8, 1

_Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,64}$")]


class PaperHash(BaseModel):
    """What is kept of a paper code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    salt: _Hex
    """Random, one a code; names the code."""
    hash: _Hex
    """scrypt of the code."""


def new_paper_code() -> str:
    """100 random bits as four groups of five letters and digits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def hash_paper_code(code: str) -> PaperHash:
    """The hash under a new salt; the code itself is the caller's to show and forget."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return PaperHash(salt=salt.hex(), hash=_scrypt(salt).derive(_typed(code)).hex())


def fits(code: str, kept: PaperHash) -> bool:
    """Whether this is the code, however its letters, hyphens and spaces were typed."""
    try:
        _scrypt(bytes.fromhex(kept.salt)).verify(_typed(code), bytes.fromhex(kept.hash))
    except InvalidKey:
        return False
    return True


def _scrypt(salt: bytes) -> Scrypt:
    return Scrypt(salt=salt, length=_HASH_BYTES, n=_COST, r=_BLOCK, p=_LANES)


def _typed(code: str) -> bytes:
    letters = "".join(code.split()).replace("-", "").upper()
    # what Crockford's alphabet reads alike
    return letters.translate(str.maketrans("OIL", "011")).encode()
