"""Ingest and delivery over a real database, and what a test looks up in it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Table, func, select
from sqlalchemy.orm import Session

from agent.wire import Need, Receipt, read_signed
from agent.wire.document import read_plain
from central.bridge.delivery import Delivery
from central.bridge.frames import Delivered
from central.bridge.ingest import Ingest
from central.bridge.ledger import ReceiptBook
from central.bridge.message import Arrived, Reply
from central.bridge.subject import Subject, subject_of
from central.bridge.tables import LEDGER, Base, ParcelRow
from central.database import Claims, Sessions, open_database, place_of
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.registry import Registry
from central.settings import load_settings
from tests.central.clock import HandClock
from tests.central.kept import disk
from tests.central.parcels import Parcel
from vault.envelope import Pinned, SigningKey


@dataclass(frozen=True)
class Counter:
    """Where parcels are taken in and delivered."""

    engine: Engine
    claims: Claims
    keys: OwnKeys
    clock: HandClock
    registry: Registry
    ingest: Ingest
    delivery: Delivery

    @property
    def key(self) -> SigningKey:
        """The receipt key that signs now."""
        return self.keys.signer(self.clock.now())

    def take(self, *batch: Arrived) -> list[Reply]:
        return self.ingest.take(batch)

    def store(self, parcel: Parcel) -> Subject:
        """The whole parcel in one batch; what it is to the ledger."""
        self.take(*parcel.whole())
        with self.session() as session:
            return subject_of(session.get_one(ParcelRow, (parcel.station.tenant, parcel.id)))

    def decide(self, subject: Subject, delivered: Delivered) -> list[Reply]:
        assert self.delivery.consignment(subject.tenant, subject.id) is not None
        return self.delivery.decided(subject, delivered)

    def close(self) -> None:
        self.claims.close()
        self.engine.dispose()

    def session(self) -> Session:
        return Session(self.engine)

    def lines(self) -> list[dict[str, Any]]:
        """The bodies of central's ledger, oldest first."""
        with self.session() as session:
            return [json.loads(body) for body in session.scalars(select(LEDGER.c.body).order_by(LEDGER.c.number))]

    def kinds(self) -> list[str]:
        return [line["kind"] for line in self.lines()]

    def count(self, table: type[Base] | Table) -> int:
        with self.session() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def receipt(self, reply: Reply) -> Receipt:
        """The receipt in a reply, believed only with the receipt key."""
        assert "/dn/receipt/" in reply.topic
        return read_signed(reply.payload, Receipt, pinned=Pinned([self.key.public]))

    def receipts(self, replies: Sequence[Reply]) -> list[Receipt]:
        return [self.receipt(reply) for reply in replies]

    def disk(self) -> bytes:
        """Every byte of the database's files."""
        return disk(self.engine)


def opened_database(paths: Paths) -> Engine:
    return open_database(place_of(paths, load_settings(paths.settings)))


def opened(paths: Paths) -> Counter:
    """As the bridge's process joins them; the caller disposes of the engine."""
    engine, keys, clock = opened_database(paths), OwnKeys(paths), HandClock()
    book, claims = ReceiptBook(keys), Claims(engine)
    registry = Registry(paths.stations)
    ingest = Ingest(Sessions(engine), registry, book=book, clock=clock)
    delivery = Delivery(engine, claims=claims, book=book, clock=clock)
    return Counter(engine, claims, keys, clock, registry, ingest, delivery)


def need(reply: Reply) -> Need:
    assert "/dn/need/" in reply.topic
    return read_plain(reply.payload, Need)
