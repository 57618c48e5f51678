"""`smilius restore`: a unit that has never worked asks for a backup, and becomes what headquarters made of it for it.

All of it counts or nothing does: databases and configuration are built beside those that are there, and replaced
together (`vault.swap`). Nobody but the unit that asked can open what it was given, and it can do so once.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.exc import DatabaseError, OperationalError

from agent.compose.keys import key_home
from agent.compose.restoring import replaced, standing_still
from agent.config.courier import CourierSection
from agent.config.layers import load_layers, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.station import StationSection
from agent.config.trust import believed_receipt_keys
from agent.errors import ConfigError, Refused, WireError
from agent.wire import RestoreOrder, RestoreRequest, sign_document
from agent.wire.archive import unpack
from agent.wire.backup import ORDER, RESTORE
from agent.wire.document import read_plain
from provisioning.backup.fresh import check_fresh, was_restored
from provisioning.backup.rebuild import Counts, Keys, rebuild
from provisioning.claim.identity import CLAIM_LAYER
from provisioning.errors import InputRefused
from vault.disk import (
    is_there,
    names_in,
    overwrite_durably,
    read_file,
    rename_durably,
    unlink_durably,
    write_durably,
)
from vault.envelope import Pinned, RecipientKey, SealForeign, VerifyingKey, open_sealed
from vault.errors import DiskFailed, SealBroken, VaultError
from vault.keys import load_signer, load_signing_key
from vault.keys.private import read_private
from vault.swap import Swap

RESTORE_BYTES_MAX = 260 * 1024 * 1024
_LAYER_BYTES_MAX = 1024 * 1024
_SECTIONS: dict[str, type[BaseModel]] = {
    "place": PlaceSection,
    "station": StationSection,
    "courier": CourierSection,
}
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a unit has become."""

    order: RestoreOrder
    """On whose word, and out of what."""
    counts: Counts | None
    """What it brought; None when it was done before."""


def write_request(root: Path, file: Path, *, now: datetime) -> None:
    """Ask for a backup, with a key that serves for one restore; asking again asks with the same.

    :raises: InputRefused.
    """
    paths = Paths(root)
    try:
        check_fresh(paths)
        place = read_section(load_layers(paths.configuration), "place", model=PlaceSection)
        link = load_signing_key(paths.link_key, key_home(paths, "courier"))
        request = RestoreRequest(
            tenant=place.tenant,
            station=place.station,
            unit=link.kid,
            recipient_public=base64.b64encode(_restore_key(paths, make=True).public.content),
            time=now,
        )
        write_durably(file.absolute(), sign_document(request, link), mode=0o644)
    except (VaultError, ConfigError, WireError) as error:
        raise InputRefused(error.code, error.sentence) from None


def restore(root: Path, file: Path, *, now: datetime) -> Restored:
    """Become what the file says, wholly or not at all; the daemons may not run. Doing it again after a cut goes on.

    :raises: InputRefused; nothing is changed then.
    """
    paths = Paths(root)
    try:
        with standing_still(paths):
            return _restore(paths, read_file(file.absolute(), bytes_max=RESTORE_BYTES_MAX), now=now)
    except Refused as error:
        raise InputRefused(error.reason, f"{error.sentence} Stop the station's processes first.") from None
    except SealForeign as error:
        raise InputRefused("restore-foreign", f"The restore is none for this unit: {error.sentence}") from None
    except (SealBroken, WireError) as error:
        raise InputRefused("restore-broken", f"The restore cannot be used: {error.sentence}") from None
    except (VaultError, ConfigError) as error:
        raise InputRefused(error.code, error.sentence) from None


def _restore(paths: Paths, content: bytes, *, now: datetime) -> Restored:
    swap = Swap(replaced(paths))
    swap.settle()
    if not is_there(paths.restore_key):
        # a cut may have come while it was being forgotten
        _forget_key(paths)
    order, files = _opened(paths, content)
    if was_restored(paths, order.id):
        _forget_key(paths)
        return Restored(order, None)
    check_fresh(paths)
    try:
        swap.begin()
        counts = _build(paths, files, order=order, swap=swap, now=now)
        swap.commit()
    except OperationalError:
        raise DiskFailed("The disk failed while the databases were filled: it may be full.") from None
    except DatabaseError:
        raise WireError("A table in it does not fit.") from None
    finally:
        # what did not come to its end is dropped, what was decided is carried out
        swap.settle()
    _forget_key(paths)
    return Restored(order, counts)


def _opened(paths: Paths, content: bytes) -> tuple[RestoreOrder, Mapping[str, bytes]]:
    if not is_there(paths.restore_key):
        done = " A restore was done here before." if was_restored(paths) else ""
        sentence = f"Nothing was asked for here: run `smilius restore request` first.{done}"
        raise InputRefused("restore-not-requested", sentence)
    key = _restore_key(paths)
    context, plain = open_sealed(content, recipient=key, pinned=believed_receipt_keys(paths))
    try:
        files = unpack(bytes(plain.view()))
    finally:
        plain.zero()
    order = read_plain(files.get(ORDER, b""), RestoreOrder)
    place = read_section(load_layers(paths.configuration), "place", model=PlaceSection)
    here = (place.tenant, place.station, load_signing_key(paths.link_key, key_home(paths, "courier")).kid)
    if (order.tenant, order.station, order.unit) != here or (context.kind, context.parcel) != (RESTORE, order.id):
        raise InputRefused("restore-foreign", "The restore is for another station or another unit.")
    _check_not_revoked(content, files, key=key)
    return order, files


def _check_not_revoked(content: bytes, files: Mapping[str, bytes], *, key: RecipientKey) -> None:
    """What the backup knows to be revoked has not signed the restore: a fresh unit might not know it yet."""
    try:
        open_sealed(content, recipient=key, pinned=Pinned(_keys_in(files.get("trust/receipt-revoked.pem", b""))))
    except SealForeign:
        return
    raise InputRefused("restore-foreign", "The restore is signed with a key that was revoked.")


def _build(paths: Paths, files: Mapping[str, bytes], *, order: RestoreOrder, swap: Swap, now: datetime) -> Counts:
    _stage_configuration(paths, files, swap=swap, place=(order.tenant, order.station))
    if (clocks := files.get(f"station/{paths.clock_history.name}")) is not None:
        write_durably(swap.place(paths.clock_history), clocks)
    keys = Keys(
        link=load_signing_key(paths.link_key, key_home(paths, "courier")),
        seal=load_signer(paths.seal_key, key_home(paths, "station")),
    )
    targets = swap.place(paths.station_database), swap.place(paths.courier_database)
    return rebuild(files, order, targets=targets, keys=keys, now=now)


def _stage_configuration(paths: Paths, files: Mapping[str, bytes], *, swap: Swap, place: tuple[str, str]) -> None:
    """The backup's layers beside those of the claim, if they load together. :raises: WireError, ConfigError."""
    layers = {name.removeprefix("etc/"): content for name, content in files.items() if name.startswith("etc/")}
    if CLAIM_LAYER in layers or not all(name.endswith((".toml", ".json")) for name in layers):
        raise WireError("It has a configuration file that no backup has.")
    for name in names_in(paths.configuration):
        if name.endswith(".toml") and name not in layers:
            layers[name] = read_file(paths.configuration / name, bytes_max=_LAYER_BYTES_MAX)
    for name, content in layers.items():
        write_durably(swap.place(paths.configuration / name), content, mode=0o644)
    merged = load_layers(swap.place(paths.configuration / CLAIM_LAYER).parent)
    read = {name: read_section(merged, name, model=model) for name, model in _SECTIONS.items()}
    if read["place"] != PlaceSection(tenant=place[0], station=place[1]):
        raise ConfigError("A configuration file of the backup says that this is another station.")
    revoked = files.get("trust/receipt-revoked.pem", b"")
    if revoked:
        before = paths.revoked_receipt_keys.read_bytes() if is_there(paths.revoked_receipt_keys) else b""
        together = b"".join(dict.fromkeys(_PEM.findall(before + b"\n" + revoked)))
        write_durably(swap.place(paths.revoked_receipt_keys), together, mode=0o644)


def _keys_in(content: bytes) -> list[VerifyingKey]:
    return [VerifyingKey.from_pem(block.decode("ascii", "replace")) for block in _PEM.findall(content)]


def _restore_key(paths: Paths, *, make: bool = False) -> RecipientKey:
    home, path = key_home(paths, "station"), paths.restore_key
    if make and not is_there(path):
        write_durably(path, home.lock(RecipientKey.generate().content(), name=path.name))
    return RecipientKey(home.unlock(read_private(path), name=path.name))


def _forget_key(paths: Paths) -> None:
    """The key is gone; a cut between leaves none that would be taken for one."""
    used = paths.restore_key.with_suffix(".used")
    if is_there(paths.restore_key):
        rename_durably(paths.restore_key, used)
    if is_there(used):
        overwrite_durably(used)
        unlink_durably(used)
