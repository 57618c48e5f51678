"""Judges receipts, carries wipes out, writes tombstones and alarms: the only hands that end a parcel."""

from ulid import ULID

from agent.clock import Clock
from agent.courier.machine import ParcelEvent
from agent.courier.store import Alarm, Burial, Obeyed, Parcel, Store, ToldHead
from agent.errors import WireError
from agent.wire import (
    Command,
    CommandOutcome,
    CommandResult,
    Holding,
    How,
    LedgerHead,
    Quarantine,
    Receipt,
    Stage,
    Tombstone,
    read_signed,
    sign_document,
)
from vault.chain import Head
from vault.envelope import SigningKey
from vault.errors import WipeRefused
from vault.labels import ParcelId, digest_of
from vault.wipe import Place, Wipe


class Undertaker:
    """Works on the disk first and on the database when the disk is verified."""

    def __init__(self, store: Store, wipe: Wipe, *, place: Place, key: SigningKey, clock: Clock) -> None:
        """:param place: whose parcels these are. :param key: the link key, which signs tombstones."""
        self._store = store
        self._wipe = wipe
        self._place = place
        self._key = key
        self._clock = clock

    def concerns(self, receipt: Receipt | Command) -> bool:
        """Whether a receipt or a command is for this station; its signature was verified."""
        return (receipt.tenant, receipt.station) == (self._place.tenant, self._place.station)

    def judge(self, parcel: Parcel) -> str | None:
        """None when every condition for the wipe holds, else the code of the one that does not.

        :raises: DiskFailed when nothing could be judged now.
        """
        try:
            self._wipe.judge(parcel.id, self._ground(parcel.id))
        except WipeRefused as error:
            return f"wipe-{error.condition}"
        return None

    def carry_out(self, parcel: Parcel) -> str | None:
        """Wipe, verify, bury. None when nothing is left, else the code of why the wipe was not begun.

        Called after the state *wiping* was committed, so it may be called again after a cut at any step.

        :raises: WipeUnverified when something is still there.
        """
        try:
            # read first: a wipe whose tombstone could not name its ground is not begun
            receipt, signed = self._proof(parcel.id)
            self._wipe.carry_out(parcel.id)
        except WipeRefused as error:
            return f"wipe-{error.condition}"
        head = self._store.bury(parcel.id, self._burial(parcel, receipt, signed=signed), at=self._clock.now())
        self._tell_head(head)
        return None

    def destroy(self, parcel: Parcel, *, authorised_by: str) -> None:
        """End a parcel without a receipt. Called after its warrant is on the disk; may be called again after a cut.

        :raises: WipeUnverified when something is still there.
        """
        self._wipe.carry_out(parcel.id)
        tombstone = Tombstone(
            parcel=parcel.id,
            kind=parcel.kind,
            digest=parcel.digest,
            stage=parcel.state.value,
            receipt=None,
            how=How.DESTROYED,
            authorised_by=authorised_by,
            time=self._clock.now(),
            verified=True,
        )
        burial = Burial(
            tombstone=sign_document(tombstone, self._key),
            event=self._new_id(),
            detail={
                "parcel": parcel.id,
                "digest": parcel.digest,
                "stage": parcel.state.value,
                "how": How.DESTROYED,
                "authorised_by": authorised_by,
            },
            end=ParcelEvent.DESTROYED,
        )
        self._tell_head(self._store.bury(parcel.id, burial, at=self._clock.now()))

    def alarm(self, parcel: Parcel, *, trouble: str) -> Alarm:
        """What tells central that a parcel waits for a person."""
        now = self._clock.now()
        document = Quarantine(parcel=parcel.id, kind=parcel.kind, digest=parcel.digest, trouble=trouble, time=now)
        return Alarm(trouble=trouble, event=self._new_id(), signed=sign_document(document, self._key))

    def result(self, command: Command, outcome: CommandOutcome, *, holdings: tuple[Holding, ...]) -> Obeyed:
        """What tells central what became of a command."""
        document = CommandResult(
            command=command.id, verb=command.verb, outcome=outcome, holdings=holdings, time=self._clock.now()
        )
        signed = sign_document(document, self._key)
        return Obeyed(command=command, outcome=outcome, event=self._new_id(), signed=signed)

    def clear(self, parcel: ParcelId) -> None:
        """End a reservation: there is a key, and at the most a delivery that was never acknowledged."""
        self._wipe.carry_out(parcel)

    def _ground(self, parcel: ParcelId) -> bytes:
        history = self._store.history(parcel)
        if history is not None:
            for stage in (Stage.ACCEPTED, Stage.REJECTED):
                # the one that moved the parcel: another may have come later, and nobody judged that
                if stage.value in history.milestones and stage in history.receipts:
                    return history.receipts[stage]
        raise WipeRefused("receipt", "There is no receipt that says that MIGRIS decided.")

    def _proof(self, parcel: ParcelId) -> tuple[Receipt, bytes]:
        signed = self._ground(parcel)
        try:
            return read_signed(signed, Receipt, pinned=self._place.pinned), signed
        except WireError as error:
            raise WipeRefused("signature", error.sentence) from error

    def _burial(self, parcel: Parcel, receipt: Receipt, *, signed: bytes) -> Burial:
        tombstone = Tombstone(
            parcel=parcel.id,
            kind=parcel.kind,
            digest=parcel.digest,
            stage=receipt.stage.value,
            receipt=digest_of(signed),
            how=How.WIPED,
            authorised_by=receipt.key,
            time=self._clock.now(),
            verified=True,
        )
        return Burial(
            tombstone=sign_document(tombstone, self._key),
            event=self._new_id(),
            detail={"parcel": parcel.id, "digest": parcel.digest, "stage": receipt.stage.value, "how": How.WIPED},
        )

    def _tell_head(self, head: Head) -> None:
        document = LedgerHead(
            tenant=self._place.tenant,
            station=self._place.station,
            ledger="courier",
            number=head.number,
            digest=head.digest,
            time=self._clock.now(),
        )
        signed = sign_document(document, self._key)
        told = ToldHead(ledger=document.ledger, number=head.number)
        self._store.add_event(self._new_id(), signed=signed, at=self._clock.now(), head=told)

    def _new_id(self) -> str:
        return str(ULID.from_datetime(self._clock.now())).lower()
