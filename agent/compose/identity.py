"""Reads what the claim left on the disk: who we are, and whose word we take."""

import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.config.paths import Paths
from agent.config.trust import believed_receipt_keys, known_receipt_keys, sealing_key
from agent.errors import ConfigError
from vault.envelope import Pinned, RecipientPublic, SigningKey, VerifyingKey

__all__ = ["in_memory", "known_receipt_keys", "link_tls", "order_keys", "receipt_keys", "recipient"]

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


def receipt_keys(paths: Paths) -> Pinned:
    """Central's receipt keys, several while they overlap, each with its time; a revoked one never, wherever it is.

    :raises: ConfigError when the station was not claimed, or every key was revoked.
    """
    return believed_receipt_keys(paths)


def order_keys(paths: Paths) -> Pinned:
    """Whose orders to destroy are believed; none when headquarters had no such keys at the claim.

    :raises: ConfigError when the file is there and cannot be read.
    """
    try:
        blocks = _PEM.findall(paths.order_keys.read_text())
    except FileNotFoundError:
        blocks = []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("The keys that orders are signed with cannot be read.") from error
    return Pinned(VerifyingKey.from_pem(block) for block in blocks)


def recipient(paths: Paths) -> RecipientPublic:
    """What packages and questions are sealed for, whatever its time. :raises: ConfigError when it was not claimed."""
    return sealing_key(paths)[0]


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
