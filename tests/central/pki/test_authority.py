"""Certificates as OpenSSL sees them, and requests that are not acceptable."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLCertVerificationError, SSLError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from central.errors import RequestInvalid, SetUpError
from central.pki.authority import BACKDATE, CA_LIFE, LEAF_LIFE, Authority, Pair
from tests.central.handshake import contexts, shake
from vault.envelope import SigningKey

NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 (OpenSSL compares with the clock on the wall)
FOUNDED = Authority.found("Smilius CA", now=NOW)
OTHER = Authority.found("Smilius CA", now=NOW)
AUTHORITY = Authority(FOUNDED)
SERVER = AUTHORITY.issue_server(("localhost", "127.0.0.1", "broker.example"), now=NOW)
STATION_KEY = SigningKey.generate()


def station(name: str = "lt/vilnius-1") -> Pair:
    certificate, _ = AUTHORITY.issue_station(STATION_KEY.certificate_request("central"), common_name=name, now=NOW)
    return Pair(STATION_KEY.pem(), certificate)


def read(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "broker.example"])
def test_station_and_broker_believe_each_other(tmp_path: Path, host: str) -> None:
    server, client = contexts(
        tmp_path,
        server=SERVER,
        client=station(),
        server_trusts=FOUNDED.certificate,
        client_trusts=FOUNDED.certificate,
    )
    assert shake(server, client, host=host) == "lt/vilnius-1"


def test_headquarters_own_client_is_believed(tmp_path: Path) -> None:
    client = AUTHORITY.issue_client("central", now=NOW)
    sides = contexts(
        tmp_path, server=SERVER, client=client, server_trusts=FOUNDED.certificate, client_trusts=FOUNDED.certificate
    )
    assert shake(*sides) == "central"


def test_another_host_is_not_believed(tmp_path: Path) -> None:
    sides = contexts(
        tmp_path, server=SERVER, client=station(), server_trusts=FOUNDED.certificate, client_trusts=FOUNDED.certificate
    )
    with pytest.raises(SSLCertVerificationError, match="ostname"):
        shake(*sides, host="broker.elsewhere")


@pytest.mark.parametrize(("server_trusts", "client_trusts"), [(FOUNDED, OTHER), (OTHER, FOUNDED)])
def test_another_authority_of_the_same_name_is_not_believed(
    tmp_path: Path, server_trusts: Pair, client_trusts: Pair
) -> None:
    sides = contexts(
        tmp_path,
        server=SERVER,
        client=station(),
        server_trusts=server_trusts.certificate,
        client_trusts=client_trusts.certificate,
    )
    with pytest.raises(SSLCertVerificationError):
        shake(*sides)


def test_a_station_cannot_be_a_server(tmp_path: Path) -> None:
    sides = contexts(
        tmp_path,
        server=station("localhost"),
        client=station(),
        server_trusts=FOUNDED.certificate,
        client_trusts=FOUNDED.certificate,
    )
    with pytest.raises(SSLCertVerificationError, match="purpose"):
        shake(*sides)


def test_a_server_cannot_be_a_client(tmp_path: Path) -> None:
    sides = contexts(
        tmp_path, server=SERVER, client=SERVER, server_trusts=FOUNDED.certificate, client_trusts=FOUNDED.certificate
    )
    with pytest.raises(SSLCertVerificationError, match="purpose"):
        shake(*sides)


def test_a_station_cannot_sign_certificates(tmp_path: Path) -> None:
    below = Authority(station()).issue_client("central", now=NOW)
    sides = contexts(
        tmp_path,
        server=SERVER,
        client=Pair(below.key, below.certificate + station().certificate),
        server_trusts=FOUNDED.certificate,
        client_trusts=FOUNDED.certificate,
    )
    with pytest.raises(SSLError):
        shake(*sides)


def test_the_name_is_headquarters_to_give() -> None:
    names = read(station().certificate).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert [name.value for name in names] == ["lt/vilnius-1"]


def test_what_a_request_asks_for_is_not_taken_over() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    asked = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "central")]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, public = AUTHORITY.issue_station(
        asked.public_bytes(serialization.Encoding.PEM).decode(), common_name="lt/vilnius-1", now=NOW
    )
    extensions = read(pem).extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    with pytest.raises(x509.ExtensionNotFound):
        extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert serialization.load_pem_public_key(public.encode()) == key.public_key()


def test_lives_are_limited_and_begin_a_little_earlier() -> None:
    for pem, life in (
        (FOUNDED.certificate, CA_LIFE),
        (SERVER.certificate, LEAF_LIFE),
        (station().certificate, LEAF_LIFE),
    ):
        certificate = read(pem)
        assert certificate.not_valid_before_utc == NOW - BACKDATE
        assert certificate.not_valid_after_utc == NOW + life
    assert read(station().certificate).serial_number != read(station().certificate).serial_number


def test_a_server_may_have_a_long_name() -> None:
    host = ".".join(["a" * 60, "b" * 60, "example"])
    certificate = read(AUTHORITY.issue_server((host,), now=NOW).certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [host]


def _request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lt/vilnius-1")])
    )
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.PEM).decode()


def _changed_request() -> str:
    der = bytearray(
        x509.load_pem_x509_csr(STATION_KEY.certificate_request("lt/vilnius-1").encode()).public_bytes(
            serialization.Encoding.DER
        )
    )
    der[-5] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM).decode()


def _of_curve(curve: str) -> str:
    """A request of a curve that the library does not make."""
    key = subprocess.run(
        ["openssl", "ecparam", "-genkey", "-noout", "-name", curve], capture_output=True, check=True
    ).stdout
    made = subprocess.run(
        ["openssl", "req", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"], input=key, capture_output=True, check=True
    )
    return made.stdout.decode()


REQUESTS: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no PEM": lambda: "-----BEGIN CERTIFICATE REQUEST-----\nbm8=\n-----END CERTIFICATE REQUEST-----\n",
    "a certificate": lambda: SERVER.certificate,
    "a key": STATION_KEY.pem,
    "not its own": _changed_request,
    "another curve": lambda: _request(ec.generate_private_key(ec.SECP384R1())),
    "RSA": lambda: _request(rsa.generate_private_key(65537, 2048)),
    "Ed25519": lambda: _request(ed25519.Ed25519PrivateKey.generate()),
    "a curve nobody knows": lambda: _of_curve("secp112r1"),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_a_bad_request_is_refused_with_one_sentence(what: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        AUTHORITY.issue_station(REQUESTS[what](), common_name="lt/vilnius-1", now=NOW)
    assert refused.value.sentence.startswith("The certificate request ")


def test_a_name_that_no_certificate_can_carry_is_refused() -> None:
    request = STATION_KEY.certificate_request("x")
    longest = "t" * 40 + "/" + "s" * 23
    assert AUTHORITY.issue_station(request, common_name=longest, now=NOW)
    with pytest.raises(RequestInvalid, match="longer together"):
        AUTHORITY.issue_station(request, common_name=longest + "s", now=NOW)


@pytest.mark.parametrize(
    "pair", [Pair("", FOUNDED.certificate), Pair(FOUNDED.key, ""), Pair("-----BEGIN", FOUNDED.certificate)]
)
def test_an_authority_that_cannot_be_read_says_so(pair: Pair) -> None:
    with pytest.raises(SetUpError):
        Authority(pair)


def test_an_authority_survives_its_pair_being_read_again() -> None:
    again = Authority(FOUNDED).issue_client("central", now=NOW + timedelta(days=1))
    read(again.certificate).verify_directly_issued_by(read(FOUNDED.certificate))
