"""Keeps the courier's records as long as they are to be kept, and says what the station's process needs for its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import sessionmaker

from agent.clock import Clock
from agent.config.retention import ParcelPeriods
from agent.courier.hold import HeldAt, HoldBook
from agent.courier.keeping import kinds_of, newest_receipts, open_parcels
from agent.courier.tables import MARKS, RestrictionRow
from agent.errors import WireError
from agent.retention.keeper import Database, Grounds, Keeper, Outcome
from agent.wire import Receipt, read_signed
from vault.envelope import Pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Of which visits nothing goes, whatever their age."""

    held: tuple[str, ...]
    """Parcels that people hold, and those that headquarters wants kept for somebody; `*` holds all."""
    open: tuple[str, ...]
    """Parcels that have not left."""


class ParcelKeeper:
    """Synchronous; everything of it happens at the desk, so that nothing else is at a parcel meanwhile."""

    def __init__(self, engine: Engine, *, periods: ParcelPeriods, receipts: Pinned, clock: Clock, boot: str) -> None:
        """:param receipts: central's receipt keys. :param boot: which boot the monotonic clock counts from."""
        self.book = HoldBook(engine)
        self._session = sessionmaker(engine)
        self._periods = periods
        self._receipts = receipts
        self._clock = clock
        database = Database(name="courier", engine=engine, marks=MARKS, transactions=self._session.begin)
        self._keeper = Keeper(database, clock=clock, boot=boot, grace=timedelta(hours=periods.grace_hours))

    def run(self, *, dry: bool) -> Outcome:
        """One run. :raises: RetentionUnverified, ChainBroken."""
        grounds = Grounds(kinds=kinds_of(self._periods), holds=HeldAt(self._clock.now()), central=self._central_time())
        return self._keeper.run(grounds, dry=dry)

    def bound(self) -> Bound:
        """What stands now."""
        held = {hold.parcel for hold in self.book.standing(at=self._clock.now())}
        with self._session() as session:
            held.update(session.scalars(select(RestrictionRow.parcel)))
            return Bound(held=tuple(sorted(held)), open=tuple(open_parcels(session)))

    def _central_time(self) -> datetime | None:
        times = []
        with self._session() as session:
            for signed in newest_receipts(session):
                try:
                    times.append(read_signed(signed, Receipt, pinned=self._receipts).time)
                except WireError:
                    # by a key that is believed no more: it says nothing
                    continue
        return max(times, default=None)
