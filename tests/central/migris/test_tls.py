"""The connector's side of TLS. That nobody else is let in is in `test_http`."""

import ssl

import pytest

from central.errors import SetUpError
from central.migris.tls import connector_tls
from central.paths import MIGRIS_AUTHORITY, MIGRIS_CLIENT, Paths


def test_only_the_newest_version_and_one_authority(headquarters: Paths) -> None:
    context = connector_tls(headquarters)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    (trusted,) = context.get_ca_certs()
    assert "Smilius MIGRIS CA" in repr(trusted["subject"])


@pytest.mark.parametrize("name", [MIGRIS_AUTHORITY, MIGRIS_CLIENT])
def test_a_certificate_that_is_lost_or_broken_is_said(headquarters: Paths, name: str) -> None:
    headquarters.certificate(name).write_text("broken")
    with pytest.raises(SetUpError):
        connector_tls(headquarters)
    headquarters.certificate(name).unlink()
    with pytest.raises(SetUpError):
        connector_tls(headquarters)
