"""Seal content for one recipient, signed by one station; open it again where the recipient's key is.

HPKE base mode (RFC 9180), KEM MLKEM768_X25519, HKDF-SHA256, AES-256-GCM; its `info` is the canonical CBOR of the
context. The HPKE bytes (encapsulated key, then ciphertext) are the payload of a COSE_Sign1 whose protected header
carries the same context. The digest is SHA-256 of the COSE_Sign1 bytes.
"""

from dataclasses import asdict, dataclass
from typing import Self

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from vault.envelope.key import RecipientKey, RecipientPublic, Signer
from vault.envelope.sign1 import read_sign1
from vault.envelope.signing import Pinned, sign, verify
from vault.errors import SealBroken, SealForeign
from vault.labels import Plain, Sealed

CONTENT_TYPE = "application/x.smilius.sealed; v=1"
_CONTEXT = "smilius"
_RECIPIENT = "recipient"


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a sealed thing is, bound to it by encryption and signature alike."""

    tenant: str
    """Whose station it is."""
    station: str
    """Which station sealed it, or `central`."""
    parcel: str
    """The parcel's or the question's id."""
    kind: str
    """What it is: `enrolment`, ..., `question`, `answer`."""
    profile: str
    """Name and version of the profile, such as `lt-eresident/1`."""
    plain_bytes: int
    """Size of the plain content."""

    def canonical(self) -> bytes:
        """Canonical CBOR (RFC 8949 section 4.2)."""
        return cbor2.dumps(asdict(self), canonical=True)

    @classmethod
    def from_header(cls, header: object) -> Self:
        """Read what `seal` wrote. :raises: SealBroken when a field is missing or of the wrong type."""
        if not isinstance(header, dict) or set(header) != set(cls.__dataclass_fields__):
            raise SealBroken("The seal's context is not complete.")
        size = header["plain_bytes"]
        texts = {name: value for name, value in header.items() if name != "plain_bytes"}
        if not isinstance(size, int) or not all(isinstance(value, str) for value in texts.values()):
            raise SealBroken("The seal's context is not readable.")
        return cls(**texts, plain_bytes=size)


def seal(plain: Plain, context: Context, *, recipient: RecipientPublic, signer: Signer) -> Sealed:
    """Encrypt for the recipient and sign. The caller zeroes the plain content afterwards."""
    assert context.plain_bytes == len(plain), "the context states another size than the content has"
    view = plain.view()
    hpke = _suite().encrypt(view, recipient.hpke, info=context.canonical())
    view.release()
    headers = {_CONTEXT: asdict(context), _RECIPIENT: recipient.kid}
    return Sealed(sign(hpke, key=signer, content_type=CONTENT_TYPE, headers=headers))


def open_sealed(message: bytes, *, recipient: RecipientKey, pinned: Pinned) -> tuple[Context, Plain]:
    """Verify the signature, then decrypt.

    :raises: SealBroken when signature, recipient, context or size do not fit.
    """
    hpke, headers = verify(message, pinned=pinned, content_type=CONTENT_TYPE)
    context = Context.from_header(headers.get(_CONTEXT))
    if headers.get(_RECIPIENT) != recipient.kid:
        raise SealForeign("The seal was made for another key.")
    try:
        plain = Plain(_suite().decrypt(hpke, recipient.hpke, info=context.canonical()))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("The seal does not open with this key.") from error
    if len(plain) != context.plain_bytes:
        raise SealBroken("The sealed content has another size than its context says.")
    return context, plain


def recipient_of(message: bytes) -> str:
    """The id of the key that this says it was sealed for, NOT verified. :raises: SealBroken when it names none."""
    kid = read_sign1(message).protected.get(_RECIPIENT)
    if not isinstance(kid, str):
        raise SealBroken("The seal does not name the key that it was made for.")
    return kid
