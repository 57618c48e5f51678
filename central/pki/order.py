"""Orders to destroy: written once, signed by two people, each with a key that only they have.

The private keys are no part of headquarters' folder: whoever signs keeps theirs on a stick of their own. The folder
has the public halves, and every station that is enrolled from then on believes them.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from agent.wire import DestroyOrder, WireError, sign_document
from agent.wire.document import read_plain
from central.errors import RequestInvalid, SetUpError
from central.paths import Paths, sync_folder, write_whole
from central.pki.registry import Registry
from central.settings import load_settings
from vault.envelope import KeyMissing, SigningKey

ORDER_DAYS_MAX = 90
"""No order is valid longer."""


def make_key(paths: Paths, file: Path) -> str:
    """A new key in the file, its public half in headquarters' folder; returns its id.

    :raises: RequestInvalid when the file is there already or cannot be written, SetUpError.
    """
    load_settings(paths.settings)
    key = SigningKey.generate()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(key.pem())
            opened.flush()
            os.fsync(opened.fileno())
        sync_folder(file.resolve().parent)
        paths.order_keys.mkdir(mode=0o700, exist_ok=True)
        write_whole(paths.order_keys / f"{key.kid}.pem", key.public.pem().encode())
    except FileExistsError:
        raise RequestInvalid("There is a file of this name already; no key is written over.") from None
    except OSError as error:
        raise RequestInvalid("The key cannot be written there.") from error
    return key.kid


def order_public(paths: Paths) -> tuple[str, ...]:
    """What a station is given at its enrolment. :raises: SetUpError."""
    try:
        return tuple(path.read_text() for path in sorted(paths.order_keys.glob("*.pem")))
    except (OSError, UnicodeDecodeError) as error:
        raise SetUpError("The keys that orders are signed with cannot be read.") from error


def write_order(
    paths: Paths,
    place: tuple[str, str],
    *,
    what: tuple[str, str, tuple[str, ...] | None],
    days: int,
    now: datetime,
) -> bytes:
    """The order as two people will sign it.

    :param place: tenant and station; the unit is the one that is enrolled there now.
    :param what: verb, reason, and the parcels or None for all.
    :raises: StationUnknown, RequestInvalid, SetUpError.
    """
    load_settings(paths.settings)
    verb, reason, parcels = what
    if not 0 < days <= ORDER_DAYS_MAX:
        raise RequestInvalid(f"An order is valid for 1 to {ORDER_DAYS_MAX} days.")
    fields = {
        "tenant": place[0],
        "station": place[1],
        "unit": Registry(paths.stations).known(*place).link_kid,
        "verb": verb,
        "reason": reason,
        "parcels": parcels,
        "expires": now + timedelta(days=days),
        # moments only grow, so that no register of counters is needed
        "counter": int(now.timestamp() * 1000),
    }
    try:
        return DestroyOrder.model_validate(fields).canonical()
    except ValueError:
        raise RequestInvalid("The order names something that cannot be: look at the parcels' ids.") from None


def sign_order(order: bytes, *, key: Path) -> tuple[DestroyOrder, bytes]:
    """What was signed, to be shown to whoever signs, and the signed order. :raises: RequestInvalid."""
    try:
        read = read_plain(order, DestroyOrder)
        return read, sign_document(read, SigningKey.from_pem(key.read_text()))
    except WireError as error:
        raise RequestInvalid("The file is not an order.") from error
    except (OSError, UnicodeDecodeError, KeyMissing) as error:
        raise RequestInvalid("The key cannot be read.") from error
