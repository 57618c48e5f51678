"""What the claim left on the disk, whole or not."""

import base64
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.compose.identity import link_tls
from agent.config.paths import Paths
from agent.config.trust import believed_receipt_keys, known_receipt_keys, sealing_key
from agent.errors import ConfigError
from central.pki.authority import Authority, Pair
from vault.envelope import RecipientKey, SigningKey
from vault.errors import KeyMissing, SealBroken


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(tmp_path)
    found.trust.mkdir(parents=True)
    found.courier.mkdir(parents=True)
    return found


def pair() -> tuple[str, Pair]:
    now = datetime.now(UTC)  # noqa: TID251 (certificates are of today)
    founded = Authority.found("Smilius CA", now=now)
    return founded.certificate, Authority(founded).issue_client("lt/vilnius-1", now=now)


def test_every_receipt_key_in_the_file_is_believed(paths: Paths) -> None:
    old, new, foreign = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
    paths.receipt_keys.write_text(f"# rotated in May\n{old.public.pem()}{new.public.pem()}")
    pinned = believed_receipt_keys(paths)
    assert (pinned.key(old.kid).kid, pinned.key(new.kid).kid) == (old.kid, new.kid)
    with pytest.raises(SealBroken):
        pinned.key(foreign.kid)


def test_a_revoked_receipt_key_is_known_and_not_believed(paths: Paths) -> None:
    old, new = SigningKey.generate(), SigningKey.generate()
    # a station that takes an old answer again gets the key again: it stays revoked
    paths.receipt_keys.write_text(old.public.pem() + new.public.pem())
    paths.revoked_receipt_keys.write_text(f"# lost in June\n{old.public.pem()}")
    believed, known = believed_receipt_keys(paths), known_receipt_keys(paths)
    assert believed.key(new.kid).kid == new.kid
    with pytest.raises(SealBroken):
        believed.key(old.kid)
    assert {known.key(kid).kid for kid in (old.kid, new.kid)} == {old.kid, new.kid}


def test_a_station_without_a_receipt_key_that_is_believed_says_so(paths: Paths) -> None:
    key = SigningKey.generate().public.pem()
    paths.receipt_keys.write_text(key)
    paths.revoked_receipt_keys.write_text(key)
    with pytest.raises(ConfigError, match="Every receipt key"):
        believed_receipt_keys(paths)


@pytest.mark.parametrize("content", [b"no key here\n", b"\xff\xfe\xff"])
def test_a_revocation_that_cannot_be_read_is_not_passed_over(paths: Paths, content: bytes) -> None:
    paths.receipt_keys.write_text(SigningKey.generate().public.pem())
    paths.revoked_receipt_keys.write_bytes(content)
    with pytest.raises(ConfigError, match="revoked receipt keys"):
        believed_receipt_keys(paths)


@pytest.mark.parametrize("content", [b"", b"no key here\n", b"\xff\xfe\xff"])
def test_a_file_without_a_receipt_key_is_refused(paths: Paths, content: bytes) -> None:
    paths.receipt_keys.write_bytes(content)
    with pytest.raises(ConfigError, match="receipt key"):
        believed_receipt_keys(paths)


def test_a_receipt_key_that_is_none_is_refused(paths: Paths) -> None:
    paths.receipt_keys.write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    with pytest.raises(KeyMissing):
        believed_receipt_keys(paths)


def test_the_sealing_key_is_read_as_it_was_given(paths: Paths) -> None:
    key = RecipientKey.generate()
    for ending in ("", "\n"):
        paths.recipient.write_text(base64.b64encode(key.public.content).decode() + ending)
        assert sealing_key(paths)[0].kid == key.kid


@pytest.mark.parametrize(
    ("content", "error"), [(b"not base64!", ConfigError), (b"\xff\xfe", ConfigError), (b"AAAA", KeyMissing)]
)
def test_a_sealing_key_that_is_none_is_refused(paths: Paths, content: bytes, error: type[Exception]) -> None:
    paths.recipient.write_bytes(content)
    with pytest.raises(error):
        sealing_key(paths)[0]


def test_a_station_that_was_not_claimed_says_so(paths: Paths) -> None:
    for read in (believed_receipt_keys, sealing_key, lambda place: link_tls(place, SigningKey.generate())):
        with pytest.raises(ConfigError, match="not claimed yet"):
            read(paths)


def test_the_link_trusts_centrals_authority_only_and_checks_names(paths: Paths) -> None:
    certificate, client = pair()
    paths.broker_ca.write_text(certificate)
    paths.link_certificate.write_text(client.certificate)
    tls = link_tls(paths, SigningKey.from_pem(client.key))
    assert [item["subject"] for item in tls.get_ca_certs()] == [((("commonName", "Smilius CA"),),)]
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert tls.minimum_version is ssl.TLSVersion.TLSv1_3


def test_a_key_that_does_not_fit_its_certificate_is_refused(paths: Paths) -> None:
    certificate, client = pair()
    paths.broker_ca.write_text(certificate)
    paths.link_certificate.write_text(client.certificate)
    with pytest.raises(ConfigError):
        link_tls(paths, SigningKey.from_pem(pair()[1].key))
