"""Counts a year's figures. Reads only; the bridge may run meanwhile."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire import Receipt, Stage, Tombstone, WireError, read_signed
from central.bridge.beside import opened_beside
from central.bridge.ledger import verify_ledger
from central.bridge.tables import LEDGER, EventRow, IncidentRow, ParcelRow, ReceiptRow
from central.errors import SetUpError
from central.figures.sheet import Figure, Sheet, spread
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.subject.evidence import Period
from central.subject.tables import RequestRow, StepRow
from vault.envelope import Pinned, VaultError

PARCELS, REJECTED, DWELL = "Parcels", "Rejected by cause", "How long parcels waited, hours"
INCIDENTS, REQUESTS, RETENTION = "Incidents by trigger", "Requests of data subjects", "Deleted for their age"
AT_STATIONS, KEYS, TRANSFERS, ACCESS = "What stations reported", "Keys", "Permission to transfer", "Access"

_LINES = {
    AT_STATIONS: {
        "parcel-destroyed-at-station": "parcels destroyed undelivered on two people's order",
        "parcel-waits-at-station": "parcels that waited for a person",
        "parcel-dwells-at-station": "parcels that waited for too long",
        "unit-decommissioned": "units decommissioned",
        "ledger-cut-off": "ledgers cut off",
        "ledger-rewritten": "ledgers rewritten",
    },
    KEYS: {"key-rotated": "keys made beside an old one", "key-retired": "former keys destroyed"},
    TRANSFERS: {
        "transfer-revoked": "revoked",
        "transfer-granted": "given again",
        "station-confirms-permission": "confirmed by stations",
    },
    ACCESS: {
        "parcel-opened": "parcels opened for MIGRIS",
        "question-opened": "applications asked for at MIGRIS",
        "parcel-opened-for-subject": "parcels opened for a data subject",
        "subject-exported": "exports to a data subject",
        "evidence-given": "evidence given to an auditor",
    },
}
"""Ledger lines that are counted by their kinds, with what they mean; zero is a figure too."""


def count(paths: Paths, year: int) -> Sheet:
    """The sheet of a year that has begun or is over. :raises: ChainBroken; SetUpError, CentralError."""
    period = Period(date(year, 1, 1), date(year, 12, 31))
    try:
        pinned = OwnKeys(paths).pinned()
    except VaultError as error:
        raise SetUpError("The receipt keys cannot be read.") from error
    with opened_beside(paths) as session:
        head = verify_ledger(session)
        figures = [
            *_parcels(session, period),
            *_rejected(session, period, pinned=pinned),
            *_dwell(session, period),
            *_incidents(session, period),
            *_requests(session, period),
            *_lines(session, period),
        ]
    return Sheet(year=year, head=head.number, figures=figures)


def _parcels(session: Session, period: Period) -> Iterator[Figure]:
    stored: Counter[tuple[str, str]] = Counter()
    decided: Counter[tuple[str, str]] = Counter()
    wiped = aside = 0
    for row in session.scalars(select(ParcelRow).execution_options(yield_per=1000)):
        if period.has(row.stored_at):
            stored[row.tenant, f"arrived, {row.kind}"] += 1
            aside += row.trouble is not None
        if row.decided_at is not None and period.has(row.decided_at):
            decided[row.tenant, row.stage] += 1
        wiped += row.wiped_at is not None and period.has(row.wiped_at)
    yield from _by_tenant(PARCELS, stored)
    yield from _by_tenant(PARCELS, decided)
    yield Figure(PARCELS, "wiped at headquarters after MIGRIS had them", wiped)
    yield Figure(PARCELS, "arrived, and waiting for a person now", aside)


def _rejected(session: Session, period: Period, *, pinned: Pinned) -> Iterator[Figure]:
    causes: Counter[tuple[str, str]] = Counter()
    for row in session.scalars(select(ReceiptRow).where(ReceiptRow.stage == Stage.REJECTED.value)):
        try:
            receipt = read_signed(row.signed, Receipt, pinned=pinned)
        except WireError:
            # its key is not among headquarters' any more, and it says no year that could be believed
            continue
        if period.has(receipt.time):
            cause = receipt.cause
            about = "" if cause is None or cause.part is None else f" ({cause.part})"
            causes[row.tenant, ("no cause given" if cause is None else cause.code) + about] += 1
    yield from _by_tenant(REJECTED, causes)
    yield Figure(REJECTED, "together", causes.total())


def _dwell(session: Session, period: Period) -> Iterator[Figure]:
    wanted = select(ParcelRow.stored_at, ParcelRow.decided_at, ParcelRow.wiped_at)
    rows = [row for row in session.execute(wanted) if row.decided_at is not None and period.has(row.decided_at)]
    yield from spread(DWELL, "arrived to decided", values=[_hours(row.stored_at, row.decided_at) for row in rows])
    wiped = [row for row in rows if row.wiped_at is not None]
    yield from spread(DWELL, "decided to wiped", values=[_hours(row.decided_at, row.wiped_at) for row in wiped])


def _incidents(session: Session, period: Period) -> Iterator[Figure]:
    triggers: Counter[tuple[str, str]] = Counter()
    reported = late = 0
    for row in session.scalars(select(IncidentRow)):
        if period.has(row.known_at):
            triggers[row.tenant, row.trigger] += 1
            reported += row.reported_at is not None
            late += row.reported_at is not None and row.reported_at > row.due_at
    yield from _by_tenant(INCIDENTS, triggers)
    yield Figure(INCIDENTS, "together", triggers.total())
    yield Figure(INCIDENTS, "reported as breaches", reported)
    yield Figure(INCIDENTS, "of these after the 24 hours", late)


def _requests(session: Session, period: Period) -> Iterator[Figure]:
    came = [row for row in session.scalars(select(RequestRow)) if period.has(row.received_at)]
    taken = [row for row in session.scalars(select(StepRow)) if period.has(row.at)]
    yield from _by_tenant(REQUESTS, Counter((row.tenant, f"came, {row.kind}") for row in came))
    yield Figure(REQUESTS, "came, together", len(came))
    steps = Counter(row.step for row in taken)
    yield from (Figure(REQUESTS, f"step taken: {step}", number) for step, number in sorted(steps.items()))


def _lines(session: Session, period: Period) -> Iterator[Figure]:
    kinds: Counter[str] = Counter()
    deleted: Counter[str] = Counter()
    begin, end = period.texts()
    for body in session.scalars(select(LEDGER.c.body).order_by(LEDGER.c.number).execution_options(yield_per=1000)):
        line = json.loads(body)
        if begin <= line["time"] < end:
            kinds[line["kind"]] += 1
            if line["kind"] == "retention-deleted":
                deleted[str(line["class"])] += 1
    yield from (Figure(RETENTION, name, number) for name, number in sorted(deleted.items()))
    yield Figure(RETENTION, "together", deleted.total())
    heard = session.scalars(select(EventRow.heard_at).where(EventRow.content_type == Tombstone.content_type))
    yield Figure(AT_STATIONS, "tombstones of parcels", sum(period.has(at) for at in heard))
    for section, names in _LINES.items():
        yield from (Figure(section, meaning, kinds[kind]) for kind, meaning in names.items())


def _by_tenant(section: str, counted: Counter[tuple[str, str]]) -> Iterator[Figure]:
    for (tenant, name), number in sorted(counted.items()):
        yield Figure(section, name, number, tenant)


def _hours(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() / 3600
