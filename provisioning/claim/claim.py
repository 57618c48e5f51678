"""`smilius claim`: two files between station and headquarters, on a stick or by mail; nothing in them is secret."""

import ssl
from pathlib import Path

from agent.compose.identity import in_memory
from agent.compose.keys import key_home
from agent.config.paths import Paths
from agent.errors import ConfigError, WireError
from agent.wire import EnrolmentAnswer
from agent.wire.document import read_plain
from agent.wire.ident import RESERVED_STATIONS, is_place_name
from provisioning.claim.identity import apply_answer, make_paper_code, make_request
from provisioning.errors import InputRefused
from vault.disk import read_file, write_durably
from vault.envelope import SigningKey
from vault.errors import VaultError
from vault.keys import load_signing_key

ANSWER_BYTES_MAX = 64 * 1024


def write_request(root: Path, *, tenant: str, station: str, file: Path) -> None:
    """Make the station's keys, or take those that are there, and write the request. :raises: InputRefused."""
    try:
        _check_names(tenant, station)
        request = make_request(Paths(root), tenant=tenant, station=station)
        write_durably(file.resolve(), request.canonical(), mode=0o644)
    except (VaultError, ConfigError) as error:
        raise InputRefused(error.code, error.sentence) from None


def _check_names(*names: str) -> None:
    for name in names:
        if not is_place_name(name):
            reserved = " and ".join(sorted(RESERVED_STATIONS))
            sentence = f"Tenant and station are named with a-z, 0-9 and hyphens, up to 40; {reserved} are reserved."
            raise InputRefused("place-unusable", sentence)


def take_answer(root: Path, file: Path) -> str:
    """Become the station that headquarters accepted; returns the paper code, which nobody can show again.

    :raises: InputRefused.
    """
    paths = Paths(root)
    try:
        answer = read_plain(read_file(file.resolve(), bytes_max=ANSWER_BYTES_MAX), EnrolmentAnswer)
        _check_ours(answer, load_signing_key(paths.link_key, key_home(paths, "courier")))
        apply_answer(paths, answer)
        return make_paper_code(paths)
    except WireError:
        raise InputRefused("answer-unreadable", "The file is not an answer of headquarters.") from None
    except (VaultError, ConfigError) as error:
        raise InputRefused(error.code, error.sentence) from None


def _check_ours(answer: EnrolmentAnswer, key: SigningKey) -> None:
    """Before anything is replaced: the certificate belongs to the key that this station made."""
    with in_memory(answer.link_certificate.encode()) as certificate, in_memory(key.pem().encode()) as pem:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, pem)
        except (OSError, ssl.SSLError):
            raise InputRefused("answer-foreign", "The answer is not to this station's request.") from None
