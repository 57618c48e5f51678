"""The desk runs what the parcel machine decides: stores receipts, wipes, buries, and says what is to be published.

It knows no network and no event loop: every method is called from one thread at a time, does its durable steps, and
returns the messages that central should get. Whatever dies, `resume` begins again from the database.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.clock import Clock
from agent.config.permission import revoked
from agent.courier.machine import DECIDED_STATES, HEARD_AT, OPEN_STATES, Effect, Move, ParcelEvent, ParcelState
from agent.courier.obedience import Obedience
from agent.courier.permission import PermissionDesk
from agent.courier.post import Outgoing, Post
from agent.courier.record import History, Parcel, ToldHead
from agent.courier.store import Store
from agent.courier.undertaker import Undertaker
from agent.errors import Refused
from agent.logs import Outage, describe
from agent.wire import EVENT_KIND, Command, How, Need, Receipt, Stage
from vault.ballast import Ballast
from vault.envelope import unwrap
from vault.errors import DiskFailed, VaultError, WipeUnverified
from vault.keys import ParcelKeys
from vault.labels import ParcelId, Sealed
from vault.spool import Spool

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where parcels and their keys are."""

    spool: Spool
    """Sealed parcels."""
    keys: ParcelKeys
    """One key each."""
    free_bytes_min: int
    """With less free space no new parcel is promised a place."""
    ballast: Ballast
    """Space that is for receipts and wipes only."""

    def has_room(self) -> bool:
        """Whether another parcel may come; space that the ballast gave up is not for it. :raises: DiskFailed."""
        return self.spool.free_bytes() - self.ballast.missing_bytes() >= self.free_bytes_min


class Desk:
    """All that happens to parcels at this station, in one place and in order."""

    def __init__(self, store: Store, shelf: Shelf, *, undertaker: Undertaker, post: Post, clock: Clock) -> None:
        self._store = store
        self._shelf = shelf
        self._undertaker = undertaker
        self._post = post
        self._clock = clock
        self._unreadable: set[ParcelId] = set()
        self._waiting: set[ParcelId] = set()
        self._spool_outage = Outage(_log, name="the spool")
        self._disputed: set[str] = set()
        self.permission: PermissionDesk | None = None
        """Headquarters' word on transfers; None is that there never is one."""
        self._obedience = Obedience(
            store,
            self._on_disk,
            sign=lambda command, outcome, found: undertaker.result(command, outcome, holdings=found),
        )

    def attempt(self, work: Callable[[], _Result]) -> _Result:
        """Have work of this desk done, on a full disk too: what a cut could end can be done again."""
        return self._shelf.ballast.sparing(work)

    @property
    def sends(self) -> bool:
        """Whether parcels and questions may be sent; may be read from any thread."""
        return self.permission is None or self.permission.transfer

    def reserve(self, parcel: ParcelId, *, kind: str) -> bytes:
        """A key for a parcel to come; asking again gives the same key, however full the disk has become.

        :raises: Refused when the disk is too full, or nothing may be transferred: a visit is refused before the first
            picture, nothing is wiped.
        """
        if self._store.parcel(parcel) is not None:
            raise Refused("parcel-spooled", "A parcel of this id was delivered already.")
        if parcel not in self._store.reservations():
            if not self.sends:
                raise revoked()
            if not self._shelf.has_room():
                raise Refused("disk-full", "The disk is too full for another visit; queued parcels must leave first.")
            self._store.reserve(parcel, kind=kind, at=self._clock.now())
        if not self._shelf.keys.exists(parcel):
            return self._shelf.keys.make(parcel)
        return self._shelf.keys.read(parcel)

    def release(self, parcel: ParcelId) -> None:
        """The parcel will not come: its key is destroyed. Releasing twice is well.

        :raises: Refused when the parcel was delivered: from then on only a receipt ends it; DiskFailed, WipeUnverified
            when the disk does not do it now.
        """
        if self.delivered(parcel) is not None:
            raise Refused("parcel-spooled", "The parcel was delivered already; it ends with a receipt only.")
        self._undertaker.clear(parcel)
        self._store.release(parcel)

    def resume(self) -> list[Outgoing]:
        """After a start: finish every step that was begun."""
        swept = self._shelf.spool.sweep()
        if swept:
            _log.info("removed %s deliveries that were cut off half-way", swept)
        self.take_in()
        return [message for parcel in self.unfinished() for message in self.go_on(parcel)]

    def unfinished(self) -> list[ParcelId]:
        """Parcels whose end was decided and is not carried out yet: the disk did not do it."""
        return [parcel.id for parcel in self._store.parcels(tuple(DECIDED_STATES))]

    def go_on(self, parcel: ParcelId) -> list[Outgoing]:
        """Try again to end a parcel whose end was decided."""
        return self._step(self._taken(parcel), ParcelEvent.RESUMED)

    def take_in(self) -> None:
        """Take in what visit workers have delivered; what the disk does not do now is tried again the next time."""
        reserved = self._store.reservations()
        try:
            arrived = self._arrived(reserved)
        except DiskFailed as error:
            self._spool_outage.begin(error.sentence)
            return
        self._spool_outage.end()
        for parcel in sorted(arrived - self._unreadable):
            # whatever lies in that folder must not keep the other parcels from leaving
            try:
                self._take_in(parcel, kind=reserved.get(parcel))
            except DiskFailed as error:
                self._wait(parcel, error)
            except VaultError as error:
                self._unreadable.add(parcel)
                _log.error("a delivery cannot be taken in and waits for a person: %s", describe(error))

    def delivered(self, parcel: ParcelId) -> Parcel | None:
        """The parcel, taken in now if it was not yet; None when nothing of it was delivered.

        :raises: DiskFailed when it may be there and could not be taken in now, Refused when it never can be.
        """
        self.take_in()
        taken = self._store.parcel(parcel)
        if taken is None and self._shelf.spool.exists(parcel):
            if parcel in self._unreadable:
                raise Refused("parcel-unreadable", "The parcel was delivered and cannot be read; a person must look.")
            raise DiskFailed("The disk failed: the parcel was delivered and could not be taken in yet.")
        return taken

    def retry(self, parcel_id: ParcelId) -> list[Outgoing]:
        """A person has looked: a parcel that waited for one goes on from where it was.

        :raises: Refused when it does not wait for a person, or is not here; DiskFailed as `delivered`.
        """
        unreadable = parcel_id in self._unreadable
        self._unreadable.discard(parcel_id)
        parcel = self.delivered(parcel_id)
        if parcel is None:
            raise Refused("parcel-unknown", "No such parcel was taken in here.")
        if unreadable:
            return []
        if parcel.state is not ParcelState.QUARANTINED:
            raise Refused("parcel-not-quarantined", "The parcel does not wait for a person.")
        return self._follow(parcel, self._store.retry(parcel_id, at=self._clock.now()))

    def unsettled(self) -> list[str]:
        """Ids of parcels that central has not decided on, new ones first, and of events that it has not receipted."""
        restricted = self._store.restricted()
        parcels = [one.id for one in self._store.parcels(tuple(OPEN_STATES)) if one.id not in restricted]
        # ids are in the order of time
        return [*sorted(parcels, reverse=True), *self._store.open_events()]

    def due(self, unsettled: str) -> list[Outgoing]:
        """It is time to tell central of a parcel or an event, or to ask what became of it."""
        signed = self._store.open_event(unsettled)
        if signed is not None:
            return [self._post.event(unsettled, signed)]
        parcel = self._store.parcel(ParcelId(unsettled))
        if parcel is None:
            # an event whose receipt came since it was called unsettled
            return []
        return self._step(parcel, ParcelEvent.DUE)

    def history(self, parcel: ParcelId) -> History | None:
        """All that is known of one parcel."""
        return self._store.history(parcel)

    def note_question(self, question: str, *, answered: bool) -> None:
        """A question's tombstone: it was never on the disk, and this line says how it ended."""
        how = "answered" if answered else How.EXPIRED.value
        self._store.note("question-ended", at=self._clock.now(), detail={"question": question, "how": how})

    def take_event(self, event: str, signed: bytes, *, head: ToldHead | None) -> None:
        """The station has something for central; it is sent until it is receipted."""
        self._store.add_event(event, signed=signed, at=self._clock.now(), head=head)

    def witnessed_head(self, ledger: str) -> tuple[bytes, bytes] | None:
        """The furthest head of a ledger that central has receipted, signed, and the receipt."""
        return self._store.witnessed_head(ledger)

    def hear_need(self, parcel_id: ParcelId, need: Need) -> list[Outgoing]:
        """Central lacks chunks of a parcel."""
        parcel = self._store.parcel(parcel_id)
        if parcel is None or parcel.digest != need.digest:
            _log.warning("central asked for chunks of a parcel that is not here")
            return []
        return self._step(parcel, ParcelEvent.NEED_HEARD, missing=need.missing)

    def hear_command(self, command: Command) -> list[Outgoing]:
        """A command whose signature was verified; the same again gets the same result."""
        if not self._undertaker.concerns(command):
            _log.warning("a command came for another station")
            return []
        known = self._store.result_of(command.id)
        if known is not None:
            return [self._post.event(*known)]
        try:
            return self._obedience.obey(command, self.go_on, now=self._clock.now())
        except DiskFailed as error:
            # it is not answered, and so it comes again
            _log.error("command %s waits for the disk: %s", command.id, describe(error))
            return []

    def hear_receipt(self, receipt: Receipt, signed: bytes) -> list[Outgoing]:
        """A receipt whose signature was verified."""
        if not self._undertaker.concerns(receipt):
            _log.warning("a receipt came for another station")
            return []
        if receipt.kind == EVENT_KIND:
            return self._hear_event_receipt(receipt, signed)
        parcel = self._store.parcel(ParcelId(receipt.parcel))
        if parcel is None:
            _log.warning("a receipt came for a parcel that is not here")
            return []
        stage = receipt.stage
        # central has other content under this id, whichever way it says so
        if stage is Stage.CONFLICT or (stage is Stage.STORED and receipt.digest != parcel.digest):
            return self._quarantined(parcel, ParcelEvent.CONFLICT_HEARD, trouble="conflict", receipt=(stage, signed))
        return self._step(parcel, HEARD_AT[stage], receipt=(stage, signed))

    def _hear_event_receipt(self, receipt: Receipt, signed: bytes) -> list[Outgoing]:
        if receipt.stage is Stage.STORED:
            self._store.receipted(receipt.parcel, digest=receipt.digest, at=self._clock.now(), receipt=signed)
        elif receipt.parcel not in self._disputed:
            self._disputed.add(receipt.parcel)
            _log.error("event %s waits for a person: central has other content under its id", receipt.parcel)
        return []

    def _on_disk(self, parcel: ParcelId) -> tuple[bool, bool]:
        return self._shelf.spool.exists(parcel), self._shelf.keys.exists(parcel)

    def _arrived(self, reserved: Iterable[ParcelId]) -> set[ParcelId]:
        # a cut between the move and the commit leaves a reservation whose file is kept already
        kept = {parcel for parcel in reserved if self._shelf.spool.exists(parcel)}
        return kept | set(self._shelf.spool.arrivals())

    def _take_in(self, parcel: ParcelId, *, kind: str | None) -> None:
        if self._store.parcel(parcel) is not None:
            return
        if kind is None:
            raise VaultError("A parcel was delivered that nobody reserved.")
        self._shelf.spool.take_in(parcel)
        sealed = self._sealed(parcel)
        if not len(sealed):
            raise VaultError("A parcel was delivered that has no content.")
        taken = Parcel(
            id=parcel, kind=kind, state=ParcelState.SPOOLED, digest=sealed.digest, size=len(sealed), trouble=None
        )
        self._store.spooled(taken, at=self._clock.now())
        self._waiting.discard(parcel)

    def _sealed(self, parcel: ParcelId) -> Sealed:
        return unwrap(self._shelf.spool.read(parcel), key=self._shelf.keys.read(parcel), parcel=parcel)

    def _taken(self, parcel_id: ParcelId) -> Parcel:
        parcel = self._store.parcel(parcel_id)
        assert parcel is not None, "only what was taken in has an end"
        return parcel

    def _step(
        self,
        parcel: Parcel,
        event: ParcelEvent,
        *,
        receipt: tuple[Stage, bytes] | None = None,
        missing: tuple[int, ...] = (),
    ) -> list[Outgoing]:
        decided = self._store.apply(parcel.id, event, at=self._clock.now(), receipt=receipt)
        return self._follow(parcel, decided, missing=missing)

    def _follow(self, before: Parcel, decided: Move, *, missing: tuple[int, ...] = ()) -> list[Outgoing]:
        parcel = replace(before, state=decided.state)
        outgoing: list[Outgoing] = []
        for effect in decided.effects:
            outgoing += self._perform(parcel, effect, missing=missing)
        return outgoing

    def _perform(self, parcel: Parcel, effect: Effect, *, missing: tuple[int, ...]) -> list[Outgoing]:
        match effect:
            case Effect.SEND_BILL | Effect.SEND_CHUNKS if not self.sends or parcel.id in self._store.restricted():
                return []
            case Effect.SEND_BILL:
                return [self._post.bill(parcel, at=self._clock.now())]
            case Effect.SEND_CHUNKS:
                return self._chunks(parcel, missing=missing)
            case Effect.JUDGE_WIPE:
                return self._judge(parcel)
            case Effect.CARRY_OUT_WIPE:
                return self._carry_out(parcel)

    def _chunks(self, parcel: Parcel, *, missing: tuple[int, ...]) -> list[Outgoing]:
        try:
            content = self._sealed(parcel.id).content
        except DiskFailed as error:
            # central asks again when it is told of the parcel again
            return self._wait(parcel.id, error)
        except VaultError as error:
            return self._quarantined(parcel, ParcelEvent.UNREADABLE, trouble=error.code)
        self._waiting.discard(parcel.id)
        return self._post.chunks(parcel, content, missing=missing)

    def _judge(self, parcel: Parcel) -> list[Outgoing]:
        try:
            trouble = self._undertaker.judge(parcel)
        except DiskFailed as error:
            return self._wait(parcel.id, error)
        self._waiting.discard(parcel.id)
        if trouble is not None:
            return self._quarantined(parcel, ParcelEvent.GROUNDS_FAILED, trouble=trouble)
        return self._step(parcel, ParcelEvent.GROUNDS_HELD)

    def _carry_out(self, parcel: Parcel) -> list[Outgoing]:
        try:
            trouble = self._undertaker.carry_out(parcel)
        except WipeUnverified as error:
            if self._store.survived(parcel.id, at=self._clock.now(), trouble=error.code):
                _log.error("parcel %s is not wiped yet, and a person should look: %s", parcel.id, describe(error))
            return []
        if trouble is not None:
            return self._quarantined(parcel, ParcelEvent.GROUNDS_FAILED, trouble=trouble)
        return []

    def _wait(self, parcel: ParcelId, error: DiskFailed) -> list[Outgoing]:
        """The disk does not do it now, which says nothing of the parcel: it stays where it is, and is tried again."""
        if parcel not in self._waiting:
            self._waiting.add(parcel)
            _log.error("parcel %s waits for the disk: %s", parcel, describe(error))
        return []

    def _quarantined(
        self, parcel: Parcel, event: ParcelEvent, *, trouble: str, receipt: tuple[Stage, bytes] | None = None
    ) -> list[Outgoing]:
        alarm = self._undertaker.alarm(parcel, trouble=trouble)
        if self._store.quarantine(parcel.id, event, at=self._clock.now(), alarm=alarm, receipt=receipt):
            _log.error("parcel %s waits for a person: %s", parcel.id, trouble)
        return []
