"""Walks both ledgers of a station and holds them against what was signed of them. It only reads, and runs beside the
daemons: every page of lines is a read of its own.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.config.paths import Paths
from agent.config.trust import believed_receipt_keys
from agent.errors import ConfigError
from agent.wire import LedgerHead, Receipt, WireError, read_signed
from provisioning.errors import InputRefused
from vault.chain import GENESIS, Head, follow
from vault.database import open_to_read
from vault.envelope import Pinned, digest_of
from vault.errors import ChainBroken, KeyMissing, SchemaUnready
from vault.keys import load_signing_key
from vault.ledger import digest_at, lines_of

_HEADS = (
    "SELECT event.signed, told_head.receipt FROM told_head JOIN event ON event.id = told_head.event "
    "WHERE told_head.ledger = ? AND told_head.receipt IS NOT NULL ORDER BY told_head.event"
)
_RECEIPTS = (
    "SELECT signed FROM receipt UNION ALL SELECT receipt FROM told_head WHERE told_head.receipt IS NOT NULL ORDER BY 1"
)

_REWRITTEN = "It is not the line that central has receipted: the ledger was rewritten."
_CUT_OFF = "Central has receipted it, and it is not there: a tail was cut off."


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReport:
    """One ledger."""

    ledger: str
    """`station` or `courier`."""
    lines: int
    """How many lines hold, from the first on."""
    digest: str
    """The digest of the last of them."""
    heads: int
    """Heads that central has receipted and that were compared."""
    unknown: int
    """Heads or receipts by a key that is not known here, such as an earlier unit's: they prove nothing."""
    bad_line: int | None
    """The first line that does not hold."""
    trouble: str | None
    """What is wrong with it, one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was looked at."""

    ledgers: tuple[LedgerReport, ...]
    """Station's and courier's."""
    receipts: int
    """Central's receipts that were held against each other."""
    receipts_trouble: str | None
    """What does not fit between them, one sentence: central has forgotten or rewritten what it signed."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.receipts_trouble is None and all(one.trouble is None for one in self.ledgers)

    def fields(self) -> dict[str, object]:
        """JSON-ready."""
        return {"holds": self.holds, **asdict(self)}

    def sentences(self) -> Iterator[str]:
        """For a person."""
        for one in self.ledgers:
            if one.trouble is None:
                yield f"{one.ledger}: {one.lines} lines hold; {one.heads} receipted heads fit. Head {one.digest}."
            else:
                yield f"{one.ledger}: BROKEN at line {one.bad_line}. {one.trouble}"
            if one.unknown:
                yield f"{one.ledger}: {one.unknown} heads are signed by keys that are not known here."
        yield self.receipts_trouble or f"{self.receipts} receipts of central's fit each other."


def verify_ledgers(root: Path) -> Report:
    """Look at everything. :raises: InputRefused when there is no ledger that can be read."""
    paths = Paths(root)
    try:
        receipts = believed_receipt_keys(paths)
        with (
            closing(open_to_read(paths.station_database)) as station,
            closing(open_to_read(paths.courier_database)) as courier,
        ):
            own = {"station": station, "courier": courier}
            keys = {"station": _own(paths.seal_key), "courier": _own(paths.link_key)}
            ledgers = [_ledger(name, own[name], heads=_Heads(courier, keys[name], receipts=receipts)) for name in own]
            count, trouble = _receipts(courier, receipts)
    except (SchemaUnready, ConfigError, sqlite3.Error) as error:
        sentence = "The database is damaged." if isinstance(error, sqlite3.Error) else error.sentence
        raise InputRefused("ledger-unreadable", f"The ledgers cannot be read: {sentence}") from error
    return Report(ledgers=tuple(ledgers), receipts=count, receipts_trouble=trouble)


@dataclass(frozen=True, slots=True)
class _Heads:
    """What the courier keeps of a ledger's heads, and whose signatures count."""

    courier: sqlite3.Connection
    own: Pinned
    receipts: Pinned

    def signed(self, ledger: str) -> Iterator[LedgerHead | None]:
        """Each head that central has receipted; None for one that nobody here can believe."""
        if not _has_heads(self.courier):
            return
        for signed, receipt in self.courier.execute(_HEADS, (ledger,)):
            try:
                head = read_signed(signed, LedgerHead, pinned=self.own)
                witnessed = read_signed(receipt, Receipt, pinned=self.receipts)
            except WireError:
                yield None
                continue
            yield head if (head.ledger, witnessed.digest) == (ledger, digest_of(signed)) else None


def _ledger(name: str, connection: sqlite3.Connection, *, heads: _Heads) -> LedgerReport:
    bad: tuple[int, str] | None = None
    try:
        head = follow(lines_of(connection))
    except ChainBroken as error:
        there = digest_at(connection, error.number)
        why = "It is missing." if there is None else "It, or its digest, is not what was written."
        bad, before = (error.number, why), digest_at(connection, error.number - 1)
        head = Head(error.number - 1, before or GENESIS)
    known = unknown = 0
    for told in heads.signed(name):
        if told is None:
            unknown += 1
            continue
        known += 1
        there = digest_at(connection, told.number)
        if there != told.digest and (bad is None or told.number < bad[0]):
            bad = (told.number, _REWRITTEN if there else _CUT_OFF)
    return LedgerReport(
        ledger=name,
        lines=head.number,
        digest=head.digest,
        heads=known,
        unknown=unknown,
        bad_line=None if bad is None else bad[0],
        trouble=None if bad is None else bad[1],
    )


def _receipts(courier: sqlite3.Connection, pinned: Pinned) -> tuple[int, str | None]:
    """Receipts carry a running number and the digest of the one before: what central signed once stays so."""
    if not _has_heads(courier):
        return 0, None
    held: dict[int, tuple[str, str]] = {}
    for (signed,) in courier.execute(_RECEIPTS):
        try:
            receipt = read_signed(signed, Receipt, pinned=pinned)
        except WireError:
            continue
        found = (digest_of(signed), receipt.previous)
        if held.setdefault(receipt.index, found) != found:
            return len(
                held
            ), f"Central has given the number {receipt.index} to two receipts: it has forgotten the first."
    for index, (_, previous) in held.items():
        if index - 1 in held and held[index - 1][0] != previous:
            return len(held), f"Central's receipt {index} does not follow from the one before it."
    return len(held), None


def _has_heads(courier: sqlite3.Connection) -> bool:
    """A courier of the first release keeps none."""
    wanted = "SELECT count(*) FROM sqlite_master WHERE name = 'told_head'"
    return bool(courier.execute(wanted).fetchone()[0])


def _own(path: Path) -> Pinned:
    try:
        return Pinned([load_signing_key(path).public])
    except KeyMissing as error:
        raise InputRefused("key-unreadable", f"The ledgers cannot be verified: {error.sentence}") from error
