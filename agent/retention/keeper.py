"""Carries one database's retention out, unless its clock is in doubt; what was deleted leaves its log too.

Synchronous, and called from one thread at a time; a run is short, and is run again while there is more.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from agent.clock import Clock
from agent.wire.document import instant_text
from vault.docket import Marks
from vault.forgetting import forget_deleted
from vault.ledger import Ledger
from vault.retention import Doubt, Reading, Rule, Verdict, doubt
from vault.sweep import GOES_MAX, Holds, Kept, Sweep, Swept, Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a sweep did, or would do."""

    database: str
    """`station` or `courier`."""
    dry: bool
    """Whether nothing was changed."""
    stopped: Doubt | None
    """Why nothing was deleted, whatever is due."""
    rules: tuple[Rule, ...]
    """How long what is kept."""
    swept: tuple[Swept, ...]
    """What is due, with what became of it."""
    log_cut: bool
    """Whether nothing that was deleted is left in the database's log."""

    @property
    def more(self) -> bool:
        """Whether it ended because it had deleted as much as one run does."""
        return not self.dry and self._count(Verdict.GOES) >= GOES_MAX

    def fields(self) -> dict[str, object]:
        """JSON-ready: figures, and nothing of whom they are about."""
        found = Counter((one.rule.kind, one.verdict) for one in self.swept)
        return {
            "database": self.database,
            "dry": self.dry,
            "stopped": None if self.stopped is None else self.stopped.value,
            "more": self.more,
            "log_cut": self.log_cut,
            "classes": [
                {
                    "class": rule.kind,
                    "keep_days": rule.keep / timedelta(days=1),
                    **{verdict.value: found[rule.kind, verdict] for verdict in Verdict},
                }
                for rule in self.rules
            ],
        }

    def _count(self, verdict: Verdict) -> int:
        return sum(one.verdict is verdict for one in self.swept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What is kept in, and how it is written."""

    name: str
    """`station` or `courier`."""
    engine: Engine
    """The database."""
    marks: Marks
    """Its counted time, and what was found due when."""
    transactions: Transactions
    """Begins one that no other writer is beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a run goes by, as it is now."""

    kinds: Sequence[Kept]
    """What has a period."""
    holds: Holds
    """What people hold."""
    central: datetime | None
    """The newest time that headquarters has signed and that was heard here."""
    trouble: bool = False
    """Whether the ledger is not what headquarters has receipted."""


class Keeper:
    """Of one database."""

    def __init__(self, database: Database, *, clock: Clock, boot: str, grace: timedelta) -> None:
        """:param boot: which boot the monotonic clock counts from. :param grace: as `vault.sweep.Sweep` has it."""
        self._database = database
        self._clock = clock
        self._boot = boot
        self._grace = grace
        self._ledger = Ledger()
        self._said: Doubt | None = None
        # an earlier life may have been cut off between a deletion and this
        self._unforgotten = True

    def run(self, grounds: Grounds, *, dry: bool = False) -> Outcome:
        """One run. :raises: RetentionUnverified, ChainBroken when the ledger's newest line is none."""
        database, now = self._database, self._clock.now()
        stopped = self._doubt(grounds, now=now)
        swept: list[Swept] = []
        if stopped is None:
            sweep = Sweep(database.marks, self._ledger, kinds=grounds.kinds, holds=grounds.holds, grace=self._grace)
            reading = Reading(boot=self._boot, monotonic_s=self._clock.monotonic_ns() / 1e9, now=now)
            # true while it lasts: what went before a run failed has still to leave the log
            before, self._unforgotten = self._unforgotten, self._unforgotten or not dry
            swept = sweep.run(database.transactions, reading, time=instant_text(now), dry=dry)
            self._unforgotten = before or (not dry and any(one.verdict is Verdict.GOES for one in swept))
        if not dry:
            self._say(stopped, now=now)
            self._forget()
        return Outcome(
            database=database.name,
            dry=dry,
            stopped=stopped,
            rules=tuple(kind.rule for kind in grounds.kinds),
            swept=tuple(swept),
            log_cut=not self._unforgotten,
        )

    def _doubt(self, grounds: Grounds, *, now: datetime) -> Doubt | None:
        if grounds.trouble:
            return Doubt.LEDGER_TROUBLE
        with self._database.transactions() as session:
            last_line = self._ledger.newest_time(session)
        return doubt(now, last_line=last_line, central=grounds.central)

    def _say(self, stopped: Doubt | None, *, now: datetime) -> None:
        """Once each time that it begins."""
        if stopped is not None and stopped is not self._said:
            with self._database.transactions() as session:
                detail = {"why": stopped.value}
                self._ledger.append(session, kind="retention-stopped", time=instant_text(now), detail=detail)
        self._said = stopped

    def _forget(self) -> None:
        if self._unforgotten:
            self._unforgotten = not forget_deleted(self._database.engine)
