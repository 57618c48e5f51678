"""Sign documents and verify them: COSE_Sign1, ES256, the content type inside the signature.

The content type is checked on reading, so that a document of one sort can never pass for another (a bill for a
receipt). Source: RFC 9052 section 4.2, RFC 9053 section 2.1.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from cwt import COSE
from cwt.cose_key_interface import COSEKeyInterface
from cwt.exceptions import CWTError

from vault.envelope.key import Signer, VerifyingKey
from vault.envelope.sign1 import read_sign1
from vault.envelope.validity import ALWAYS, Validity
from vault.errors import SealBroken, SealForeign

_ALG, _CONTENT_TYPE, _KID = 1, 3, 4
_ES256 = -7
_KTY, _KEY_ID, _KEY_ALG, _KEY_OPS = 1, 2, 3, 4  # of a COSE_Key: RFC 9052 section 7.1
_EC2, _MAY_SIGN = 2, 1


_UNTIMED: Final[Mapping[str, Validity]] = MappingProxyType({})


class Pinned:
    """The keys that a signature may be made with, by kid: what is not pinned is not trusted."""

    def __init__(
        self, keys: Iterable[VerifyingKey], *, times: Mapping[str, Validity] = _UNTIMED, at: datetime | None = None
    ) -> None:
        """:param times: the keys' times by kid; a key that is not in it has neither beginning nor end.
        :param at: the moment of the signature, when it is known; a key that is outside its time then is not given out.
        """
        self._at = at
        self.become(keys, times=times)

    @property
    def keys(self) -> tuple[VerifyingKey, ...]:
        """All of them."""
        return tuple(self._keys.values())

    def key(self, kid: str) -> VerifyingKey:
        """The pinned key with this id.

        :raises: SealForeign when there is none; KeyOutOfTime when these are the keys of a moment outside its time.
        """
        if kid not in self._keys:
            raise SealForeign("The signature was made with a key that is not trusted here.")
        if self._at is not None:
            self._times.get(kid, ALWAYS).check(self._at, kid=kid)
        return self._keys[kid]

    def at(self, moment: datetime) -> "Pinned":
        """The same keys for signatures of this moment."""
        return Pinned(self._keys.values(), times=self._times, at=moment)

    def become(self, keys: Iterable[VerifyingKey], *, times: Mapping[str, Validity] = _UNTIMED) -> None:
        """From now on these are the keys, for whoever holds this."""
        self._keys, self._times = {key.kid: key for key in keys}, dict(times)


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
    kid = _kid_in(header)
    key = pinned.key(kid)
    try:
        payload = COSE.new().decode(message, key.cose)
    except (CWTError, ValueError, TypeError, LookupError) as error:
        raise SealBroken("The signature does not fit the document.") from error
    if not isinstance(payload, bytes):
        raise SealBroken("The signed document carries no bytes.")
    return payload, {name: value for name, value in header.items() if isinstance(name, str)}


def signer_of(message: bytes) -> str:
    """The id of the key that this says it is signed with, NOT verified. :raises: SealBroken when it names none."""
    return _kid_in(read_sign1(message).protected)


def _kid_in(header: Mapping[object, object]) -> str:
    kid = header.get(_KID)
    if not isinstance(kid, bytes):
        raise SealBroken("The signed document does not name its key.")
    return kid.decode("ascii", "replace")


def content_type_of(message: bytes) -> str:
    """Which sort of document this says it is, NOT verified. :raises: SealBroken when it is not a signed document."""
    content_type = read_sign1(message).protected.get(_CONTENT_TYPE)
    return content_type if isinstance(content_type, str) else ""
