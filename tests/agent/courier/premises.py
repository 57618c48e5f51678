"""A courier's desk on a real disk: database, spool, keys, and a receipt key that plays central's."""

import itertools
import random
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ulid import ULID

from agent.config.paths import Paths
from agent.config.trust import Trust
from agent.courier.desk import Desk, Shelf
from agent.courier.destroyer import Demand, Destroyer
from agent.courier.keyring import KeyringDesk
from agent.courier.post import Post
from agent.courier.record import Parcel
from agent.courier.store import Store
from agent.courier.tables import VERSIONS
from agent.courier.undertaker import Undertaker
from agent.wire import EVENT_KIND, DestroyOrder, Receipt, Stage, sign_document
from central.pki.authority import Authority
from vault.ballast import Ballast
from vault.database import migrate, open_database
from vault.destroy import Site
from vault.envelope import Digest, Pinned, RecipientKey, Sealed, SigningKey, digest_of, wrap
from vault.keys import ParcelKeys
from vault.labels import ParcelId
from vault.spool import Spool, deliver
from vault.warrants import WarrantBook
from vault.wipe import Place, Wipe

TENANT, STATION = "lt", "vilnius-1"
KIND = "enrolment"
BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AUTHORITY = Authority.found("Smilius CA", now=BEGIN)
RECIPIENT = RecipientKey.generate()
CENTRAL_KEY, LINK_KEY, FOREIGN_KEY = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()

ORDER_KEYS = (SigningKey.generate(), SigningKey.generate())

_ids = random.Random(20261122)


def new_id() -> ParcelId:
    return ParcelId(str(ULID.from_bytes(b"\x01" + _ids.randbytes(15))).lower())


@dataclass
class HandClock:
    """Both clocks, moved by hand; each look at the wall clock is a millisecond later, so that orders can be told."""

    seconds: float = 0.0
    _looks: "itertools.count[int]" = field(default_factory=itertools.count)

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds, milliseconds=next(self._looks))

    def monotonic_ns(self) -> int:
        return int(self.seconds * 1e9)


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        database = Path(folder) / "courier.db"
        migrate(database, VERSIONS)
        return database.read_bytes()


def a_receipt(parcel: str, *, stage: Stage, digest: str, **other: object) -> Receipt:
    fields: dict[str, object] = {
        "tenant": TENANT,
        "station": STATION,
        "parcel": parcel,
        "kind": KIND,
        "digest": digest,
        "size": 1,
        "stage": stage,
        "cause": None,
        "reference": None,
        "index": 1,
        "previous": "0" * 64,
        "time": BEGIN,
        "key": CENTRAL_KEY.kid,
        **other,
    }
    return Receipt.model_validate(fields)


def event_receipt(event: str, *, digest: str, **other: object) -> Receipt:
    return a_receipt(event, **{"stage": Stage.STORED, "digest": digest, "kind": EVENT_KIND, **other})  # type: ignore[arg-type]


def claim(root: Path, *, receipt_keys: str = CENTRAL_KEY.public.pem()) -> Paths:
    """What a claimed station has of central, whose receipts these keys sign."""
    paths = Paths(root / "station")
    if paths.trust.exists():
        return paths
    paths.trust.mkdir(parents=True)
    paths.courier.mkdir(parents=True)
    paths.receipt_keys.write_text(receipt_keys)
    paths.recipient.write_text(b64encode(RECIPIENT.public.content).decode())
    paths.broker_ca.write_text(AUTHORITY.certificate)
    return paths


class Premises:
    """One life of the courier on one disk; `reopened` is the next."""

    def __init__(self, root: Path, *, free_bytes_min: int = 0, ballast_bytes: int = 0) -> None:
        self.root = root
        self.clock = HandClock()
        database = root / "courier.db"
        if not database.exists():
            database.write_bytes(_empty_database())
        self.engine = open_database(database)
        self.store = Store(self.engine)
        self.spool = Spool(root / "spool")
        self.keys = ParcelKeys(root / "keys")
        self.paths = claim(root)
        self.trust = Trust(self.paths, clock=self.clock)
        self.pinned = self.trust.believed
        place = Place(tenant=TENANT, station=STATION, pinned=self.pinned)
        self.undertaker = Undertaker(
            self.store, Wipe(self.spool, self.keys, place=place), place=place, key=LINK_KEY, clock=self.clock
        )
        self.ballast = Ballast(root / "ballast", size_bytes=ballast_bytes)
        shelf = self.shelf = Shelf(
            spool=self.spool, keys=self.keys, free_bytes_min=free_bytes_min, ballast=self.ballast
        )
        self.book = WarrantBook(root / "warrants")
        site = Site(
            tenant=TENANT, station=STATION, unit=LINK_KEY.kid, pinned=Pinned([key.public for key in ORDER_KEYS])
        )
        self.destroyer = Destroyer(self.store, self.undertaker, site=site, book=self.book, clock=self.clock)
        post = Post(TENANT, STATION, key=LINK_KEY)
        self.desk = Desk(self.store, shelf, undertaker=self.undertaker, post=post, clock=self.clock)
        self.keyrings = KeyringDesk(
            self.trust, store=self.store, shelf=shelf, undertaker=self.undertaker, warn=timedelta(days=30)
        )

    def destroy(self, demand: Demand) -> list[Parcel]:
        """On this demand, as the courier's API has it done."""
        return self.destroyer.finish(self.destroyer.authorise(demand, verb="destroy"))

    def reopened(self) -> "Premises":
        """What the next life finds after the power went."""
        self.close()
        return Premises(self.root)

    def close(self) -> None:
        self.engine.dispose()

    def deliver(self, content: bytes = b"sealed for central", *, parcel: ParcelId) -> Sealed:
        """What a visit worker does."""
        sealed = Sealed(content)
        wrapped = wrap(sealed, key=self.desk.reserve(parcel, kind=KIND), parcel=parcel)
        deliver(self.spool.incoming, parcel, wrapped=wrapped)
        return sealed

    def reserved(self) -> ParcelId:
        parcel = new_id()
        self.desk.reserve(parcel, kind=KIND)
        return parcel

    def spooled(self, content: bytes = b"sealed for central") -> Parcel:
        """A parcel that was taken in."""
        parcel = self.reserved()
        self.deliver(content, parcel=parcel)
        self.desk.take_in()
        return self.parcel(parcel)

    def parcel(self, parcel: ParcelId) -> Parcel:
        found = self.store.parcel(parcel)
        assert found is not None
        return found

    def signed(self, parcel: Parcel, stage: Stage, *, digest: Digest | None = None) -> tuple[Receipt, bytes]:
        """Central's receipt and its signed bytes."""
        receipt = a_receipt(parcel.id, stage=stage, digest=digest or parcel.digest)
        return receipt, sign_document(receipt, CENTRAL_KEY)

    def hear(self, parcel: Parcel, stage: Stage, *, digest: Digest | None = None) -> bytes:
        """Have the desk hear it; returns the signed bytes."""
        receipt, signed = self.signed(parcel, stage, digest=digest)
        assert self.desk.hear_receipt(receipt, signed) == []
        return signed

    def orders(self, **other: object) -> tuple[bytes, bytes]:
        """What two people at headquarters signed."""
        fields: dict[str, object] = {
            "tenant": TENANT,
            "station": STATION,
            "unit": LINK_KEY.kid,
            "verb": "destroy",
            "reason": "reset",
            "parcels": None,
            "expires": BEGIN + timedelta(days=1),
            "counter": 1,
            **other,
        }
        order = DestroyOrder.model_validate(fields)
        return sign_document(order, ORDER_KEYS[0]), sign_document(order, ORDER_KEYS[1])

    def on_disk(self, parcel: ParcelId) -> list[str]:
        """Names of whatever is left of a parcel."""
        return sorted(path.name for path in self.root.rglob(f"*{parcel}*"))


OTHER_DIGEST = digest_of(b"other content")
