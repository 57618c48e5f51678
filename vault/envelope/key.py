"""Keys as handles: they sign or open, and never show themselves in a repr.

A key's id (`kid`) is the first 16 hex digits of the SHA-256 of its public half, so that it needs no register.
"""

import hashlib
from typing import Protocol, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey
from cwt import COSEKey
from cwt.cose_key_interface import COSEKeyInterface

from vault.errors import KeyMissing
from vault.labels import Unserialised

_SEED_BYTES = 64
_MLKEM_PUBLIC_BYTES = 1184
_X25519_BYTES = 32
_SCALAR_BYTES = 32


def _kid(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


class VerifyingKey:
    """The public half of an ES256 key (NIST P-256)."""

    def __init__(self, public: ec.EllipticCurvePublicKey) -> None:
        self._public = public
        self.kid = _kid(
            public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        )
        self.cose: COSEKeyInterface = COSEKey.from_pem(self.pem(), kid=self.kid)

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Read a SubjectPublicKeyInfo. :raises: KeyMissing when it is not a P-256 public key."""
        try:
            public = serialization.load_pem_public_key(pem.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyMissing("The public key cannot be read.") from error
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
            raise KeyMissing("The public key is not of the P-256 curve.")
        return cls(public)

    @classmethod
    def from_certificate(cls, pem: str) -> Self:
        """The key that an X.509 certificate is for. :raises: KeyMissing when it is not a P-256 public key."""
        try:
            public = x509.load_pem_x509_certificate(pem.encode()).public_key()
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyMissing("The certificate cannot be read.") from error
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
            raise KeyMissing("The certificate's key is not of the P-256 curve.")
        return cls(public)

    def pem(self) -> str:
        """SubjectPublicKeyInfo in PEM."""
        encoding, layout = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._public.public_bytes(encoding, layout).decode()

    def __repr__(self) -> str:
        return f"VerifyingKey({self.kid})"


class Signer(Protocol):
    """Signs as one ES256 key, wherever its private half lives: in this process, or in a chip that keeps it."""

    @property
    def kid(self) -> str:
        """The id of the public half."""

    @property
    def public(self) -> VerifyingKey:
        """Verifies what it signs."""

    def sign(self, message: bytes) -> bytes:
        """ES256 over the message: r, then s, 32 bytes each. Source: RFC 9053 section 2.1. :raises: VaultError."""


class SigningKey(Unserialised):
    """An ES256 key (NIST P-256) that signs in this process's memory."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self.public = VerifyingKey(private.public_key())
        self.kid = self.public.kid

    @classmethod
    def generate(cls) -> Self:
        """A new key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Read an unencrypted PKCS #8 key. :raises: KeyMissing when it is not a P-256 private key."""
        try:
            private = serialization.load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyMissing("The private key cannot be read.") from error
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise KeyMissing("The private key is not of the P-256 curve.")
        return cls(private)

    def pem(self) -> str:
        """PKCS #8 in PEM, unencrypted: for a file that only its owner can read."""
        encoding, layout = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self._private.private_bytes(encoding, layout, serialization.NoEncryption()).decode()

    def sign(self, message: bytes) -> bytes:
        """ES256 over the message: r, then s."""
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_SCALAR_BYTES) + s.to_bytes(_SCALAR_BYTES)

    def certificate_request(self, common_name: str) -> str:
        """PKCS #10 in PEM: proves that whoever asks has this key. Source: RFC 2986."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self._private, hashes.SHA256())
        return request.public_bytes(serialization.Encoding.PEM).decode()

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"


class RecipientPublic:
    """The public half of an HPKE recipient key: whoever has it can seal, and only seal."""

    def __init__(self, content: bytes) -> None:
        """:param content: ML-KEM-768 key (1184 bytes), then X25519 key (32 bytes). :raises: KeyMissing."""
        if len(content) != _MLKEM_PUBLIC_BYTES + _X25519_BYTES:
            raise KeyMissing("The recipient's public key has the wrong length.")
        self.content = content
        self.kid = _kid(content)
        try:
            classical = x25519.X25519PublicKey.from_public_bytes(content[_MLKEM_PUBLIC_BYTES:])
            # a point of small order fails with every key: it is refused here and not in the middle of sealing
            x25519.X25519PrivateKey.generate().exchange(classical)
            self.hpke = MLKEM768X25519PublicKey(
                mlkem.MLKEM768PublicKey.from_public_bytes(content[:_MLKEM_PUBLIC_BYTES]), classical
            )
        except ValueError as error:
            raise KeyMissing("The recipient's public key cannot be read.") from error

    def __repr__(self) -> str:
        return f"RecipientPublic({self.kid})"


class RecipientKey(Unserialised):
    """The private half of an HPKE recipient key (KEM MLKEM768_X25519)."""

    def __init__(self, content: bytes) -> None:
        """:param content: ML-KEM-768 seed (64 bytes), then X25519 key (32 bytes). :raises: KeyMissing."""
        if len(content) != _SEED_BYTES + _X25519_BYTES:
            raise KeyMissing("The recipient's key has the wrong length.")
        self._content = content
        self._mlkem = mlkem.MLKEM768PrivateKey.from_seed_bytes(content[:_SEED_BYTES])
        self._x25519 = x25519.X25519PrivateKey.from_private_bytes(content[_SEED_BYTES:])
        self.hpke = MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        self.public = RecipientPublic(
            self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()
        )
        self.kid = self.public.kid

    @classmethod
    def generate(cls) -> Self:
        """A new key."""
        seed = mlkem.MLKEM768PrivateKey.generate().private_bytes_raw()
        return cls(seed + x25519.X25519PrivateKey.generate().private_bytes_raw())

    def content(self) -> bytes:
        """Seed and X25519 key, unencrypted: for a file that only its owner can read."""
        return self._content

    def __repr__(self) -> str:
        return f"RecipientKey({self.kid})"
