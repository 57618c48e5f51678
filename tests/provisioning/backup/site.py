"""Headquarters' folder and units of a station in others, joined by the product's own commands; the broker is left out,
what a station would publish is handed to central's ingest.
"""

import os
import pwd
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from sqlalchemy.orm import Session
from ulid import ULID

from agent.clock import SystemClock
from agent.compose.migrate import run_migrations
from agent.config.paths import Paths
from agent.courier.machine import ParcelEvent, ParcelState
from agent.courier.post import Post
from agent.courier.record import Burial, Parcel, ToldHead
from agent.courier.store import Store
from agent.visit.attestation import LEDGER
from agent.visit.journal import DurableStep, Journal
from agent.visit.state import VisitState
from agent.wire import How, LedgerHead, Stage, StationTopics, Tombstone, read_topic, sign_document
from central.bridge.ingest import Ingest
from central.bridge.ledger import ReceiptBook
from central.bridge.message import Arrived
from central.bridge.subject import subject_of
from central.bridge.tables import LedgerHeadRow, ParcelRow
from central.cli import main as central
from central.database import Sessions
from central.paths import Paths as CentralPaths
from central.pki.keyring import OwnKeys
from central.pki.registry import Registry
from central.pki.set_up import receipt_key
from provisioning.cli import main as smilius
from vault.chain import Head
from vault.database import open_database
from vault.envelope import Digest, ParcelId, digest_of
from vault.keys import load_signing_key

TENANT, STATION = "lt", "vilnius"
CONTENT = b"sealed for central"
CLOCK = SystemClock()


def new_id() -> ParcelId:
    return ParcelId(str(ULID()).lower())


def founded(root: Path) -> Path:
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert central(["init", "--root", str(root), "--tenant", TENANT, "--broker-user", user]) == 0
    return root


class Headquarters(AbstractContextManager["Headquarters"]):
    def __init__(self, root: Path) -> None:
        """:param root: what `founded` made, or a copy of it."""
        self.paths = CentralPaths(root)
        self.engine = open_database(self.paths.bridge_database)
        self.sessions = Sessions(self.engine)
        self.book = ReceiptBook(OwnKeys(self.paths))
        self.ingest = Ingest(self.sessions, Registry(self.paths.stations), book=self.book, clock=CLOCK)

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    def enrol(self, root: Path, *, station: str = STATION) -> Paths:
        """A machine becomes this station."""
        asked, answered = root.with_suffix(".asked"), root.with_suffix(".answered")
        names = ["--tenant", TENANT, "--station", station]
        assert smilius(["claim", "request", "--root", str(root), *names, "--request", str(asked)]) == 0
        files = ["--request", str(asked), "--answer", str(answered)]
        assert central(["ca", "enrol", "--root", str(self.paths.root), *files]) == 0
        assert smilius(["claim", "answer", "--root", str(root), "--answer", str(answered)]) == 0
        run_migrations(Paths(root))
        return Paths(root)

    def hear(self, topic: str, payload: bytes) -> list[bytes]:
        where = read_topic(topic)
        assert where is not None
        return [reply.payload for reply in self.ingest.take([Arrived(where, payload)])]

    def accept(self, parcel: ParcelId) -> bytes:
        """The receipt as if MIGRIS had taken it."""
        with self.sessions.begin() as session:
            subject = subject_of(session.get_one(ParcelRow, (TENANT, parcel)))
            return self.book.issue(session, subject, stage=Stage.ACCEPTED, at=CLOCK.now())

    def kinds(self, *, after: int = 0) -> list[str]:
        """What the ledger says."""
        query = "SELECT json_extract(body, '$.kind') FROM ledger_line WHERE number > ? ORDER BY number"
        with self.engine.connect() as connection:
            return [kind for (kind,) in connection.exec_driver_sql(query, (after,))]

    def known(self, ledger: str, *, station: str = STATION) -> Head | None:
        with Session(self.engine) as session:
            row = session.get(LedgerHeadRow, (TENANT, station, ledger))
            return None if row is None else Head(row.number, Digest(row.digest))


class Unit(AbstractContextManager["Unit"]):
    """A machine that works as a station, without its processes."""

    def __init__(self, paths: Paths, *, station: str = STATION) -> None:
        self.paths = paths
        self.engines = [open_database(path) for path in (paths.station_database, paths.courier_database)]
        self.journal, self.store = Journal(self.engines[0]), Store(self.engines[1])
        self.link, self.seal = load_signing_key(paths.link_key), load_signing_key(paths.seal_key)
        self.station, self.topics = station, StationTopics(TENANT, station)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for engine in self.engines:
            engine.dispose()

    def visit(self, *, ended: bool = True) -> str:
        """A visit of the applicant MIG-SECRET; an open one has begun to seal."""
        visit, now = new_id(), CLOCK.now()
        self.journal.open_visit(visit, parcel=new_id(), subject="f" * 32, operator="op-7", at=now)
        self.journal.keep_subject(visit, sealed=b"MIG-SECRET", at=now, detail={"by": "op-7"})
        self.journal.intend(visit, DurableStep.SEAL, at=now)
        if ended:
            timeline = [{"step": "MIG-SECRET", "time": "x", "ms": 1, "detail": ""}]
            outcome = (None, digest_of(CONTENT))
            self.journal.end_visit(visit, VisitState.DONE, at=now, outcome=outcome, timeline=timeline)
        return visit

    def spooled(self) -> Parcel:
        parcel = Parcel(
            id=new_id(),
            kind="enrolment",
            state=ParcelState.SPOOLED,
            digest=digest_of(CONTENT),
            size=len(CONTENT),
            trouble=None,
        )
        self.store.reserve(parcel.id, kind=parcel.kind, at=CLOCK.now())
        self.store.spooled(parcel, at=CLOCK.now())
        return parcel

    def uploaded(self, headquarters: Headquarters) -> Parcel:
        """A parcel that central has stored."""
        parcel = self.spooled()
        post = Post(TENANT, self.station, key=self.link)
        self.store.apply(parcel.id, ParcelEvent.DUE, at=CLOCK.now())
        headquarters.hear(self.topics.bill(parcel.id), post.bill(parcel, at=CLOCK.now()).payload)
        (signed,) = headquarters.hear(self.topics.chunk(parcel.id, 0), CONTENT)
        self.store.apply(parcel.id, ParcelEvent.STORED_HEARD, at=CLOCK.now(), receipt=(Stage.STORED, signed))
        return parcel

    def wiped(self, headquarters: Headquarters) -> Parcel:
        """A parcel that MIGRIS took and of which nothing is left here."""
        parcel, at = self.uploaded(headquarters), CLOCK.now()
        signed = headquarters.accept(parcel.id)
        self.store.apply(parcel.id, ParcelEvent.ACCEPTED_HEARD, at=at, receipt=(Stage.ACCEPTED, signed))
        self.store.apply(parcel.id, ParcelEvent.GROUNDS_HELD, at=at)
        tombstone = Tombstone(
            parcel=parcel.id,
            kind=parcel.kind,
            digest=parcel.digest,
            stage="accepted",
            receipt=digest_of(signed),
            how=How.WIPED,
            authorised_by=receipt_key(headquarters.paths, at=at).kid,
            time=at,
            verified=True,
        )
        burial = Burial(
            tombstone=sign_document(tombstone, self.link), event=new_id(), detail={"parcel": parcel.id, "how": "wiped"}
        )
        self.store.bury(parcel.id, burial, at=at)
        return parcel

    def tell(self, headquarters: Headquarters) -> None:
        """Both heads, and whatever central has not receipted; what it receipts is kept."""
        for ledger, head, key in (
            (LEDGER, self.journal.head(), self.seal),
            ("courier", self.store.verify_ledger(), self.link),
        ):
            if head.number:
                document = LedgerHead(
                    tenant=TENANT,
                    station=self.station,
                    ledger=ledger,
                    number=head.number,
                    digest=head.digest,
                    time=CLOCK.now(),
                )
                told = ToldHead(ledger=ledger, number=head.number)
                self.store.add_event(new_id(), signed=sign_document(document, key), at=CLOCK.now(), head=told)
        for event in self.store.open_events():
            signed = self.store.open_event(event)
            assert signed is not None
            for receipt in headquarters.hear(self.topics.event(event), signed):
                self.store.receipted(event, digest=digest_of(signed), at=CLOCK.now(), receipt=receipt)
