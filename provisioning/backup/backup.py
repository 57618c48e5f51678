"""`smilius backup`: the station's records in one sealed file that the station itself cannot read.

It only reads, beside the daemons; the records are reduced while they are read, so that nothing else is ever outside of
the databases.
"""

import base64
import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from ulid import ULID

from agent.compose.keys import key_home
from agent.config.layers import load_layers, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.errors import ConfigError, WireError
from agent.wire.archive import pack
from agent.wire.backup import BACKUP, FORMAT, LEDGERS, MANIFEST, BackupManifest, LedgerEnd, lines_in, restores_in
from provisioning.backup.content import REVISIONS, revision_of, settings_of, tables_of
from provisioning.errors import InputRefused, PromiseBroken
from vault.chain import Head, follow
from vault.database import open_to_read
from vault.disk import is_there, names_in, read_file, unlink_durably, write_durably
from vault.envelope import Context, Plain, RecipientPublic, Sealed, seal
from vault.errors import ChainBroken, SchemaUnready, VaultError
from vault.keys import load_signer, load_signing_key

_MOMENT = "%Y%m%dT%H%M%SZ"
_SUFFIX = ".backup"
_KEY_BYTES_MAX = 4096


def make_backup(root: Path, folder: Path, *, keep: int, now: datetime) -> Path:
    """Write a backup into the folder, synced, and remove all but the newest.

    :param keep: so many of this station's stay.
    :raises: InputRefused; PromiseBroken when a ledger does not hold: then nothing is written.
    """
    paths = Paths(root)
    try:
        manifest, sealed = _sealed(paths, now=now)
        name = f"{manifest.tenant}-{manifest.station}-"
        target = folder.absolute() / f"{name}{now.strftime(_MOMENT)}{_SUFFIX}"
        write_durably(target, sealed.content)
        _prune(target, re.compile(re.escape(name) + r"[0-9]{8}T[0-9]{6}Z" + re.escape(_SUFFIX)), keep=keep)
    except ChainBroken as error:
        raise PromiseBroken(f"{error.sentence} `smilius ledger verify` says more; nothing was backed up.") from None
    except (VaultError, ConfigError, WireError) as error:
        raise InputRefused(error.code, error.sentence) from None
    except sqlite3.Error:
        raise InputRefused(SchemaUnready.code, "The databases cannot be read.") from None
    return target


def _sealed(paths: Paths, *, now: datetime) -> tuple[BackupManifest, Sealed]:
    place = read_section(load_layers(paths.configuration), "place", model=PlaceSection)
    recipient = _recipient(paths)
    link = load_signing_key(paths.link_key, key_home(paths, "courier"))
    signer = load_signer(paths.seal_key, key_home(paths, "station"))
    files = dict(settings_of(paths))
    revisions = {}
    # the courier's first: a head of the station's ledger that it was told is then in the station's
    for process in reversed(LEDGERS):
        database = paths.courier_database if process == "courier" else paths.station_database
        with closing(open_to_read(database)) as connection:
            revisions[process] = _revision(connection, process)
            files.update(tables_of(connection, process))
    manifest = BackupManifest(
        format=FORMAT,
        id=str(ULID.from_datetime(now)).lower(),
        tenant=place.tenant,
        station=place.station,
        unit=link.kid,
        made=now,
        generation=restores_in(files["station/ledger_line.jsonl"]),
        station_revision=revisions["station"],
        courier_revision=revisions["courier"],
        ends=tuple(_end(ledger, files[f"{ledger}/ledger_line.jsonl"]) for ledger in LEDGERS),
    )
    plain = Plain(pack({**files, MANIFEST: manifest.canonical()}))
    context = Context(
        tenant=place.tenant,
        station=place.station,
        parcel=manifest.id,
        kind=BACKUP,
        profile=f"{BACKUP}/{FORMAT}",
        plain_bytes=len(plain),
    )
    try:
        return manifest, seal(plain, context, recipient=recipient, signer=signer)
    finally:
        plain.zero()


def _recipient(paths: Paths) -> RecipientPublic:
    if not is_there(paths.backup_public):
        sentence = "No key for backups is pinned here: take headquarters' answer once more (`smilius claim answer`)."
        raise InputRefused("backup-key-missing", sentence)
    try:
        content = read_file(paths.backup_public, bytes_max=_KEY_BYTES_MAX)
        return RecipientPublic(base64.b64decode(content.strip(), validate=True))
    except (ValueError, VaultError):
        raise InputRefused("backup-key-missing", "The pinned key for backups cannot be read.") from None


def _revision(connection: sqlite3.Connection, process: str) -> str:
    found = revision_of(connection)
    if found < REVISIONS[process]:
        raise SchemaUnready("The database is not migrated for this release: run `python -m agent migrate` first.")
    return found


def _end(ledger: str, content: bytes) -> LedgerEnd:
    """Where a ledger ends. :raises: ChainBroken when it does not hold: a backup of it would hide that."""
    head: Head = follow(lines_in(content))
    return LedgerEnd(ledger=ledger, number=head.number, digest=head.digest)


def _prune(newest: Path, ours: re.Pattern[str], *, keep: int) -> None:
    older = [name for name in names_in(newest.parent) if ours.fullmatch(name) and name != newest.name]
    for name in older[: max(0, len(older) - keep + 1)]:
        unlink_durably(newest.parent / name)
