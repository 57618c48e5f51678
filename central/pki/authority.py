"""A small certificate authority: broker, bridge, MIGRIS connector, stations. P-256 throughout.

Source: RFC 5280; design.md section 6 (certificate name `tenant/station`, `central` reserved).
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central.errors import RequestInvalid, SetUpError

CA_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=365)
# a station's clock may be a little behind headquarters'
BACKDATE = timedelta(hours=1)

NAME_MAX = 64
"""No common name is longer. Source: RFC 5280, appendix A.1, ub-common-name-length."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and its certificate, in PEM."""

    key: str
    """PKCS #8, unencrypted."""
    certificate: str
    """X.509."""


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


class Authority:
    """Signs certificates; its own private key stays at headquarters."""

    def __init__(self, pair: Pair) -> None:
        """:raises: SetUpError when the pair cannot be read."""
        try:
            key = serialization.load_pem_private_key(pair.key.encode(), password=None)
            self._certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise SetUpError("The authority's key or certificate cannot be read.") from error
        assert isinstance(key, ec.EllipticCurvePrivateKey), "the authority's key is one of ours"
        self._key = key

    @staticmethod
    def found(name: str, *, now: datetime) -> Pair:
        """A new authority."""
        key = _new_key()
        builder = _builder(name, now=now, life=CA_LIFE).issuer_name(_name(name))
        certificate = (
            builder.public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(sign_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return Pair(_key_pem(key), _pem(certificate))

    def issue_server(self, hosts: tuple[str, ...], *, now: datetime) -> Pair:
        """Key and certificate for a server under these host names and addresses."""
        key = _new_key()
        names = [_general_name(host) for host in hosts]
        # clients look at the alternative names only; the common name is for people
        builder = self._leaf(hosts[0][:NAME_MAX], now=now).public_key(key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Pair(_key_pem(key), self._sign(builder, usage=ExtendedKeyUsageOID.SERVER_AUTH))

    def issue_client(self, common_name: str, *, now: datetime) -> Pair:
        """Key and certificate for a client of headquarters' own."""
        key = _new_key()
        builder = self._leaf(common_name, now=now).public_key(key.public_key())
        return Pair(_key_pem(key), self._sign(builder, usage=ExtendedKeyUsageOID.CLIENT_AUTH))

    def issue_station(self, request_pem: str, *, common_name: str, now: datetime) -> tuple[str, str]:
        """A station's certificate and its public key (SubjectPublicKeyInfo), both PEM.

        The name is headquarters' to give: what the request says of itself is not taken over.

        :raises: RequestInvalid when the request cannot be read, does not prove its key or is not P-256, or when the
            name is too long for a certificate.
        """
        if len(common_name) > NAME_MAX:
            raise RequestInvalid(f"The names of tenant and station are longer together than {NAME_MAX - 1} letters.")
        try:
            request = x509.load_pem_x509_csr(request_pem.encode())
            proven, key = request.is_signature_valid, request.public_key()
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
            raise RequestInvalid("The certificate request cannot be read.") from error
        if not proven or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise RequestInvalid("The certificate request does not prove a P-256 key.")
        builder = self._leaf(common_name, now=now).public_key(key)
        public = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return self._sign(builder, usage=ExtendedKeyUsageOID.CLIENT_AUTH), public.decode()

    def _leaf(self, common_name: str, *, now: datetime) -> x509.CertificateBuilder:
        return _builder(common_name, now=now, life=LEAF_LIFE).issuer_name(self._certificate.subject)

    def _sign(self, builder: x509.CertificateBuilder, *, usage: x509.ObjectIdentifier) -> str:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return _pem(certificate)


def _builder(common_name: str, *, now: datetime, life: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + life)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
