"""COSE_Sign1 messages taken apart and put together by an independent reader, as an attacker would."""

from typing import Any

import cbor2
from cwt import COSE, COSEKey

from vault.envelope import SigningKey


def parts(message: bytes) -> tuple[dict[Any, Any], dict[Any, Any], bytes, bytes]:
    """Protected header, unprotected header, payload, signature."""
    protected, unprotected, payload, signature = cbor2.loads(message).value
    return cbor2.loads(protected), unprotected, payload, signature


def assembled(protected: object, unprotected: object, payload: object, signature: object) -> bytes:
    """The message again, with the old signature."""
    return cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps(protected), unprotected, payload, signature]))


def signed_again(protected: dict[Any, Any], payload: bytes, key: SigningKey) -> bytes:
    """The message with a signature that fits: what somebody does who has the key."""
    signed = COSE.new().encode_and_sign(payload, COSEKey.from_pem(key.pem(), kid=key.kid), protected=protected)
    assert isinstance(signed, bytes)
    return signed
