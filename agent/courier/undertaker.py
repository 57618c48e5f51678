"""Judges receipts, carries wipes out, writes tombstones and alarms: the only hands that end a parcel."""

from ulid import ULID

from agent.clock import Clock
from agent.courier.machine import ParcelEvent
from agent.courier.record import Alarm, Burial, HeadEvent, Obeyed, Parcel, ToldHead
from agent.courier.store import Store
from agent.errors import WireError
from agent.wire import (
    Command,
    CommandOutcome,
    CommandResult,
    Holding,
    How,
    Keyring,
    KeyringHeld,
    LedgerHead,
    Quarantine,
    Receipt,
    Tombstone,
    read_signed,
    sign_document,
)
from agent.wire.document import read_plain
from vault.chain import Head
from vault.envelope import SigningKey
from vault.errors import WipeRefused
from vault.labels import Digest, ParcelId, digest_of
from vault.ledger import Detail
from vault.wipe import Grounds, Place, Wipe


class Undertaker:
    """Works on the disk first and on the database when the disk is verified."""

    def __init__(self, store: Store, wipe: Wipe, *, place: Place, key: SigningKey, clock: Clock) -> None:
        """:param place: whose parcels these are. :param key: the link key, which signs tombstones."""
        self._store = store
        self._wipe = wipe
        self._place = place
        self._key = key
        self._clock = clock
        self._judged: Grounds | None = None

    def concerns(self, receipt: Receipt | Command) -> bool:
        """Whether a receipt or a command is for this station; its signature was verified."""
        return (receipt.tenant, receipt.station) == (self._place.tenant, self._place.station)

    def judge(self, parcel: Parcel) -> str | None:
        """None when every condition for the wipe holds, else the code of the one that does not.

        :raises: DiskFailed when nothing could be judged now.
        """
        self._judged = None
        try:
            self._judged = self._wipe.judge(parcel.id, self._ground(parcel.id))
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
            receipt, proof = self._proof(parcel.id)
            self._wipe.carry_out(parcel.id)
        except WipeRefused as error:
            return f"wipe-{error.condition}"
        burial = self._burial(parcel, receipt, proof=proof)
        self._store.bury(parcel.id, burial, at=self._clock.now(), tell=self._told)
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
        self._store.bury(parcel.id, burial, at=self._clock.now(), tell=self._told)

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

    def tell_keyring(self, keyring: Keyring, *, digest: Digest, needed: tuple[str, ...]) -> None:
        """Central hears which keyring is held, and for which former keys something sealed is here or may still come."""
        now = self._clock.now()
        place = {"tenant": self._place.tenant, "station": self._place.station}
        document = KeyringHeld(**place, number=keyring.number, digest=digest, needed=needed, time=now)
        self._store.add_event(self._new_id(), signed=sign_document(document, self._key), at=now)
        detail: Detail = {"keyring": keyring.number, "keyring_digest": digest, "needed": ",".join(needed)}
        self._store.note("keyring-held", at=now, detail=detail)

    def clear(self, parcel: ParcelId) -> None:
        """End a reservation: there is a key, and at the most a delivery that was never acknowledged."""
        self._wipe.carry_out(parcel)

    def _ground(self, parcel: ParcelId) -> bytes:
        signed = self._store.ground(parcel)
        if signed is None:
            raise WipeRefused("receipt", "There is no receipt that says that MIGRIS decided.")
        return signed

    def _proof(self, parcel: ParcelId) -> tuple[Receipt, Digest]:
        """The receipt that it rests on, and its digest: what was judged a moment ago, else verified again."""
        judged, self._judged = self._judged, None
        try:
            if judged is not None and judged.parcel == parcel:
                return read_plain(judged.word, Receipt), judged.receipt
            signed = self._ground(parcel)
            return read_signed(signed, Receipt, pinned=self._place.pinned), digest_of(signed)
        except WireError as error:
            raise WipeRefused("signature", error.sentence) from error

    def _burial(self, parcel: Parcel, receipt: Receipt, *, proof: Digest) -> Burial:
        tombstone = Tombstone(
            parcel=parcel.id,
            kind=parcel.kind,
            digest=parcel.digest,
            stage=receipt.stage.value,
            receipt=proof,
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

    def _told(self, head: Head) -> HeadEvent:
        document = LedgerHead(
            tenant=self._place.tenant,
            station=self._place.station,
            ledger="courier",
            number=head.number,
            digest=head.digest,
            time=self._clock.now(),
        )
        told = ToldHead(ledger=document.ledger, number=head.number)
        return HeadEvent(event=self._new_id(), signed=sign_document(document, self._key), head=told)

    def _new_id(self) -> str:
        return str(ULID.from_datetime(self._clock.now())).lower()
