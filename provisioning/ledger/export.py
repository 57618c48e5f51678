"""Writes both ledgers of a station into one file that can be checked without us: docs/ledger-export.md is its format.

It only reads, and runs beside the daemons: what is appended meanwhile is not in the file. No line is left out of the
middle or changed, because each one's digest covers the one before it.
"""

import base64
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar

from agent.clock import SystemClock
from agent.compose.keys import key_home
from agent.config.layers import load_layers, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.trust import known_receipt_keys
from agent.errors import ConfigError
from agent.wire import sign_document
from agent.wire.document import Document, Instant, instant_text
from provisioning.errors import InputRefused
from vault.chain import GENESIS, Head, follow
from vault.database import open_to_read
from vault.envelope import Signer, VerifyingKey
from vault.errors import ChainBroken, VaultError
from vault.keys import load_signer
from vault.ledger import Line, digest_at, lines_of

FORMAT = "smilius-ledger-export"
VERSION = 1

_LAST = "SELECT coalesce(max(number), 0) FROM ledger_line"
_BEFORE = "SELECT coalesce(min(number) - 1, :last) FROM ledger_line WHERE json_extract(body, '$.time') >= :since"
_UNTIL = "SELECT coalesce(max(number), 0) FROM ledger_line WHERE json_extract(body, '$.time') < :until"
_HEADS = (
    "SELECT told_head.number, event.signed, told_head.receipt FROM told_head JOIN event ON event.id = told_head.event "
    "WHERE told_head.ledger = ? AND told_head.number >= ? ORDER BY told_head.number, told_head.event"
)


class LedgerExport(Document):
    """The station's word on a whole export, by the key of each ledger."""

    content_type: ClassVar[str] = "application/x.smilius.ledger-export+json; v=1"

    tenant: str
    """Whose station it is."""
    station: str
    """The station."""
    records: int
    """How many records come before."""
    sha256: str
    """Over all their bytes."""
    time: Instant
    """When it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Which lines; the moments are compared with what the lines themselves say."""

    since: datetime | None = None
    """From the first line of this moment or later; None is from the first."""
    until: datetime | None = None
    """Up to the last line before this moment; None is up to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    lines: dict[str, int]
    """How many lines of each ledger."""
    broken: dict[str, int]
    """The first line that does not hold, of each ledger that does not."""


def export_ledgers(root: Path, target: Path, *, period: Period) -> Exported:
    """Write the file, readable by its owner only. :raises: InputRefused when it is there already, or cannot be made."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputRefused("file-unwritable", f"The file cannot be made: {os.strerror(error.errno or 0)}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            exported = _Export(Paths(root), file, period=period).write()
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        target.unlink()
        raise InputRefused("file-unwritable", f"It cannot be written: {os.strerror(error.errno or 0)}.") from error
    except (VaultError, ConfigError, sqlite3.Error) as error:
        target.unlink()
        sentence = "The database is damaged." if isinstance(error, sqlite3.Error) else error.sentence
        raise InputRefused("ledger-unreadable", f"The ledgers cannot be exported: {sentence}") from error
    return exported


class _Export:
    """One file."""

    def __init__(self, paths: Paths, file: BinaryIO, *, period: Period) -> None:
        self._paths = paths
        self._file = file
        self._period = period
        self._sha256 = hashlib.sha256()
        self._records = 0
        self._place = read_section(load_layers(paths.configuration), "place", model=PlaceSection)
        self._signers: dict[str, Signer] = {
            "station": load_signer(paths.seal_key, key_home(paths, "station")),
            "courier": load_signer(paths.link_key, key_home(paths, "courier")),
        }
        self._done = Exported(lines={}, broken={})

    def write(self) -> Exported:
        """Head of the file, both ledgers, the station's word."""
        now = SystemClock().now()
        self._head(now)
        with (
            closing(open_to_read(self._paths.station_database)) as station,
            closing(open_to_read(self._paths.courier_database)) as courier,
        ):
            for name, own in (("station", station), ("courier", courier)):
                self._ledger(name, own, courier=courier)
        word = LedgerExport(
            tenant=self._place.tenant,
            station=self._place.station,
            records=self._records,
            sha256=self._sha256.hexdigest(),
            time=now,
        )
        self._record(record="end", signed=[_text(sign_document(word, key)) for key in self._signers.values()])
        return self._done

    def _head(self, now: datetime) -> None:
        since, until = self._period.since, self._period.until
        central = [("central", key) for key in known_receipt_keys(self._paths).keys]
        keys = [*((name, signer.public) for name, signer in self._signers.items()), *central]
        self._record(
            record="export",
            format=FORMAT,
            version=VERSION,
            tenant=self._place.tenant,
            station=self._place.station,
            time=instant_text(now),
            since=None if since is None else instant_text(since),
            until=None if until is None else instant_text(until),
            keys=[_key(of, key) for of, key in keys],
        )

    def _ledger(self, name: str, own: sqlite3.Connection, *, courier: sqlite3.Connection) -> None:
        after, last, heads = self._range(name, own, courier=courier)
        start = Head(after, digest_at(own, after) or GENESIS)
        self._record(record="ledger", ledger=name, after=start.number, digest=start.digest)
        for number, signed, receipt in heads:
            kept = None if receipt is None else _text(receipt)
            self._record(record="head", ledger=name, number=number, signed=_text(signed), receipt=kept)
        written = self._lines(name, _up_to(lines_of(own, after=after), last))
        try:
            follow(written, start=start)
        except ChainBroken as error:
            self._done.broken[name] = error.number
            # what does not hold is evidence: it is written all the same
            for _ in written:
                pass
        self._record(record="closed", ledger=name, number=last, digest=digest_at(own, last) or GENESIS)

    def _range(
        self, name: str, own: sqlite3.Connection, *, courier: sqlite3.Connection
    ) -> tuple[int, int, list[tuple[int, bytes, bytes | None]]]:
        since, until = self._period.since, self._period.until
        # heads first: one that is told meanwhile would be ahead of the lines
        heads: list[tuple[int, bytes, bytes | None]] = courier.execute(_HEADS, (name, 1)).fetchall()
        (last,) = own.execute(_LAST).fetchone()
        after = 0
        if since is not None:
            (after,) = own.execute(_BEFORE, {"since": instant_text(since), "last": last}).fetchone()
        if until is not None:
            last = max(after, min(last, own.execute(_UNTIL, {"until": instant_text(until)}).fetchone()[0]))
            heads = [head for head in heads if head[0] <= last]
        return after, last, [head for head in heads if head[0] >= max(after, 1)]

    def _lines(self, name: str, lines: Iterator[Line]) -> Iterator[Line]:
        self._done.lines[name] = 0
        for number, body, digest in lines:
            # text that is none any more is told by the digest; it must not stop the file
            text = body.decode("utf-8", "backslashreplace")
            self._record(record="line", ledger=name, number=number, digest=digest, body=text)
            self._done.lines[name] += 1
            yield number, body, digest

    def _record(self, **fields: object) -> None:
        content = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        self._sha256.update(content)
        self._records += 1
        self._file.write(content)


def _up_to(lines: Iterator[Line], last: int) -> Iterator[Line]:
    for line in lines:
        if line[0] > last:
            return
        yield line


def _key(of: str, key: VerifyingKey) -> dict[str, str]:
    pem = key.pem()
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))
    return {"of": of, "kid": key.kid, "fingerprint": hashlib.sha256(der).hexdigest(), "public": pem}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
