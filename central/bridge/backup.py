"""Stations' backups: opened, checked against what central has witnessed, and sealed anew for one unit that asked.

Whatever is opened is in memory only. What a unit is given back can hide nothing: the order that goes with it names the
lines that central knows and the backup has not, and a line of central's own ledger says so too.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session
from ulid import ULID

from agent.wire import BackupManifest, LeftParcel, RestoreOrder, RestoreRequest, WireError, read_signed
from agent.wire.archive import pack, unpack
from agent.wire.backup import (
    BACKUP,
    FORMAT,
    LEDGERS,
    LEFT,
    MANIFEST,
    ORDER,
    RESTORE,
    RESTORED,
    LedgerEnd,
    Resumption,
    lines_in,
    restores_in,
)
from agent.wire.document import instant_text, read_plain
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.ledger import append_line
from central.bridge.tables import LedgerHeadRow, ParcelRow
from central.bridge.witness import beginning
from central.errors import BackupRefused
from central.paths import Paths
from central.pki.registry import Known, Registry
from central.pki.set_up import backup_key, receipt_key
from vault.chain import GENESIS, follow
from vault.envelope import (
    Context,
    Digest,
    KeyMissing,
    Plain,
    RecipientPublic,
    SealForeign,
    VaultError,
    open_sealed,
    seal,
)
from vault.ledger import line_after

ORDERED = "restore-ordered"
"""The kind of the line in central's ledger."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which station."""

    tenant: str
    """Whose."""
    station: str
    """Its name."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup that holds."""

    manifest: BackupManifest
    """What it says of itself."""
    files: dict[str, bytes]
    """Everything in it."""

    @property
    def left(self) -> list[LeftParcel]:
        """Parcels that were under way when it was made. :raises: WireError."""
        return [read_plain(line, LeftParcel) for line in self.files.get(LEFT, b"").splitlines()]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A backup beside what central knows."""

    manifest: BackupManifest
    """The backup."""
    resumptions: tuple[Resumption, ...]
    """How the ledgers would go on."""
    left: tuple[LeftParcel, ...]
    """Parcels that were under way, with how far they are here."""
    pending: bool
    """Whether a restore was made before and nothing was heard of it yet."""

    @property
    def sentences(self) -> list[str]:
        """For a person."""
        made, (station, courier) = instant_text(self.manifest.made), self.manifest.ends
        said = [f"The backup of {made} holds. Lines: the station's {station.number}, the courier's {courier.number}."]
        said += [one.gap for one in self.resumptions if one.gap is not None]
        if self.pending:
            said.append("An earlier restore was made, and its unit was not heard yet: only the newest may be used.")
        if self.left:
            said.append(f"{len(self.left)} parcels were under way; what a unit had of them is in no backup.")
        unknown = [one.parcel for one in self.left if one.stage is None]
        if unknown:
            said.append(f"{len(unknown)} of them never arrived here: {', '.join(unknown)}.")
        return said


def open_backup(paths: Paths, content: bytes, *, place: Place) -> Opened:
    """The backup, if it is this station's and holds. :raises: BackupRefused, StationUnknown, SetUpError, KeyMissing."""
    seals = Registry(paths.stations).known(place.tenant, place.station).seals
    try:
        context, plain = open_sealed(content, recipient=backup_key(paths), pinned=seals)
    except SealForeign as error:
        raise _foreign(error.sentence) from None
    except KeyMissing:
        raise
    except VaultError as error:
        raise _broken(error.sentence) from None
    if (context.tenant, context.station, context.kind) != (place.tenant, place.station, BACKUP):
        raise _foreign("It names another one.")
    try:
        opened = _read(bytes(plain.view()))
        if (opened.manifest.id, opened.manifest.tenant, opened.manifest.station) != (
            context.parcel,
            context.tenant,
            context.station,
        ):
            raise WireError("It says that it is another than its seal says.")
        _ = opened.left
    except (WireError, VaultError) as error:
        raise _broken(error.sentence) from None
    finally:
        plain.zero()
    return opened


def check(paths: Paths, content: bytes, *, place: Place) -> Comparison:
    """Whether a unit could be given it, and what would be missing; nothing is written. :raises: as `reseal`."""
    opened = open_backup(paths, content, place=place)
    with opened_beside(paths) as session:
        return _compare(session, opened, place=place)


def reseal(paths: Paths, content: bytes, *, request: bytes, place: Place, at: datetime) -> tuple[bytes, Comparison]:
    """The same for the one unit that asked; central's ledger has who did it, before anything leaves.

    :raises: BackupRefused; StationUnknown, SetUpError, KeyMissing, KeyOutOfTime; CentralError when the database does
    not answer.
    """
    known = Registry(paths.stations).known(place.tenant, place.station)
    asked, recipient = _asked(request, known, place=place)
    signer = receipt_key(paths, at=at)
    opened = open_backup(paths, content, place=place)
    with writing_beside(paths) as session:
        comparison = _compare(session, opened, place=place)
        order = RestoreOrder(
            id=str(ULID.from_datetime(at)).lower(),
            tenant=place.tenant,
            station=place.station,
            unit=asked.unit,
            backup=opened.manifest.id,
            made=opened.manifest.made,
            generation=opened.manifest.generation + 1,
            resumptions=comparison.resumptions,
            time=at,
        )
        _allow(session, order, keys=known)
        append_line(session, at, kind=ORDERED, detail=_detail(order, comparison))
    left = b"".join(one.canonical() + b"\n" for one in comparison.left)
    plain = Plain(pack({**opened.files, LEFT: left, ORDER: order.canonical()}))
    context = Context(
        tenant=place.tenant,
        station=place.station,
        parcel=order.id,
        kind=RESTORE,
        profile=f"{RESTORE}/{FORMAT}",
        plain_bytes=len(plain),
    )
    try:
        return seal(plain, context, recipient=recipient, signer=signer).content, comparison
    finally:
        plain.zero()


def _foreign(why: str) -> BackupRefused:
    return BackupRefused(f"The backup is none of this station's: {why}", reason="backup-foreign")


def _broken(why: str) -> BackupRefused:
    return BackupRefused(f"The backup cannot be used: {why}", reason="backup-broken")


def _read(content: bytes) -> Opened:
    files = unpack(content)
    manifest = read_plain(files.get(MANIFEST, b""), BackupManifest)
    if manifest.format != FORMAT:
        raise WireError("It was made by a release that this one does not know.")
    if tuple(end.ledger for end in manifest.ends) != LEDGERS:
        raise WireError("It names other ledgers than a station has.")
    for end in manifest.ends:
        if follow(lines_in(files.get(_table(end.ledger), b""))) != end.head:
            raise WireError("A ledger in it ends elsewhere than it says.")
    if restores_in(files.get(_table("station"), b"")) != manifest.generation:
        raise WireError("It was restored more or less often than it says.")
    return Opened(manifest, files)


def _table(ledger: str) -> str:
    return f"{ledger}/ledger_line.jsonl"


def _asked(request: bytes, known: Known, *, place: Place) -> tuple[RestoreRequest, RecipientPublic]:
    try:
        asked = read_signed(request, RestoreRequest, pinned=known.link)
        if (asked.tenant, asked.station, asked.unit) != (place.tenant, place.station, known.link_kid):
            raise WireError("It names another station.")
        return asked, RecipientPublic(asked.recipient_public)
    except (WireError, VaultError) as error:
        sentence = f"The request is none of the unit that is this station now: {error.sentence}"
        raise BackupRefused(sentence, reason="request-refused") from None


def _compare(session: Session, opened: Opened, *, place: Place) -> Comparison:
    if opened.manifest.age < _newest_ordered(session, place):
        raise BackupRefused(
            "A newer backup of this station was restored already; this one is older.", reason="backup-older"
        )
    resumptions = tuple(_resumption(session, opened, end=end) for end in opened.manifest.ends)
    left = []
    for one in opened.left:
        row = session.get(ParcelRow, (place.tenant, one.parcel))
        mine = row is not None and (row.station, row.digest) == (place.station, one.digest)
        left.append(one.model_copy(update={"stage": row.stage if row is not None and mine else None}))
    pending = session.get(LedgerHeadRow, (place.tenant, place.station, beginning(LEDGERS[0]))) is not None
    return Comparison(opened.manifest, resumptions, tuple(left), pending)


def _newest_ordered(session: Session, place: Place) -> tuple[int, int]:
    """The age of the newest backup that was restored. Rarely asked for: the ledger itself is searched."""
    wanted = text("SELECT body FROM ledger_line WHERE body LIKE :mark")
    bodies = session.scalars(wanted, {"mark": f'%"kind":"{ORDERED}"%'})
    told = [json.loads(body) for body in bodies]
    here = [one for one in told if (one["tenant"], one["station"]) == (place.tenant, place.station)]
    return max(((one["generation"], one["lines"]) for one in here), default=(0, 0))


def _resumption(session: Session, opened: Opened, *, end: LedgerEnd) -> Resumption:
    manifest = opened.manifest
    known = session.get(LedgerHeadRow, (manifest.tenant, manifest.station, end.ledger))
    number, digest = (0, GENESIS) if known is None else (known.number, Digest(known.digest))
    there = (line for line in lines_in(opened.files[_table(end.ledger)]) if line[0] == number)
    complete = known is None or any(found == digest for _, _, found in there)
    return Resumption(**end.model_dump(), witnessed_number=number, witnessed_digest=digest, complete=complete)


def _allow(session: Session, order: RestoreOrder, *, keys: Known) -> None:
    """The witness will know the line that each ledger goes on with. It is the unit's as soon as it is heard from it."""
    signers = dict(zip(LEDGERS, (keys.seal_kid, keys.link_kid), strict=True))
    for one in order.resumptions:
        head, _ = line_after(one.head, kind=RESTORED, time=instant_text(order.time), detail=order.line(one))
        row = LedgerHeadRow(
            tenant=order.tenant,
            station=order.station,
            ledger=beginning(one.ledger),
            number=head.number,
            digest=head.digest,
            link_key=signers[one.ledger],
            read_at=order.time,
        )
        session.merge(row)


def _detail(order: RestoreOrder, comparison: Comparison) -> dict[str, str | int | bool | None]:
    detail: dict[str, str | int | bool | None] = {
        "tenant": order.tenant,
        "station": order.station,
        "uid": os.getuid(),
        "backup": order.backup,
        "order": order.id,
        "unit": order.unit,
        "generation": comparison.manifest.generation,
        "lines": comparison.manifest.age[1],
        "parcels_left": len(comparison.left),
        "parcels_unknown": sum(one.stage is None for one in comparison.left),
    }
    for one in order.resumptions:
        detail[f"{one.ledger}_line"] = one.number
        detail[f"{one.ledger}_witnessed_line"] = one.witnessed_number
        detail[f"{one.ledger}_complete"] = one.complete
    return detail
