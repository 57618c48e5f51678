"""A watch over contacts that move by a timeline: what the simulated safe and a replayed one have in common."""

from collections import deque
from collections.abc import Iterable, Mapping
from itertools import takewhile

from drivers.contract.watch import State
from drivers.safe.contact import Contact, ContactOptions
from drivers.safe.watching import ContactWatch, Edge
from drivers.world.clock import MonotonicClock


class TimelineWatch(ContactWatch):
    """Begins the timeline anew whenever it is opened; after its end nothing moves any more."""

    def __init__(self, *, lease: str, clock: MonotonicClock) -> None:
        """:param clock: the world's clock."""
        super().__init__(lease=lease, clock=clock)
        self._coming: deque[Edge] = deque()

    def _run(self, contacts: Mapping[str, ContactOptions], moves: Iterable[Edge]) -> None:
        """Start now. :param moves: their times count from now; a contact that has one at 0 is found in its state."""
        now_ns = self._clock.monotonic_ns()
        ordered = sorted(moves, key=lambda move: move.at_ns)
        found: dict[str, State] = {move.contact: move.state for move in ordered if move.at_ns == 0}
        self._begin(
            Contact(name, options, found=found.get(name, options.role.rest), at_ns=now_ns)
            for name, options in contacts.items()
        )
        self._coming = deque(move._replace(at_ns=now_ns + move.at_ns) for move in ordered if move.at_ns > 0)

    async def _close(self) -> None:
        self._forget()
        self._coming.clear()

    def _edges(self, now_ns: int) -> Iterable[Edge]:
        due = list(takewhile(lambda edge: edge.at_ns <= now_ns, self._coming))
        for _ in due:
            self._coming.popleft()
        return due

    def _looks_ns(self) -> int | None:
        return self._coming[0].at_ns if self._coming else None
