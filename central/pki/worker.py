"""Certificates of further bridges on one ledger: the broker knows each worker by a name of its own."""

from datetime import datetime

from central.broker.mosquitto import write_rules
from central.errors import RequestInvalid, SetUpError
from central.paths import Paths, write_secret, write_whole
from central.pki.authority import Authority, Pair
from central.settings import load_settings

CENTRAL = "central"
"""The name of a bridge that is the only one."""

WORKERS_MAX = 8
"""So many have a place in the broker's rules (`central/broker/stations.acl`)."""


def worker_name(number: int) -> str:
    """What the broker knows it as. No station's name is so: those have a slash."""
    return f"{CENTRAL}-{number}"


def make_worker(paths: Paths, number: int, *, now: datetime) -> bool:
    """Make key and certificate; whether the broker must read its rules again, which had no such worker.

    :raises: SetUpError, RequestInvalid when it has a certificate already.
    """
    load_settings(paths.settings)
    name = worker_name(number)
    if paths.certificate(name).exists():
        raise RequestInvalid(f"Worker {number} has a certificate already.")
    try:
        founded = Pair(paths.key("ca").read_text(), paths.certificate("ca").read_text())
        pair = Authority(founded).issue_client(name, now=now)
        # of an attempt that was cut off: without its certificate nobody has used it
        paths.key(name).unlink(missing_ok=True)
        write_secret(paths.key(name), pair.key)
        write_whole(paths.certificate(name), pair.certificate.encode())
        return write_rules(paths)
    except (OSError, UnicodeDecodeError) as error:
        raise SetUpError("A key or certificate of headquarters cannot be read or written.") from error
