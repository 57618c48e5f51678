"""vault/envelope/key.py: keys as handles; what is not a key of the right sort is said to be missing."""

import hashlib
import pickle  # noqa: TID251  # that it is refused is what is tested
from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from central.pki.authority import Authority
from vault.envelope import KeyMissing, RecipientKey, RecipientPublic, SigningKey, VerifyingKey

_ENCODING = serialization.Encoding.PEM
_NO_PASSWORD = serialization.NoEncryption()


def _private_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, password: bytes | None = None) -> str:
    cipher = serialization.BestAvailableEncryption(password) if password else _NO_PASSWORD
    return key.private_bytes(_ENCODING, serialization.PrivateFormat.PKCS8, cipher).decode()


def _public_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(_ENCODING, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_signing_key_survives_its_pem() -> None:
    key = SigningKey.generate()
    assert SigningKey.from_pem(key.pem()).kid == key.kid == key.public.kid
    assert VerifyingKey.from_pem(key.public.pem()).kid == key.kid
    assert key.pem().startswith("-----BEGIN PRIVATE KEY-----")


def test_a_keys_id_is_the_digest_of_its_public_half() -> None:
    key = SigningKey.generate()
    der = b64decode("".join(key.public.pem().splitlines()[1:-1]))
    assert key.kid == hashlib.sha256(der).hexdigest()[:16]
    recipient = RecipientKey.generate()
    assert recipient.kid == hashlib.sha256(recipient.public.content).hexdigest()[:16]
    assert len({key.kid, SigningKey.generate().kid, recipient.kid, RecipientKey.generate().kid}) == 4


WRONG_PRIVATE = {
    "empty": "",
    "no pem": "not a key",
    "nothing inside": "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    "another curve": _private_pem(ec.generate_private_key(ec.SECP384R1())),
    "another algorithm": _private_pem(ed25519.Ed25519PrivateKey.generate()),
    "with a password": _private_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"),
    "public half": SigningKey.generate().public.pem(),
    "not even text": "\ud800",
}


@pytest.mark.parametrize("pem", WRONG_PRIVATE.values(), ids=WRONG_PRIVATE.keys())
def test_what_is_not_a_p256_private_key_is_missing(pem: str) -> None:
    with pytest.raises(KeyMissing):
        SigningKey.from_pem(pem)


WRONG_PUBLIC = {
    "empty": "",
    "no pem": "not a key",
    "another curve": _public_pem(ec.generate_private_key(ec.SECP384R1())),
    "another algorithm": _public_pem(ed25519.Ed25519PrivateKey.generate()),
    "private half": SigningKey.generate().pem(),
    "not even text": "\ud800",
}


@pytest.mark.parametrize("pem", WRONG_PUBLIC.values(), ids=WRONG_PUBLIC.keys())
def test_what_is_not_a_p256_public_key_is_missing(pem: str) -> None:
    with pytest.raises(KeyMissing):
        VerifyingKey.from_pem(pem)


def test_a_certificates_key_is_read_when_it_is_one_of_ours() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    founded = Authority.found("Smilius CA", now=now)
    assert VerifyingKey.from_certificate(founded.certificate).kid == SigningKey.from_pem(founded.key).kid
    for other in ("", "text", founded.key):
        with pytest.raises(KeyMissing, match="certificate"):
            VerifyingKey.from_certificate(other)
    foreign = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other")])
    made = x509.CertificateBuilder(name, name, foreign.public_key(), 1, now, now).sign(foreign, None)
    with pytest.raises(KeyMissing, match="curve"):
        VerifyingKey.from_certificate(made.public_bytes(_ENCODING).decode())


def test_a_certificate_request_proves_the_key_and_names_the_station() -> None:
    key = SigningKey.generate()
    request = x509.load_pem_x509_csr(key.certificate_request("lt/vilnius-1").encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=lt/vilnius-1"
    public = request.public_key().public_bytes(_ENCODING, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert public.decode() == key.public.pem()


def test_a_recipient_key_survives_its_bytes() -> None:
    key = RecipientKey.generate()
    again = RecipientKey(key.content())
    assert (again.kid, again.public.content) == (key.kid, key.public.content)
    assert (len(key.content()), len(key.public.content)) == (96, 1216)
    assert RecipientPublic(key.public.content).kid == key.kid


@pytest.mark.parametrize("size", [0, 32, 95, 97])
def test_a_recipient_key_of_another_size_is_missing(size: int) -> None:
    with pytest.raises(KeyMissing, match="wrong length"):
        RecipientKey(bytes(size))


@pytest.mark.parametrize("size", [0, 1184, 1215, 1217])
def test_a_recipients_public_key_of_another_size_is_missing(size: int) -> None:
    with pytest.raises(KeyMissing, match="wrong length"):
        RecipientPublic(bytes(size))


GOOD = RecipientKey.generate().public.content
SMALL_ORDER = {
    "zero": bytes(32),
    "one": b"\x01" + bytes(31),
    "of order eight": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    "minus one": b"\xec" + b"\xff" * 30 + b"\x7f",
}


@pytest.mark.parametrize("point", SMALL_ORDER.values(), ids=SMALL_ORDER.keys())
def test_a_point_that_makes_no_secret_is_refused_before_anything_is_sealed_for_it(point: bytes) -> None:
    with pytest.raises(KeyMissing, match="cannot be read"):
        RecipientPublic(GOOD[:1184] + point)


def test_coefficients_out_of_range_are_refused() -> None:
    with pytest.raises(KeyMissing, match="cannot be read"):
        RecipientPublic(b"\xff" * 1184 + GOOD[1184:])


@given(st.binary(min_size=1216, max_size=1216))
def test_any_bytes_are_a_key_or_missing(content: bytes) -> None:
    try:
        assert RecipientPublic(content).content == content
    except KeyMissing:
        return


def test_keys_do_not_show_themselves() -> None:
    signing, recipient = SigningKey.generate(), RecipientKey.generate()
    assert repr(signing) == f"SigningKey({signing.kid})"
    assert repr(signing.public) == f"VerifyingKey({signing.kid})"
    assert repr(recipient) == f"RecipientKey({recipient.kid})"
    assert repr(recipient.public) == f"RecipientPublic({recipient.kid})"
    for key in (signing, recipient):
        with pytest.raises(TypeError):
            pickle.dumps(key)
