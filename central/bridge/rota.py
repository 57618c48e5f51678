"""Whose turn it is at MIGRIS. Pure: it has no clock and touches nothing.

What is new goes at once. What MIGRIS did not answer waits with growing pauses and then goes in turns, the one that was
tried longest ago first: neither an outage nor one parcel that is never answered keeps the others waiting.
"""

from collections.abc import Sequence

from agent.link import Patience

Place = tuple[str, str]
"""Tenant and id of a parcel."""


class Rota:
    """Who is tried now, and when to look again."""

    def __init__(self, patience: Patience) -> None:
        """:param patience: pauses while MIGRIS does not answer."""
        self._patience = patience
        self._unanswered: list[Place] = []
        self._again_at_s = 0.0

    def turns(self, waiting: Sequence[Place], *, now_s: float) -> list[Place]:
        """Who is tried now, in this order.

        :param waiting: everybody who waits, in the order of new ones.
        """
        there = set(waiting)
        self._unanswered = [place for place in self._unanswered if place in there]
        known = set(self._unanswered)
        new = [place for place in waiting if place not in known]
        return new + self._unanswered if now_s >= self._again_at_s else new

    def answered(self, place: Place, *, now_s: float) -> None:
        """MIGRIS is there: whoever waited need not wait any longer."""
        self._unanswered = [other for other in self._unanswered if other != place]
        self._patience.progressed()
        self._again_at_s = now_s

    def silent(self, place: Place, *, others: Sequence[Place], now_s: float) -> None:
        """MIGRIS did not answer this one.

        :param others: who would have been tried after it: they wait as well.
        """
        known = {place, *self._unanswered}
        later = [other for other in others if other not in known]
        self._unanswered = [*later, *(other for other in self._unanswered if other != place), place]
        self._again_at_s = now_s + self._patience.next_s()

    def pause_s(self, *, now_s: float) -> float | None:
        """Until somebody's turn comes again; None when that is only after something new has come."""
        return max(0.0, self._again_at_s - now_s) if self._unanswered else None
