"""Sign documents and verify them: COSE_Sign1, ES256, the content type inside the signature.

The content type is checked on reading, so that a document of one sort can never pass for another (a bill for a
receipt). Source: RFC 9052 section 4.2, RFC 9053 section 2.1.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cwt import COSE
from cwt.cose_key_interface import COSEKeyInterface
from cwt.exceptions import CWTError

from vault.envelope.key import Signer, VerifyingKey
from vault.envelope.sign1 import read_sign1
from vault.errors import SealBroken

_ALG, _CONTENT_TYPE, _KID = 1, 3, 4
_ES256 = -7
_KTY, _KEY_ID, _KEY_ALG, _KEY_OPS = 1, 2, 3, 4  # of a COSE_Key: RFC 9052 section 7.1
_EC2, _MAY_SIGN = 2, 1


class Pinned:
    """The keys that a signature may be made with, by kid: what is not pinned is not trusted."""

    def __init__(self, keys: Iterable[VerifyingKey]) -> None:
        self._keys = {key.kid: key for key in keys}

    def key(self, kid: str) -> VerifyingKey:
        """The pinned key with this id. :raises: SealBroken when there is none."""
        if kid not in self._keys:
            raise SealBroken("The signature was made with a key that is not trusted here.")
        return self._keys[kid]


class _ByHandle(COSEKeyInterface):
    """What the library takes for a key, and is none: the signer is asked, wherever its private half lives."""

    def __init__(self, signer: Signer) -> None:
        super().__init__({_KTY: _EC2, _KEY_ID: signer.kid.encode(), _KEY_ALG: _ES256, _KEY_OPS: [_MAY_SIGN]})
        self._signer = signer

    def sign(self, msg: bytes) -> bytes:
        return self._signer.sign(msg)


def sign(payload: bytes, *, key: Signer, content_type: str, headers: Mapping[str, object] | None = None) -> bytes:
    """COSE_Sign1 bytes over the payload.

    :param content_type: goes into the protected header and must be expected by the reader.
    :param headers: further protected entries under text labels.
    """
    protected: dict[int | str, Any] = {_ALG: _ES256, _KID: key.kid.encode(), _CONTENT_TYPE: content_type}
    protected.update(headers or {})
    message = COSE.new().encode_and_sign(payload, _ByHandle(key), protected=protected)
    assert isinstance(message, bytes)
    return message


def verify(message: bytes, *, pinned: Pinned, content_type: str) -> tuple[bytes, dict[str, object]]:
    """The payload and the text-labelled protected entries, after the signature was verified.

    :raises: SealBroken when it is not COSE_Sign1, of another content type, by another key or changed.
    """
    header = read_sign1(message).protected
    if header.get(_CONTENT_TYPE) != content_type or header.get(_ALG) != _ES256:
        raise SealBroken("The signed document is of another kind than expected.")
    kid = header.get(_KID)
    if not isinstance(kid, bytes):
        raise SealBroken("The signed document does not name its key.")
    key = pinned.key(kid.decode("ascii", "replace"))
    try:
        payload = COSE.new().decode(message, key.cose)
    except (CWTError, ValueError, TypeError, LookupError) as error:
        raise SealBroken("The signature does not fit the document.") from error
    if not isinstance(payload, bytes):
        raise SealBroken("The signed document carries no bytes.")
    return payload, {name: value for name, value in header.items() if isinstance(name, str)}


def content_type_of(message: bytes) -> str:
    """Which sort of document this says it is, NOT verified. :raises: SealBroken when it is not a signed document."""
    content_type = read_sign1(message).protected.get(_CONTENT_TYPE)
    return content_type if isinstance(content_type, str) else ""


def signer_of(message: bytes) -> str:
    """Which key this says it is signed with, NOT verified; `verify` goes by the same entry. :raises: SealBroken."""
    kid = read_sign1(message).protected.get(_KID)
    return kid.decode("ascii", "replace") if isinstance(kid, bytes) else ""
