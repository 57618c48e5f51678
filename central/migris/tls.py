"""TLS between the opener and MIGRIS: certificates on both sides, from an authority of their own."""

import ssl

from central.errors import SetUpError
from central.paths import MIGRIS_AUTHORITY, MIGRIS_CLIENT, Paths


def connector_tls(paths: Paths) -> ssl.SSLContext:
    """The client's side. :raises: SetUpError when certificate or key cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(paths.certificate(MIGRIS_AUTHORITY))
        context.load_cert_chain(paths.certificate(MIGRIS_CLIENT), paths.key(MIGRIS_CLIENT))
    except OSError as error:
        raise SetUpError("The connector's certificate or key cannot be read.") from error
    return context
