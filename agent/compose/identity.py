"""Reads what the claim left on the disk of who we are; whose word we take is in `agent.config.trust`."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.config.paths import Paths
from agent.errors import ConfigError
from vault.envelope import SigningKey


def link_tls(paths: Paths, key: SigningKey) -> ssl.SSLContext:
    """TLS 1.3 with the station's certificate, and only central's CA trusted. :raises: ConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(paths.broker_ca)
        with in_memory(key.pem().encode()) as pem:
            context.load_cert_chain(paths.link_certificate, pem)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError("The station was not claimed yet: its link certificate is not usable.") from error
    return context


@contextmanager
def in_memory(content: bytes) -> Iterator[Path]:
    """A file that is on no disk: the TLS library takes a key from nothing else."""
    descriptor = os.memfd_create("key", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        file.write(content)
        yield Path(f"/proc/self/fd/{descriptor}")
