"""The states of a visit, and which may follow which. A move that is not in the table raises."""

from enum import StrEnum

from agent.errors import ForbiddenMove


class VisitState(StrEnum):
    """Where a visit is. Source: design.md section 2."""

    IDLE = "idle"
    """Nobody is in the chair."""
    OPENED = "opened"
    """A place for the parcel is being reserved, and MIGRIS asked for the application."""
    CAPTURING = "capturing"
    """Pictures are taken, or the operator is asked something about them."""
    PACKAGING = "packaging"
    """The records are being written, in the worker's memory."""
    SEALING = "sealing"
    """The package is being sealed and put on the disk; from here on it can only be delivered."""
    DONE = "done"
    """Sealed and synced: the courier's business now."""
    REFUSED = "refused"
    """The operator, MIGRIS or the rules refused; nothing was kept."""
    ABORTED = "aborted"
    """Cancelled, or nobody acted for too long; nothing was kept."""
    FAULTED = "faulted"
    """The machine failed; nothing was kept."""


_S = VisitState
_ENDS_EARLY = frozenset({_S.REFUSED, _S.ABORTED, _S.FAULTED})

FOLLOWS: dict[VisitState, frozenset[VisitState]] = {
    _S.IDLE: frozenset({_S.OPENED}),
    _S.OPENED: frozenset({_S.OPENED, _S.CAPTURING}) | _ENDS_EARLY,
    _S.CAPTURING: frozenset({_S.CAPTURING, _S.PACKAGING}) | _ENDS_EARLY,
    _S.PACKAGING: frozenset({_S.SEALING}) | _ENDS_EARLY,
    # once sealing has begun nobody can cancel: either the parcel is there whole, or the machine failed
    _S.SEALING: frozenset({_S.SEALING, _S.DONE, _S.FAULTED}),
    _S.DONE: frozenset(),
    _S.REFUSED: frozenset(),
    _S.ABORTED: frozenset(),
    _S.FAULTED: frozenset(),
}
"""Every move there is."""

ENDED = frozenset(state for state, following in FOLLOWS.items() if not following)
"""States that nothing follows."""


def check_move(before: VisitState, after: VisitState) -> None:
    """Nothing when the table has the move. :raises: ForbiddenMove otherwise."""
    if after not in FOLLOWS[before]:
        raise ForbiddenMove(f"A visit that is {before} cannot become {after}.")
