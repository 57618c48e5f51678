"""Reads what the claim left on the disk: who we are, and whose word we take."""

import base64
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.config.paths import Paths
from agent.errors import ConfigError
from vault.envelope import Pinned, RecipientPublic, SigningKey, VerifyingKey

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


def receipt_keys(paths: Paths) -> Pinned:
    """Central's receipt keys that are believed now, several while they overlap; a revoked one never, wherever it is.

    :raises: ConfigError when the station was not claimed, or every key was revoked.
    """
    revoked = {key.kid for key in _revoked(paths)}
    believed = [key for key in _pinned(paths) if key.kid not in revoked]
    if not believed:
        raise ConfigError("Every receipt key of central's was revoked: the station needs a new answer of headquarters.")
    return Pinned(believed)


def known_receipt_keys(paths: Paths) -> Pinned:
    """Those and the revoked ones: they only show what was believed before. :raises: ConfigError."""
    return Pinned([*_pinned(paths), *_revoked(paths)])


def _pinned(paths: Paths) -> list[VerifyingKey]:
    try:
        blocks = _PEM.findall(paths.receipt_keys.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("The station was not claimed yet: central's receipt key is not there.") from error
    if not blocks:
        # without a key no receipt would ever be believed, and nothing would say so
        raise ConfigError("The file of central's receipt keys holds none.")
    return [VerifyingKey.from_pem(block) for block in blocks]


def _revoked(paths: Paths) -> list[VerifyingKey]:
    try:
        content = paths.revoked_receipt_keys.read_text()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        # to believe a key because its revocation cannot be read would be the wrong way round
        raise ConfigError("The file of revoked receipt keys cannot be read.") from error
    blocks = _PEM.findall(content)
    if content.strip() and not blocks:
        raise ConfigError("The file of revoked receipt keys holds none.")
    return [VerifyingKey.from_pem(block) for block in blocks]


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
    """What packages and questions are sealed for. :raises: ConfigError when the station was not claimed."""
    try:
        return RecipientPublic(base64.b64decode(paths.recipient.read_text().strip(), validate=True))
    except (OSError, ValueError) as error:
        raise ConfigError("The station was not claimed yet: central's sealing key is not there.") from error


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
