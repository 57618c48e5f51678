"""The parcel machine: pure. Events in, effects out; the table is complete, and a move that is not in it raises.

`spooled → sending → stored → accepted | rejected → wiping → wiped`, `quarantined` when a human must look, `destroyed`
when that was authorised. What the network says late or twice is ordinary: those events stand in the table with no
effect. A disk that fails just now is no event: the parcel stays where it is, and the step is tried again.
"""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from agent.errors import ForbiddenMove
from agent.wire import Stage


class ParcelState(StrEnum):
    """Where a parcel is."""

    SPOOLED = "spooled"
    """Sealed and on the disk; central has not heard of it."""
    SENDING = "sending"
    """Announced to central; chunks go as central asks for them."""
    STORED = "stored"
    """Safe in central's ledger. It stays here until MIGRIS has decided."""
    ACCEPTED = "accepted"
    """MIGRIS has it; the wipe is next."""
    REJECTED = "rejected"
    """MIGRIS or central's checks refuse it; the wipe is next."""
    WIPING = "wiping"
    """Every condition held; key and file go, in this order, until both are gone."""
    WIPED = "wiped"
    """Nothing is left but the tombstone."""
    DESTROYED = "destroyed"
    """Ended undelivered on two people's order or the paper code; nothing is left but the tombstone."""
    QUARANTINED = "quarantined"
    """Kept for a person to look at; nothing is wiped and nothing sent."""


class ParcelEvent(StrEnum):
    """What happens to a parcel."""

    DUE = "due"
    """The link came up, or it is time to ask again."""
    NEED_HEARD = "need-heard"
    """Central named the chunks that it does not have."""
    STORED_HEARD = "stored-heard"
    """A verified receipt says *stored*."""
    ACCEPTED_HEARD = "accepted-heard"
    """A verified receipt says *accepted*."""
    REJECTED_HEARD = "rejected-heard"
    """A verified receipt says *rejected*."""
    CONFLICT_HEARD = "conflict-heard"
    """Central has another content under this id."""
    GROUNDS_HELD = "grounds-held"
    """Every condition for the wipe holds."""
    GROUNDS_FAILED = "grounds-failed"
    """A condition for the wipe does not hold; nothing was touched."""
    GONE = "gone"
    """Key and file were looked for after the wipe and are not there."""
    STILL_THERE = "still-there"
    """Something survived the wipe; it is tried again."""
    DESTROYED = "destroyed"
    """An authorised destruction was carried out: key and file were looked for and are not there."""
    UNREADABLE = "unreadable"
    """Its file or its key is gone, torn or another's, so that it cannot be sent."""
    RESUMED = "resumed"
    """The courier started, or looked again, and found the parcel in this state."""
    SENDING_RETRIED = "sending-retried"
    """A person has looked: central is asked again what it has of the parcel."""
    ACCEPTED_RETRIED = "accepted-retried"
    """A person has looked: the receipt that says *accepted* is judged again."""
    REJECTED_RETRIED = "rejected-retried"
    """A person has looked: the receipt that says *rejected* is judged again."""
    WIPE_RETRIED = "wipe-retried"
    """A person has looked: the wipe that was in hand is carried out again."""


class Effect(StrEnum):
    """What the desk does next."""

    SEND_BILL = "send-bill"
    SEND_CHUNKS = "send-chunks"
    JUDGE_WIPE = "judge-wipe"
    CARRY_OUT_WIPE = "carry-out-wipe"


@dataclass(frozen=True, slots=True)
class Move:
    """Where a parcel goes, and what to do then."""

    state: ParcelState
    """The new state, committed before any effect runs."""
    effects: tuple[Effect, ...] = ()
    """What the desk does after the commit."""


_S, _E = ParcelState, ParcelEvent

_HEARD = {
    _E.STORED_HEARD: Move(_S.STORED),
    _E.ACCEPTED_HEARD: Move(_S.ACCEPTED, (Effect.JUDGE_WIPE,)),
    _E.REJECTED_HEARD: Move(_S.REJECTED, (Effect.JUDGE_WIPE,)),
    _E.CONFLICT_HEARD: Move(_S.QUARANTINED),
}
_LATE = (_E.DUE, _E.NEED_HEARD, _E.STORED_HEARD, _E.ACCEPTED_HEARD, _E.REJECTED_HEARD, _E.CONFLICT_HEARD)


def _deaf(state: ParcelState) -> dict[ParcelEvent, Move]:
    """What the network says late does not move a parcel that is decided."""
    return dict.fromkeys(_LATE, Move(state))


TABLE: dict[ParcelState, dict[ParcelEvent, Move]] = {
    _S.SPOOLED: {
        _E.DUE: Move(_S.SENDING, (Effect.SEND_BILL,)),
        _E.NEED_HEARD: Move(_S.SENDING, (Effect.SEND_CHUNKS,)),
        _E.RESUMED: Move(_S.SPOOLED),
        **_HEARD,
    },
    _S.SENDING: {
        _E.DUE: Move(_S.SENDING, (Effect.SEND_BILL,)),
        _E.NEED_HEARD: Move(_S.SENDING, (Effect.SEND_CHUNKS,)),
        _E.UNREADABLE: Move(_S.QUARANTINED),
        _E.RESUMED: Move(_S.SENDING),
        **_HEARD,
    },
    _S.STORED: {
        # central answers a bill with the newest receipt: that is how a lost one is found again
        _E.DUE: Move(_S.STORED, (Effect.SEND_BILL,)),
        _E.NEED_HEARD: Move(_S.STORED, (Effect.SEND_CHUNKS,)),
        _E.UNREADABLE: Move(_S.QUARANTINED),
        _E.RESUMED: Move(_S.STORED),
        **_HEARD,
    },
    _S.ACCEPTED: {
        **_deaf(_S.ACCEPTED),
        _E.GROUNDS_HELD: Move(_S.WIPING, (Effect.CARRY_OUT_WIPE,)),
        _E.GROUNDS_FAILED: Move(_S.QUARANTINED),
        _E.RESUMED: Move(_S.ACCEPTED, (Effect.JUDGE_WIPE,)),
    },
    _S.REJECTED: {
        **_deaf(_S.REJECTED),
        _E.GROUNDS_HELD: Move(_S.WIPING, (Effect.CARRY_OUT_WIPE,)),
        _E.GROUNDS_FAILED: Move(_S.QUARANTINED),
        _E.RESUMED: Move(_S.REJECTED, (Effect.JUDGE_WIPE,)),
    },
    _S.WIPING: {
        **_deaf(_S.WIPING),
        _E.GONE: Move(_S.WIPED),
        _E.STILL_THERE: Move(_S.WIPING),
        _E.GROUNDS_FAILED: Move(_S.QUARANTINED),
        _E.RESUMED: Move(_S.WIPING, (Effect.CARRY_OUT_WIPE,)),
    },
    _S.DESTROYED: {**_deaf(_S.DESTROYED), _E.RESUMED: Move(_S.DESTROYED), _E.DESTROYED: Move(_S.DESTROYED)},
    _S.WIPED: {**_deaf(_S.WIPED), _E.RESUMED: Move(_S.WIPED)},
    _S.QUARANTINED: {
        **_deaf(_S.QUARANTINED),
        _E.RESUMED: Move(_S.QUARANTINED),
        _E.SENDING_RETRIED: Move(_S.SENDING, (Effect.SEND_BILL,)),
        _E.ACCEPTED_RETRIED: Move(_S.ACCEPTED, (Effect.JUDGE_WIPE,)),
        _E.REJECTED_RETRIED: Move(_S.REJECTED, (Effect.JUDGE_WIPE,)),
        # its grounds held once, and the key may be gone since: nothing could be judged again
        _E.WIPE_RETRIED: Move(_S.WIPING, (Effect.CARRY_OUT_WIPE,)),
    },
}
"""Every move there is."""

ENDED_STATES = frozenset({_S.WIPED, _S.DESTROYED})
"""States after which nothing is left."""

for _state in _S:
    if _state not in ENDED_STATES:
        # whatever a parcel is about to become, an authorised destruction ends it
        TABLE[_state][_E.DESTROYED] = Move(_S.DESTROYED)

OPEN_STATES = frozenset({_S.SPOOLED, _S.SENDING, _S.STORED})
"""States in which central is asked again when nothing was heard."""

DECIDED_STATES = frozenset({_S.ACCEPTED, _S.REJECTED, _S.WIPING})
"""States from which the courier goes on by itself: whoever finds a parcel in one of them finishes it."""

_RETRIES = (
    (_S.WIPING, _E.WIPE_RETRIED),
    (_S.ACCEPTED, _E.ACCEPTED_RETRIED),
    (_S.REJECTED, _E.REJECTED_RETRIED),
)

HEARD_AT: dict[Stage, ParcelEvent] = {
    Stage.STORED: _E.STORED_HEARD,
    Stage.ACCEPTED: _E.ACCEPTED_HEARD,
    Stage.REJECTED: _E.REJECTED_HEARD,
    Stage.CONFLICT: _E.CONFLICT_HEARD,
}
"""What a receipt's stage means to the machine."""


def move(state: ParcelState, event: ParcelEvent) -> Move:
    """What happens in this state on this event. :raises: ForbiddenMove when the table has no such move."""
    try:
        return TABLE[state][event]
    except KeyError:
        raise ForbiddenMove(f"A parcel that is {state} has no move for {event}.") from None


def retry_of(reached: Container[ParcelState]) -> ParcelEvent:
    """What it means to try a quarantined parcel again that has reached these states before."""
    for state, event in _RETRIES:
        if state in reached:
            return event
    return _E.SENDING_RETRIED
