"""Carries an authorised destruction out: the warrant first, then parcel by parcel, each verified and buried.

Called at the desk, so that nothing else happens to a parcel meanwhile. A cut at any step leaves an open warrant, and
the next start goes on from it; a disk that fails, the next round.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from agent.clock import Clock
from agent.courier.machine import DECIDED_STATES, ENDED_STATES, ParcelState
from agent.courier.record import Parcel
from agent.courier.store import Store
from agent.courier.undertaker import Undertaker
from agent.logs import describe
from vault.destroy import Site, check_number, judge_orders, judge_paper
from vault.errors import DestroyRefused, DiskFailed, WipeUnverified
from vault.labels import ParcelId
from vault.ledger import Detail
from vault.warrants import Reason, Verb, Warrant, WarrantBook

_log = logging.getLogger(__name__)

_LIVING_STATES = tuple(state for state in ParcelState if state not in ENDED_STATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a technician brings: two signed orders, or the paper code; and the number of parcels that will be lost."""

    undelivered: int
    """As it was typed."""
    orders: tuple[bytes, ...] = ()
    """The signed orders; they name verb, reason and parcels themselves."""
    code: str | None = None
    """The paper code, instead of orders."""
    reason: Reason = "reset"
    """Why, where the paper code authorises it."""
    parcels: tuple[str, ...] | None = None
    """Which, where the paper code authorises it; None is all."""

    def __repr__(self) -> str:
        return f"Demand({len(self.orders)} orders)"


class Destroyer:
    """The courier's hands for what ends without a receipt."""

    def __init__(self, store: Store, undertaker: Undertaker, *, site: Site, book: WarrantBook, clock: Clock) -> None:
        self._store = store
        self._undertaker = undertaker
        self._site = site
        self._book = book
        self._clock = clock
        self._unfinished: set[str] = set()

    def survey(self, parcels: Iterable[str] | None = None) -> list[Parcel]:
        """The parcels among these that would be lost: MIGRIS has not decided on them. None is all that are here."""
        return [parcel for parcel in self._living(parcels) if parcel.state not in DECIDED_STATES]

    def authorise(self, demand: Demand, *, verb: Verb) -> Warrant:
        """Check every condition and write the warrant; from here on it is carried out.

        :raises: DestroyRefused naming the condition that does not hold, in a ledger line too. Nothing was touched.
        """
        try:
            warrant = self._judge(demand, verb=verb)
        except DestroyRefused as error:
            detail: Detail = {"verb": verb, "condition": error.condition, "paper": demand.code is not None}
            self._store.note("destroy-refused", at=self._clock.now(), detail=detail)
            _log.warning("a demand to %s was refused: %s", verb, error.condition)
            raise
        # what comes after this moment is not meant by it, also when it is carried out after a cut
        warrant = warrant.model_copy(update={"parcels": tuple(item.id for item in self._living(warrant.parcels))})
        # before the warrant: on a full disk this is done again, and a warrant can be begun once only
        self._note(warrant, kind="destroy-authorised")
        self._book.begin(warrant)
        return warrant

    def carry_out(self, warrant: Warrant) -> None:
        """End its parcels. May be called again after a cut. :raises: WipeUnverified when something is still there."""
        for parcel in self._living(warrant.parcels):
            self._undertaker.destroy(parcel, authorised_by=warrant.authorised_by)

    def finish(self, warrant: Warrant) -> list[Parcel]:
        """End its parcels, close it, and return what it ended. May be called again after a cut.

        :raises: WipeUnverified, DiskFailed: it goes on with the next round or start.
        """
        self.carry_out(warrant)
        if self._book.open() == warrant:
            self._note(warrant, kind="destroy-done")
            self._book.close(warrant)
        named = warrant.parcels or ()
        return [parcel for parcel in self._store.parcels((ParcelState.DESTROYED,)) if parcel.id in named]

    def resume(self) -> None:
        """At a start and every round: finish what was authorised. The end of a unit is the technician's to finish."""
        warrant = self._book.open()
        if warrant is None or warrant.verb != "destroy":
            return
        try:
            self.finish(warrant)
            _log.warning("a destruction that was cut off is finished: %s", warrant.name)
        except (WipeUnverified, DiskFailed) as error:
            # other parcels must leave meanwhile; the warrant stays open, and is tried again
            if warrant.name not in self._unfinished:
                self._unfinished.add(warrant.name)
                _log.error("the destruction %s is not finished: %s", warrant.name, describe(error))

    def _judge(self, demand: Demand, *, verb: Verb) -> Warrant:
        if self._book.open() is not None:
            raise DestroyRefused("begun", "Another destruction was begun and is not finished yet.")
        if demand.code is None:
            warrant = judge_orders(demand.orders, site=self._site, book=self._book, verb=verb, now=self._clock.now())
        else:
            warrant = judge_paper(demand.code, book=self._book, verb=verb, reason=demand.reason, parcels=demand.parcels)
        if verb == "decommission":
            # a unit ends whole
            warrant = warrant.model_copy(update={"parcels": None})
        unknown = [name for name in warrant.parcels or () if self._store.parcel(ParcelId(name)) is None]
        if unknown:
            raise DestroyRefused("parcel", "A parcel that is named is not here.")
        check_number(demand.undelivered, undelivered=len(self.survey(warrant.parcels)))
        return warrant

    def _living(self, parcels: Iterable[str] | None) -> list[Parcel]:
        named = None if parcels is None else set(parcels)
        return [item for item in self._store.parcels(_LIVING_STATES) if named is None or item.id in named]

    def _note(self, warrant: Warrant, *, kind: str) -> None:
        detail: Detail = {
            "warrant": warrant.name,
            "verb": warrant.verb,
            "reason": warrant.reason,
            "authorised_by": warrant.authorised_by,
            "parcels": len(warrant.parcels or ()),
        }
        self._store.note(kind, at=self._clock.now(), detail=detail)
