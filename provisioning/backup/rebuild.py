"""Builds a unit's databases out of a restore, apart from those that are in use.

Parcels come back only with the tombstone that says that nothing is left of them. Visits that were under way have ended.
The ledgers go on with the line that headquarters ordered, which names the old end and what central has witnessed since.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from ulid import ULID

from agent.courier import tables as courier_tables
from agent.courier.machine import DECIDED_STATES, OPEN_STATES, ParcelState
from agent.courier.record import ToldHead
from agent.courier.store import Store
from agent.visit import tables as station_tables
from agent.visit.journal import Journal
from agent.visit.state import VisitState
from agent.wire import LedgerHead, LeftParcel, RestoreOrder, WireError, read_event, sign_document
from agent.wire.backup import LEFT, RESTORED, Resumption, lines_in
from agent.wire.document import read_plain
from agent.wire.table import Row, from_lines
from provisioning.backup.content import COURIER, STATION, Kept
from vault.chain import Head, follow
from vault.database import migrate, open_database
from vault.envelope import Pinned, Signer
from vault.errors import DiskFailed, SchemaUnready
from vault.ledger import Ledger

RESTORED_VISIT = "restored"
"""The code of a visit's end that was under way when the backup was made."""

_ALIVE = OPEN_STATES | DECIDED_STATES | {ParcelState.QUARANTINED}
"""What no parcel with a tombstone can be."""

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The unit's own."""

    link: Signer
    """Speaks for the courier's ledger."""
    seal: Signer
    """Speaks for the station's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a restore has brought, for people."""

    visits: int
    """Visits."""
    under_way: int
    """Those of them that had not ended."""
    parcels: int
    """Parcels, all of them ended."""
    left: tuple[LeftParcel, ...]
    """Parcels that had not ended: what there was of them is not here."""
    events_dropped: int
    """What another unit had signed and central had not receipted."""


def rebuild(files: Files, order: RestoreOrder, *, targets: tuple[Path, Path], keys: Keys, now: datetime) -> Counts:
    """Both databases, closed and whole.

    :param targets: where the station's and the courier's are made; nothing is there yet.
    :raises: WireError when the files are not what the order says; DiskFailed, and what SQLAlchemy raises when rows do
        not fit or the disk is full.
    """
    station, courier = order.resumptions
    for one in (station, courier):
        if follow(lines_in(_file(files, one.ledger, table="ledger_line"))) != one.head:
            raise WireError("A ledger in the restore ends elsewhere than the order says.")
    left = tuple(read_plain(line, LeftParcel) for line in files.get(LEFT, b"").splitlines())
    with _made(targets[0], station_tables.VERSIONS) as engine:
        head, visits, under_way = _station(engine, files, order=order, now=now)
    with _made(targets[1], courier_tables.VERSIONS) as engine:
        rows, dropped = _courier_rows(files, keys)
        _fill(engine, COURIER, rows=rows)
        store = Store(engine)
        store.note(RESTORED, at=order.time, detail=order.line(courier))
        _tell(store, order, heads=((station, head, keys.seal), (courier, _head(engine), keys.link)), at=now)
        for parcel in left:
            store.note("parcel-not-restored", at=now, detail=parcel.model_dump())
        if dropped:
            store.note("events-not-restored", at=now, detail={"events": dropped})
    return Counts(visits=visits, under_way=under_way, parcels=len(rows["parcel"]), left=left, events_dropped=dropped)


@contextmanager
def _made(target: Path, versions: Path) -> Iterator[Engine]:
    try:
        migrate(target, versions)
    except SchemaUnready:
        # nothing was there that could be unreadable
        raise DiskFailed("The disk failed while a database was made: it may be full.") from None
    engine = open_database(target)
    try:
        yield engine
    finally:
        # the last connection takes the log with it
        engine.dispose()


def _station(engine: Engine, files: Files, *, order: RestoreOrder, now: datetime) -> tuple[Head, int, int]:
    """The head of the line that the ledger goes on with, and how many visits there are and were under way."""
    rows = {kept.table: _rows(files, "station", kept=kept) for kept in STATION}
    _fill(engine, STATION, rows=rows)
    journal = Journal(engine)
    journal.remark(RESTORED, at=order.time, detail=order.line(order.resumptions[0]))
    head, under_way = journal.head(), journal.open_visits()
    for visit in under_way:
        journal.end_visit(visit.id, VisitState.FAULTED, at=now, outcome=(RESTORED_VISIT, None))
    return head, len(rows["visit"]), len(under_way)


def _courier_rows(files: Files, keys: Keys) -> tuple[dict[str, list[Row]], int]:
    """What is filled in, and how many events are not."""
    rows = {kept.table: _rows(files, "courier", kept=kept) for kept in COURIER}
    if any(row[2] in _ALIVE for row in rows["parcel"]):
        raise WireError("A parcel in the restore has a tombstone and has not ended.")
    own, all_events = Pinned([keys.link.public, keys.seal.public]), len(rows["event"])
    rows["event"] = [row for row in rows["event"] if row[3] is not None or _may_be_said(row[1], own)]
    events = {row[0] for row in rows["event"]}
    rows["told_head"] = [row for row in rows["told_head"] if row[0] in events]
    rows["command"] = [row for row in rows["command"] if row[4] in events]
    return rows, all_events - len(rows["event"])


def _may_be_said(signed: object, own: Pinned) -> bool:
    """Whether an event that central has not receipted is to be told again: this unit's own, and no old head."""
    if not isinstance(signed, bytes):
        raise WireError("An event in the restore is none.")
    try:
        return not isinstance(read_event(signed, pinned=own), LedgerHead)
    except WireError:
        return False


def _tell(store: Store, order: RestoreOrder, *, heads: Iterable[tuple[Resumption, Head, Signer]], at: datetime) -> None:
    """The first that central hears of the ledgers is the line that it expects."""
    for one, head, key in heads:
        document = LedgerHead(
            tenant=order.tenant,
            station=order.station,
            ledger=one.ledger,
            number=head.number,
            digest=head.digest,
            time=at,
        )
        event = str(ULID.from_datetime(at)).lower()
        told = ToldHead(ledger=one.ledger, number=head.number)
        store.add_event(event, signed=sign_document(document, key), at=at, head=told)


def _rows(files: Files, process: str, *, kept: Kept) -> list[Row]:
    return list(from_lines(kept.columns, _file(files, process, table=kept.table)))


def _file(files: Files, process: str, *, table: str) -> bytes:
    try:
        return files[f"{process}/{table}.jsonl"]
    except KeyError:
        raise WireError("A table is missing in the restore.") from None


def _fill(engine: Engine, tables: Iterable[Kept], *, rows: Mapping[str, list[Row]]) -> None:
    with engine.begin() as connection:
        for kept in tables:
            if rows[kept.table]:
                connection.exec_driver_sql(kept.insert, rows[kept.table])


def _head(engine: Engine) -> Head:
    with engine.connect() as connection:
        return Ledger().head(connection)
