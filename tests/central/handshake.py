"""A TLS handshake in memory, with everything that OpenSSL checks."""

import re
import ssl
from pathlib import Path

from central.pki.authority import Pair


def contexts(
    folder: Path, *, server: Pair, client: Pair, server_trusts: str, client_trusts: str
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Both sides, as strict as Python 3.13 is by default; trust is the PEM of an authority's certificate."""
    sides = []
    for protocol, pair, trusts in (
        (ssl.PROTOCOL_TLS_SERVER, server, server_trusts),
        (ssl.PROTOCOL_TLS_CLIENT, client, client_trusts),
    ):
        context = ssl.SSLContext(protocol)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=trusts)
        (folder / "key").write_text(pair.key)
        (folder / "certificate").write_text(pair.certificate)
        context.load_cert_chain(folder / "certificate", folder / "key")
        sides.append(context)
    return sides[0], sides[1]


def shake(server: ssl.SSLContext, client: ssl.SSLContext, *, host: str = "localhost") -> str:
    """The name that the server reads in the client's certificate. :raises: ssl.SSLError when either side refuses."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(to_server, to_client, server_side=True)
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    waiting = [here, there]
    for _ in range(8):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
    assert not waiting, "the handshake came to an end"
    shown = there.getpeercert()
    assert shown is not None
    (name,) = re.findall(r"'commonName', '([^']*)'", repr(shown["subject"]))
    return str(name)
