"""How much longer the vault takes than the same work done bare: `make bench`.

    python image-build/bench_vault.py [--rounds N] [--lines N] [--folder DIR]

Three pairs, in turns on one disk: *seal and spool* of a package of 250 KB, *wipe* (from the receipt that central has
signed to the committed tombstone and head), *ledger append*. Bare (`bare_vault.py`) is the same cryptography by
`cryptography`, the same writes and syncs by `os`, the same rows and commits by `sqlite3`, at the same settings. Medians
of the clock's time, because syncs are waited for. Then how many lines a second the chain is verified at, in the
processor time of the one thread that does it, and how much memory that takes. Ends with 1 when a figure misses its aim.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from sqlalchemy import Engine  # noqa: E402
from ulid import ULID  # noqa: E402

from agent.clock import SystemClock  # noqa: E402
from agent.courier.desk import Desk, Shelf  # noqa: E402
from agent.courier.post import Post  # noqa: E402
from agent.courier.store import Store  # noqa: E402
from agent.courier.tables import VERSIONS  # noqa: E402
from agent.courier.undertaker import Undertaker  # noqa: E402
from agent.wire import Receipt, Stage, sign_document  # noqa: E402
from bare_vault import BareLedger, BareParcels  # noqa: E402
from timing import resident_bytes  # noqa: E402
from vault.ballast import Ballast  # noqa: E402
from vault.chain import GENESIS, digest_after  # noqa: E402
from vault.database import migrate, open_database  # noqa: E402
from vault.envelope import Context, Digest, Pinned, Plain, RecipientKey, Sealed, SigningKey, seal, wrap  # noqa: E402
from vault.keys import ParcelKeys  # noqa: E402
from vault.labels import ParcelId  # noqa: E402
from vault.spool import Spool, deliver  # noqa: E402
from vault.wipe import Place, Wipe  # noqa: E402

RATIO_MAX = 1.5
LINES_A_SECOND_MIN = 200_000
GROWTH_MAX_BYTES = 16 << 20
PACKAGE_BYTES = 250_000
TENANT, STATION, KIND = "lt", "vilnius-1", "enrolment"
DETAIL = {"question": "01jd0000000000000000000001", "how": "answered"}

Pair = tuple[Callable[[], object], Callable[[], object]]


class Product:
    """A courier's desk, and what a visit worker does before it."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        clock, self._central, self._link = SystemClock(), SigningKey.generate(), SigningKey.generate()
        self.recipient = RecipientKey.generate().public
        self.store, self._spool, self._keys = Store(engine), Spool(folder / "spool"), ParcelKeys(folder / "keys")
        place = Place(tenant=TENANT, station=STATION, pinned=Pinned([self._central.public]))
        wipe = Wipe(self._spool, self._keys, place=place)
        undertaker = Undertaker(self.store, wipe, place=place, key=self._link, clock=clock)
        # never called for: what holds no bytes gives none up
        ballast = Ballast(folder / "ballast", size_bytes=0)
        shelf = Shelf(spool=self._spool, keys=self._keys, free_bytes_min=0, ballast=ballast)
        post = Post(TENANT, STATION, key=self._link)
        self.desk = Desk(self.store, shelf, undertaker=undertaker, post=post, clock=clock)
        self._clock = clock
        # a folder of its own: what nobody has reserved is no parcel of the desk's
        self._delivered = Spool(folder / "delivered").incoming

    def seal_and_spool(self, parcel: ParcelId, plain: bytes, *, key: bytes) -> None:
        """What the worker does once a visit."""
        context = Context(
            tenant=TENANT, station=STATION, parcel=parcel, kind=KIND, profile="lt/1", plain_bytes=len(plain)
        )
        sealed = seal(Plain(plain), context, recipient=self.recipient, signer=self._link)
        deliver(self._delivered, parcel, wrapped=wrap(sealed, key=key, parcel=parcel))

    def spooled(self, parcel: ParcelId, content: bytes) -> tuple[Receipt, bytes]:
        """A parcel on its way, and central's word that MIGRIS has it."""
        sealed = Sealed(content)
        wrapped = wrap(sealed, key=self.desk.reserve(parcel, kind=KIND), parcel=parcel)
        deliver(self._spool.incoming, parcel, wrapped=wrapped)
        self.desk.take_in()
        self.desk.due(parcel)
        receipt = Receipt(
            tenant=TENANT,
            station=STATION,
            parcel=parcel,
            kind=KIND,
            digest=sealed.digest,
            size=len(sealed),
            stage=Stage.ACCEPTED,
            cause=None,
            reference="MR-1",
            index=1,
            previous=GENESIS,
            time=self._clock.now(),
            key=self._central.kid,
        )
        return receipt, sign_document(receipt, self._central)


def new_id() -> ParcelId:
    """A parcel's id."""
    return ParcelId(str(ULID()).lower())


class Bench:
    """Product and bare side by side below one folder."""

    def __init__(self, folder: Path) -> None:
        for name in ("product", "bare"):
            migrate(folder / name / "courier.db", VERSIONS)
        self.engine = open_database(folder / "product" / "courier.db")
        self._product = Product(folder / "product", self.engine)
        self._ledger = BareLedger(folder / "bare" / "courier.db")
        self._parcels = BareParcels(folder / "bare", self._ledger)
        self._package, self._sealed, self._key = os.urandom(PACKAGE_BYTES), os.urandom(PACKAGE_BYTES), os.urandom(32)

    def seal_and_spool(self) -> Pair:
        """One package each."""
        product, bare, hpke = new_id(), new_id(), self._product.recipient.hpke
        return (
            lambda: self._product.seal_and_spool(product, self._package, key=self._key),
            lambda: self._parcels.seal_and_spool(bare, self._package, recipient=hpke, key=self._key),
        )

    def wipe(self) -> Pair:
        """One parcel each, taken in beforehand."""
        product, bare = new_id(), new_id()
        receipt, signed = self._product.spooled(product, self._sealed)
        bare_receipt = self._parcels.spooled(bare, self._key, self._sealed)
        return (
            lambda: self._product.desk.hear_receipt(receipt, signed),
            lambda: self._parcels.wipe(bare, receipt=bare_receipt),
        )

    def append(self) -> Pair:
        """One line each."""
        now = SystemClock().now()
        return (
            lambda: self._product.store.note("question-ended", at=now, detail=DETAIL),
            lambda: self._ledger.append(DETAIL),
        )


def timed_ms(work: Callable[[], object]) -> float:
    """The clock's time."""
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / 1e6


def ratio(name: str, pair: Callable[[], Pair], *, rounds: int) -> float:
    """Print a pair's medians and give their ratio; who goes first changes from round to round."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 3):
        works = pair()
        for which in (0, 1) if number % 2 else (1, 0):
            took_ms = timed_ms(works[which])
            # the first three fill caches
            if number >= 3:
                times[which].append(took_ms)
    product, bare = (statistics.median(one) for one in times)
    print(f"  {name:26} {product:8.3f} ms   bare {bare:8.3f} ms   ratio {product / bare:.2f}")
    return product / bare


def fill(engine: Engine, *, lines: int) -> None:
    """Lines as the courier writes them, behind those that are there, without waiting for each."""
    with engine.connect() as connection:
        driver = connection.connection.cursor()
        row = driver.execute("SELECT number, digest FROM ledger_line ORDER BY number DESC LIMIT 1").fetchone()
        number, previous = row or (0, GENESIS)
        for begin in range(0, lines, 50_000):
            rows = []
            for _ in range(min(50_000, lines - begin)):
                number += 1
                line = {"number": number, "time": "2026-11-22T08:15:30.000Z", "kind": "question-ended", **DETAIL}
                body = json.dumps(line, sort_keys=True, separators=(",", ":"))
                previous = digest_after(Digest(previous), body.encode())
                rows.append((number, body, previous))
            driver.executemany("INSERT INTO ledger_line VALUES (?, ?, ?)", rows)
            connection.connection.commit()


def verification(store: Store) -> tuple[float, int]:
    """Lines a second of this thread's processor time, and by how much the process grew; printed too."""
    before, own, clock = resident_bytes(), time.thread_time_ns(), time.perf_counter_ns()
    head = store.verify_ledger()
    own_s, clock_s = (time.thread_time_ns() - own) / 1e9, (time.perf_counter_ns() - clock) / 1e9
    growth = resident_bytes() - before
    rate, size = head.number / own_s, f"{head.number:,} lines"
    print(f"  verification of {size}: {rate:,.0f} lines/s (clock {head.number / clock_s:,.0f}), {own_s:.2f} s")
    print(f"  memory: {before / 2**20:.1f} MiB before, {growth / 2**20:+.1f} MiB")
    return rate, growth


def main() -> int:
    """Print the figures; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description="Time the vault against the same work done bare.")
    parser.add_argument("--rounds", type=int, default=200, help="how often each pair is timed")
    parser.add_argument("--lines", type=int, default=500_000, help="lines of the ledger that is verified")
    parser.add_argument("--folder", type=Path, help="where the files go; the disk that is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        bench = Bench(Path(folder))
        print(f"medians of {arguments.rounds} rounds, in turns")
        ratios = [
            ratio("seal and spool of 250 KB", bench.seal_and_spool, rounds=arguments.rounds),
            ratio("wipe", bench.wipe, rounds=arguments.rounds),
            ratio("ledger append", bench.append, rounds=arguments.rounds),
        ]
        fill(bench.engine, lines=arguments.lines)
        ratios.append(ratio(f"append behind {arguments.lines:,}", bench.append, rounds=arguments.rounds))
        rate, growth = verification(Store(bench.engine))
        bench.engine.dispose()
    met = max(ratios) <= RATIO_MAX and rate >= LINES_A_SECOND_MIN and growth <= GROWTH_MAX_BYTES
    print(f"aims: ratios of at most {RATIO_MAX}, at least {LINES_A_SECOND_MIN:,} lines/s: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
