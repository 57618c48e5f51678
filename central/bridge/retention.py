"""How long headquarters keeps what: classes, the bridge's daily look, and what a person may hold.

Kept for as long as the ledger itself, of no class: ledger lines, receipts, tombstones, the rows of parcels without
their content. A parcel that was set aside is of no class either: its station still has it, and a person decides.
"""

import json
import os
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from agent.clock import Clock, boot_id
from agent.wire import How, Stage, Tombstone, sign_document
from agent.wire.document import instant_text
from central.bridge.amended import amendment_kept
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.handed import HandedParcels
from central.bridge.ledger import CentralLedger, append_line
from central.bridge.tables import DOCKET, EventRow, OutboxRow, ParcelRow, ReceiptRow, TombstoneRow
from central.database import Sessions, forget, is_overwritten, open_database, place_of
from central.errors import HoldUnknown
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.settings import EVENT, REJECTED_PARCEL, Retention, load_settings
from vault.docket import ALL
from vault.envelope import digest_of
from vault.ledger import Detail
from vault.retention import Item, Reading, Rule, Verdict
from vault.sweep import GOES_MAX, Sweep, Swept


class RejectedParcels:
    """Sealed copies of what MIGRIS refused. An item is `tenant/parcel`."""

    def __init__(self, keep: timedelta, *, keys: OwnKeys) -> None:
        """:param keys: a receipt key signs tombstones."""
        self.rule = Rule(kind=REJECTED_PARCEL, keep=keep)
        self._keys = keys

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Refused before this moment, still here, and not needed for an amendment."""
        wanted = (
            select(ParcelRow.tenant, ParcelRow.parcel, ParcelRow.decided_at)
            .join(OutboxRow, (OutboxRow.tenant == ParcelRow.tenant) & (OutboxRow.parcel == ParcelRow.parcel))
            .where(ParcelRow.stage == Stage.REJECTED.value, OutboxRow.held.is_(True), ParcelRow.decided_at <= before)
            .where(~amendment_kept())
            .order_by(ParcelRow.decided_at)
            .limit(most)
        )
        return [Item(id=f"{row.tenant}/{row.parcel}", since=row.decided_at) for row in session.execute(wanted)]

    def delete(self, session: Session, item: str, *, at: datetime) -> bool:
        """The copy goes; the ledger's row stays, with a tombstone."""
        place = tuple(item.split("/"))
        row, copy = session.get(ParcelRow, place), session.get(OutboxRow, place)
        if row is None or copy is None or row.stage != Stage.REJECTED.value or not copy.held:
            return False
        session.delete(copy)
        row.wiped_at = at
        key = self._keys.signer(at)
        signed = sign_document(self._tombstone(session, row, by=key.kid, at=at), key)
        session.add(TombstoneRow(tenant=row.tenant, parcel=row.parcel, signed=signed))
        return True

    def is_left(self, session: Session, item: str) -> bool:
        """Whether the copy is there."""
        tenant, parcel = item.split("/")
        there = select(OutboxRow.parcel).where(OutboxRow.tenant == tenant, OutboxRow.parcel == parcel)
        return session.execute(there).first() is not None

    def _tombstone(self, session: Session, row: ParcelRow, *, by: str, at: datetime) -> Tombstone:
        refusal = select(ReceiptRow.signed).where(
            ReceiptRow.tenant == row.tenant,
            ReceiptRow.station == row.station,
            ReceiptRow.subject == row.parcel,
            ReceiptRow.stage == Stage.REJECTED.value,
        )
        signed = session.scalars(refusal).first()
        return Tombstone(
            parcel=row.parcel,
            kind=row.kind,
            digest=row.digest,
            stage=row.stage,
            receipt=None if signed is None else digest_of(signed),
            how=How.EXPIRED,
            authorised_by=by,
            time=at,
            verified=is_overwritten(session),
        )


class Events:
    """What stations reported. An item is `tenant/station/event`."""

    def __init__(self, keep: timedelta) -> None:
        self.rule = Rule(kind=EVENT, keep=keep)

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Heard before this moment."""
        old = select(EventRow).where(EventRow.heard_at <= before).order_by(EventRow.heard_at).limit(most)
        return [Item(id=f"{row.tenant}/{row.station}/{row.id}", since=row.heard_at) for row in session.scalars(old)]

    def delete(self, session: Session, item: str, *, at: datetime) -> bool:  # noqa: ARG002 (the protocol's)
        """The row goes."""
        row = session.get(EventRow, tuple(item.split("/")))
        if row is None:
            return False
        session.delete(row)
        return True

    def is_left(self, session: Session, item: str) -> bool:
        """Whether the row is there."""
        tenant, station, event = item.split("/")
        there = select(EventRow.id).where(EventRow.tenant == tenant, EventRow.station == station, EventRow.id == event)
        return session.execute(there).first() is not None


class Keeper:
    """Carries the periods out on the bridge's database; the bridge does it from its one database thread."""

    def __init__(self, engine: Engine, periods: Retention, *, keys: OwnKeys, clock: Clock, boot: str) -> None:
        self._engine = engine
        kinds = (
            RejectedParcels(timedelta(days=periods.rejected_parcel_days), keys=keys),
            HandedParcels(timedelta(days=periods.handed_parcel_days)),
            Events(timedelta(days=periods.event_days)),
        )
        grace = timedelta(hours=periods.grace_hours)
        self._sweep = Sweep(DOCKET, CentralLedger(), kinds=kinds, holds=DOCKET, grace=grace)
        self._clock = clock
        self._boot = boot

    def run(self, *, dry: bool = False) -> list[Swept]:
        """Everything whose time is over, and what became of it. :raises: RetentionUnverified."""
        now = self._clock.now()
        reading = Reading(boot=self._boot, monotonic_s=self._clock.monotonic_ns() / 1e9, now=now)
        swept = self._sweep.run(Sessions(self._engine).begin, reading, time=instant_text(now), dry=dry)
        if any(one.verdict is Verdict.GOES for one in swept) and not dry:
            # SQLite has zeros there already; while somebody reads, what is left goes with the next wipe instead
            forget(self._engine, also=("event",))
        return swept


def is_more(swept: list[Swept]) -> bool:
    """Whether a run stopped because it had deleted as much as one does."""
    return sum(one.verdict is Verdict.GOES for one in swept) >= GOES_MAX


def run(paths: Paths, *, clock: Clock, dry: bool) -> list[str]:
    """One JSON object for each thing whose time is over. The bridge may run meanwhile.

    :raises: SetUpError, CentralError when the database does not answer.
    """
    settings = load_settings(paths.settings)
    with opened_beside(paths):
        engine = open_database(place_of(paths, settings))
        try:
            keeper = Keeper(engine, settings.retention, keys=OwnKeys(paths), clock=clock, boot=boot_id())
            swept = latest = keeper.run(dry=dry)
            while not dry and is_more(latest):
                latest = keeper.run()
                swept = swept + [one for one in latest if one.verdict is Verdict.GOES]
            return [_shown(one) for one in swept]
        finally:
            engine.dispose()


def hold(paths: Paths, kind: str, *, item: str | None, reason: str, at: datetime) -> int:
    """Keep one thing, or all of a class, until the hold is lifted; returns its number. :raises: as `run`."""
    item = item or ALL
    by = f"uid {os.getuid()}"
    with writing_beside(paths) as session:
        number = DOCKET.hold(session, kind, item=item, why=(reason, by), at=at)
        detail: Detail = {"hold": number, "class": kind, "item": item, "reason": reason, "by": by}
        append_line(session, at, kind="retention-held", detail=detail)
    return number


def lift(paths: Paths, number: int, *, reason: str, at: datetime) -> None:
    """End a hold. :raises: HoldUnknown, and as `run`."""
    with writing_beside(paths) as session:
        if not DOCKET.lift(session, number, at=at):
            raise HoldUnknown("No such hold stands: see `smilius-central retention holds`.")
        detail: Detail = {"hold": number, "reason": reason, "by": f"uid {os.getuid()}"}
        append_line(session, at, kind="retention-lifted", detail=detail)


def holds(paths: Paths) -> list[str]:
    """One JSON object for each hold that stands. :raises: as `run`."""
    with opened_beside(paths) as session:
        return [
            json.dumps(
                {
                    "hold": one.number,
                    "class": one.kind,
                    "item": one.item,
                    "reason": one.reason,
                    "set_by": one.set_by,
                    "set_at": instant_text(one.set_at),
                }
            )
            for one in DOCKET.holds(session)
        ]


def _shown(swept: Swept) -> str:
    shown = {
        "class": swept.rule.kind,
        "item": swept.item.id,
        "since": instant_text(swept.item.since),
        "rule": swept.rule.text,
        "verdict": swept.verdict.value,
    }
    return json.dumps(shown)
