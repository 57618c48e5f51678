"""What is held about a person, as entries that machines read, each with its source, purpose, basis and retention.

Other people are in what is held too: operators and headquarters' people. They become *person 1*, *person 2*, the same
in the whole export and nowhere else. Portability covers what the person supplied; access covers all. Duty: R-DSR-3.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire import WireError, read_event
from agent.wire.document import instant_text
from capture.records.package import Package
from central.bridge.beside import opened_beside
from central.bridge.tables import LEDGER, EventRow, ParcelRow
from central.errors import StationUnknown
from central.paths import Paths
from central.pki.registry import Registry
from central.subject.machine import RequestKind
from central.subject.recipient import recipients
from central.subject.register import check_reference, in_hand, steps
from central.subject.sealed_copy import Reader
from central.subject.tables import FindingRow, RequestRow

EXPORTED = frozenset({RequestKind.ACCESS, RequestKind.PORTABILITY})
"""Kinds of requests that end in an export."""

_NAMES_PEOPLE = frozenset({"operator", "uid", "authorised_by"})
_OTHERS_OWN = frozenset({"members", "parcel", "tenant"})
"""Of a manifest: what says nothing of the person, or is said already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that is held."""

    category: str
    """`supplied`, `measured`, `delivery`, `event`, `ledger`, `request`."""
    source: str
    """Where it comes from."""
    purpose: str
    """What it is held for."""
    legal_basis: str
    """As the controller's instruction says."""
    recipients: str
    """Who else has it."""
    retention: str
    """How long it is held."""
    about: str
    """The parcel or the request that it belongs to."""
    name: str
    """What it is."""
    value: str
    """It: text, or base64 for a picture."""


_PURPOSE = {
    "supplied": "enrolment for the application",
    "measured": "evidence that the records conform",
    "delivery": "delivery to MIGRIS, and proof of it",
    "event": "delivery to MIGRIS, and proof of it",
    "ledger": "proof of what was done, by whom and when",
    "request": "answering the person's own request",
}
_RETENTION = {
    "supplied": "at headquarters sealed until it is amended or its period ends; after MIGRIS accepted, not at all",
    "measured": "together with what was supplied",
    "delivery": "as long as proof of delivery is needed; nothing of the content",
    "event": "as long as proof of delivery is needed; nothing of the content",
    "ledger": "as long as proof of delivery is needed; nothing of the content",
    "request": "as long as the register is kept",
}


class _Others:
    """Other people, by the order in which they come."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}

    def label(self, who: object) -> str:
        return self._labels.setdefault(str(who), f"person {len(self._labels) + 1}")


class Export:
    """Collects the entries of one request."""

    def __init__(self, paths: Paths, request: str, *, legal_basis: str) -> None:
        """:raises: SubjectRefused when the request is not one that ends in an export."""
        check_reference(legal_basis)
        self._paths = paths
        self._legal_basis = legal_basis
        self._others = _Others()
        self._reader = Reader(paths, request)
        self._registry = Registry(paths.stations)
        with opened_beside(paths) as session:
            self.request = in_hand(session, request, kinds=EXPORTED)
            self._recipients = ", ".join(row.recipient for row in recipients(session, request)) or "none"
            wanted = select(FindingRow.parcel).where(FindingRow.request == request).order_by(FindingRow.parcel)
            self._parcels = list(session.scalars(wanted))

    def entries(self, *, at: datetime) -> list[Entry]:
        """All of them; every sealed copy that is opened for it is a line in the ledger before."""
        supplied_only = self.request.kind == RequestKind.PORTABILITY.value
        found: list[Entry] = []
        for parcel in self._parcels:
            package = self._reader.open(self.request.tenant, parcel, at=at)
            found += [] if package is None else self._supplied(package, parcel)
            if not supplied_only:
                found += [] if package is None else self._measured(package, parcel)
                found += self._told(parcel)
        return found if supplied_only else [*found, *self._asked()]

    def _supplied(self, package: Package, parcel: str) -> Iterator[Entry]:
        yield self._entry("supplied", parcel, name="application_number", value=package.manifest.application_number)
        if package.portrait_jpeg is not None:
            yield self._entry("supplied", parcel, name="portrait.jpg", value=_text(package.portrait_jpeg))
        for finger, print_ in package.prints.items():
            yield self._entry("supplied", parcel, name=f"{finger}.wsq", value=_text(print_))

    def _measured(self, package: Package, parcel: str) -> Iterator[Entry]:
        manifest = package.manifest.model_dump(mode="json", exclude={*_OTHERS_OWN, "application_number"})
        for name, value in _flat(manifest):
            yield self._entry("measured", parcel, name=name, value=value)

    def _told(self, parcel: str) -> Iterator[Entry]:
        with opened_beside(self._paths) as session:
            row = session.get_one(ParcelRow, (self.request.tenant, parcel))
            times = {"stored_at": row.stored_at, "decided_at": row.decided_at, "wiped_at": row.wiped_at}
            said: dict[str, object] = {name: instant_text(time) for name, time in times.items() if time is not None}
            said |= {"station": row.station, "kind": row.kind, "stage": row.stage, "digest": row.digest}
            said |= {"reference": row.reference, "trouble": row.trouble, "size_bytes": row.size}
            for name, value in _flat(said):
                yield self._entry("delivery", parcel, name=name, value=value)
            for name, value in self._events(session, row):
                yield self._entry("event", parcel, name=name, value=value)
            for number, line in _lines(session, parcel):
                for name, value in _flat(line):
                    yield self._entry("ledger", parcel, name=f"{number}.{name}", value=value)

    def _events(self, session: Session, row: ParcelRow) -> Iterator[tuple[str, str]]:
        wanted = select(EventRow).where(EventRow.tenant == row.tenant, EventRow.station == row.station)
        try:
            pinned = self._registry.known(row.tenant, row.station).link
        except StationUnknown:
            return
        for heard in session.scalars(wanted.order_by(EventRow.id)):
            try:
                event = read_event(heard.signed, pinned=pinned).model_dump(mode="json")
            except WireError:
                # signed by a key that its station has no more: its receipt and its digest stand in the ledger
                continue
            if event.get("parcel") == row.parcel:
                yield from ((f"{heard.id}.{name}", value) for name, value in _flat(event))

    def _asked(self) -> Iterator[Entry]:
        row: RequestRow = self.request
        said: dict[str, object] = {"kind": row.kind, "form": row.form, "received": instant_text(row.received_at)}
        said |= {"proof": row.proof, "mandate": row.mandate}
        with opened_beside(self._paths) as session:
            for step in steps(session, row):
                taken = {"at": instant_text(step.at), "reason": step.reason, "uid": step.uid}
                said |= {f"step {step.number} {step.step}": taken}
        for name, value in _flat(said):
            yield self._entry("request", row.id, name=name, value=value)

    def _entry(self, category: str, about: str, *, name: str, value: str) -> Entry:
        if name.rpartition(".")[2] in _NAMES_PEOPLE:
            value = self._others.label(value)
        return Entry(
            category=category,
            source="the person" if category == "supplied" else "the station and headquarters",
            purpose=_PURPOSE[category],
            legal_basis=self._legal_basis,
            recipients=self._recipients,
            retention=_RETENTION[category],
            about=about,
            name=name,
            value=value,
        )


def _lines(session: Session, parcel: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    columns = LEDGER.c
    wanted = select(columns.number, columns.body).where(columns.body.contains(parcel, autoescape=True))
    for number, body in session.execute(wanted.order_by(columns.number)):
        line = json.loads(body)
        if parcel in {line.get("subject"), line.get("parcel")}:
            # whoever else was searched for when this parcel was opened is none of theirs
            yield number, {name: value for name, value in line.items() if name != "request"}


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Names with dots, and text; what is not there is left out."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _flat(below, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for number, below in enumerate(value, start=1):
            yield from _flat(below, f"{name}.{number}")
    elif value is not None:
        yield name, json.dumps(value) if isinstance(value, bool) else str(value)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
