"""What stands in a network and answers wrongly: servers that a driver must survive."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[bytes], bytes | None]
"""What is answered to what came; None for nothing more, and the connection stands."""


class Stranger:
    """A server on this machine that answers whatever a test says."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0


@asynccontextmanager
async def answering(answer: Answer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stranger]:
    """A server that gives the answer to everything that it hears."""
    stranger = Stranger()
    open_ends: set[asyncio.StreamWriter] = set()
    all_closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stranger.connections += 1
        open_ends.add(writer)
        all_closed.clear()
        with suppress(OSError):
            while said := await reader.read(65536):
                writer.write(answer(said) or b"")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        open_ends.discard(writer)
        if not open_ends:
            all_closed.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    stranger.port = server.sockets[0].getsockname()[1]
    try:
        yield stranger
    finally:
        server.close()
        for writer in list(open_ends):
            writer.transport.abort()
        if open_ends:
            await all_closed.wait()


def certificate(folder: Path, name: str) -> Path:
    """A certificate by a maker whom nobody knows, with its key, in one file."""
    key, maker = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "maker")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(maker, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file
