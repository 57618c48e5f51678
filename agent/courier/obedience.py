"""What a command from central does here: find, restrict, lift, and finish the wipes that receipts allow.

No command erases anything by itself: the wipe has its conditions (`vault.wipe`), and to destroy what nobody has
decided on is another verb, with two signatures. The result says what is still there.
"""

from collections.abc import Callable
from datetime import datetime

from agent.courier.machine import DECIDED_STATES
from agent.courier.post import Outgoing
from agent.courier.record import Obeyed
from agent.courier.store import Store
from agent.wire import Command, CommandOutcome, CommandVerb, Holding
from vault.labels import ParcelId

OnDisk = Callable[[ParcelId], tuple[bool, bool]]
"""Whether a parcel's file and its key are on the disk."""

_Sign = Callable[[Command, CommandOutcome, tuple[Holding, ...]], Obeyed]


def refusal(command: Command, *, newest: int, now: datetime) -> CommandOutcome | None:
    """Why a command is not carried out, None when it is. Pure.

    :param newest: the highest counter of a command that was carried out.
    """
    if now > command.expires:
        return CommandOutcome.EXPIRED
    return CommandOutcome.SUPERSEDED if command.counter <= newest else None


class Obedience:
    """Carries a command out; whoever is cut off carries it out again, because all of it may be done twice."""

    def __init__(self, store: Store, on_disk: OnDisk, *, sign: _Sign) -> None:
        self._store = store
        self._on_disk = on_disk
        self._sign = sign

    def obey(self, command: Command, finish: Callable[[ParcelId], list[Outgoing]], *, now: datetime) -> list[Outgoing]:
        """Do it, and keep the result. :raises: DiskFailed when it cannot be seen now what there is; it comes again."""
        outgoing: list[Outgoing] = []
        holdings: tuple[Holding, ...] = ()
        outcome = refusal(command, newest=self._store.newest_command(), now=now)
        if outcome is None:
            if command.verb is CommandVerb.ERASE:
                outgoing = [message for parcel in self._decided(command) for message in finish(parcel)]
            holdings = tuple(self._holding(ParcelId(parcel), command.verb) for parcel in command.parcels)
            left = command.verb is CommandVerb.ERASE and any(one.file or one.key for one in holdings)
            outcome = CommandOutcome.KEPT if left else CommandOutcome.DONE
        self._store.obeyed(self._sign(command, outcome, holdings), at=now)
        return outgoing

    def _decided(self, command: Command) -> list[ParcelId]:
        decided = self._store.parcels(tuple(DECIDED_STATES))
        return [parcel.id for parcel in decided if parcel.id in command.parcels]

    def _holding(self, parcel: ParcelId, verb: CommandVerb) -> Holding:
        history, (file, key) = self._store.history(parcel), self._on_disk(parcel)
        restricted = parcel in self._store.restricted()
        return Holding(
            parcel=parcel,
            state=None if history is None else history.parcel.state.value,
            file=file,
            key=key,
            receipts=() if history is None else tuple(sorted(stage.value for stage in history.receipts)),
            tombstone=history is not None and history.tombstone is not None,
            restricted=verb is CommandVerb.RESTRICT or (restricted and verb is not CommandVerb.LIFT),
        )
