"""TLS between the opener and MIGRIS: certificates on both sides, from headquarters' own CA."""

import ssl

from central.paths import Paths


def connector_tls(paths: Paths) -> ssl.SSLContext:
    """The client's side."""
    context = ssl.create_default_context(cafile=paths.certificate("ca"))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(paths.certificate("central"), paths.key("central"))
    return context
