"""What a contact does over time, as a pure machine: states and times in, sightings out.

Debounced, and stuck and flapping are noticed.

A change is told when its line has been at rest for `debounce_ms`, with the time of the edge that began it. A vibration
sensor gives pulses shorter than any debouncing: its first pulse is told at once, and `debounce_ms` is how long it must
then be still. While a contact flaps, its changes are not told one by one; when that ends, its state is.

Source: facts/face-cctv-console.md section 5 (50 ms); the limits of stuck and flapping are this project's own.
"""

from collections import deque
from typing import Final

from pydantic import Field

from drivers.contract import Options
from drivers.contract.watch import Flaw, FlawBegan, FlawEnded, Reading, Role, Sighting, State, StateSeen

DEBOUNCE_MS: Final = 50
STILL_MS: Final = 1000
"""How long a vibration sensor must give no pulse to be still, where the options say nothing."""

UNSETTLED_DEBOUNCES: Final = 20
"""A contact that does not come to rest for so many times its debouncing is flapping."""

_MS, _S = 1_000_000, 1_000_000_000


class ContactOptions(Options):
    """What a contact looks after, and how it may behave."""

    role: Role
    """What it looks after: door, lock, tamper, vibration, fire, water or power."""
    debounce_ms: int | None = Field(default=None, ge=1, le=10_000)
    """How long it must be at rest to be believed: 50 unless said, of vibration how long it must be still: 1000."""
    stuck_after_s: int | None = Field(default=None, ge=1, le=366 * 86_400)
    """After how long without any change it counts as stuck; never unless said. A restart begins anew."""
    flapping_changes: int = Field(default=10, ge=1, le=1000)
    """More changes than this within `flapping_window_s` are flapping; vibration never flaps."""
    flapping_window_s: int = Field(default=60, ge=1, le=86_400)
    """Within how long the changes are counted, and for how long there must be none for flapping to end."""


class Contact:
    """One contact. Its times never go back: an edge that comes late is as late as what was told before it."""

    def __init__(self, name: str, options: ContactOptions, *, found: State, at_ns: int) -> None:
        """:param found: what the lines show when the watch begins, at `at_ns`."""
        self.name, self._role, self._options = name, options.role, options
        self._pulses = options.role is Role.VIBRATION
        default_ms = STILL_MS if self._pulses else DEBOUNCE_MS
        self._debounce_ns = (options.debounce_ms or default_ms) * _MS
        self._raw = self._settled = self._told = found
        self._edge_ns = self._changed_ns = at_ns
        self._unrest_ns: int | None = None
        self._changes_ns: deque[int] = deque()
        self._flaws: set[Flaw] = set()
        self._flaw_ns = at_ns

    def first(self) -> StateSeen:
        """What was found when the watch began."""
        return StateSeen(self.name, self._role, self._settled, at_ns=self._changed_ns, first=True)

    def reading(self, alive_ns: int) -> Reading:
        """All that is known of it. :param alive_ns: when its lines were last read."""
        flaws = frozenset(self._flaws)
        return Reading(
            self.name, self._role, self._settled, flaws=flaws, changed_ns=self._changed_ns, alive_ns=alive_ns
        )

    @property
    def wakes_ns(self) -> int | None:
        """When it next wants to be told the time, if ever."""
        wishes_ns = []
        if self._unrest_ns is not None:
            wishes_ns.append(self._edge_ns + self._debounce_ns)
            if not self._pulses and Flaw.FLAPPING not in self._flaws:
                wishes_ns.append(self._unrest_ns + UNSETTLED_DEBOUNCES * self._debounce_ns)
        elif Flaw.FLAPPING in self._flaws:
            wishes_ns.append(self._edge_ns + self._window_ns)
        if self._unrest_ns is None and self._options.stuck_after_s is not None and Flaw.STUCK not in self._flaws:
            wishes_ns.append(self._changed_ns + self._options.stuck_after_s * _S)
        return min(wishes_ns, default=None)

    def see(self, state: State, at_ns: int) -> list[Sighting]:
        """The lines show this since then."""
        seen = self.pass_time(at_ns)
        if state is self._raw:
            return seen
        at_ns = max(at_ns, self._edge_ns, self._flaw_ns)
        self._raw, self._edge_ns = state, at_ns
        if self._unrest_ns is None:
            self._unrest_ns = at_ns
        if self._pulses and state is not self._role.rest and self._settled is self._role.rest:
            seen += self._settle(state, at_ns)
        return seen

    def pass_time(self, now_ns: int) -> list[Sighting]:
        """Nothing but time has passed."""
        seen: list[Sighting] = []
        if self._unrest_ns is not None and now_ns >= self._edge_ns + self._debounce_ns:
            # a pulse's end is the last of its edges, and so is that of unrest without end; else the first counts
            last = self._pulses or Flaw.FLAPPING in self._flaws
            began_ns, self._unrest_ns = self._edge_ns if last else self._unrest_ns, None
            if self._raw is not self._settled:
                seen += self._settle(self._raw, began_ns)
        if self._unsettled(now_ns):
            seen += self._begin(Flaw.FLAPPING, now_ns)
        if self._unrest_ns is None and now_ns >= self._edge_ns + self._window_ns:
            seen += self._calm(now_ns)
        stuck_s = self._options.stuck_after_s
        # what moves is not stuck: the change that may come of it counts from its first edge
        if stuck_s is not None and self._unrest_ns is None and now_ns >= self._changed_ns + stuck_s * _S:
            seen += self._begin(Flaw.STUCK, now_ns)
        return seen

    def flaw(self, flaw: Flaw, at_ns: int) -> list[Sighting]:
        """The wires were found to have this flaw."""
        return self._begin(flaw, at_ns)

    @property
    def _window_ns(self) -> int:
        return self._options.flapping_window_s * _S

    def _unsettled(self, now_ns: int) -> bool:
        limit_ns = UNSETTLED_DEBOUNCES * self._debounce_ns
        return not self._pulses and self._unrest_ns is not None and now_ns >= self._unrest_ns + limit_ns

    def _settle(self, state: State, at_ns: int) -> list[Sighting]:
        self._settled, self._changed_ns = state, at_ns
        seen = self._end(Flaw.STUCK, at_ns)
        self._changes_ns.append(at_ns)
        while self._changes_ns[0] < at_ns - self._window_ns:
            self._changes_ns.popleft()
        if len(self._changes_ns) > self._options.flapping_changes and not self._pulses:
            seen += self._begin(Flaw.FLAPPING, at_ns)
        return seen if Flaw.FLAPPING in self._flaws else [*seen, *self._tell()]

    def _calm(self, now_ns: int) -> list[Sighting]:
        """No edge for a whole window: what was not told is told, and flapping is over."""
        if Flaw.FLAPPING not in self._flaws:
            return []
        return [*self._tell(), *self._end(Flaw.FLAPPING, now_ns)]

    def _tell(self) -> list[Sighting]:
        if self._settled is self._told:
            return []
        self._told = self._settled
        return [StateSeen(self.name, self._role, self._settled, at_ns=self._changed_ns, first=False)]

    def _begin(self, flaw: Flaw, at_ns: int) -> list[Sighting]:
        if flaw in self._flaws:
            return []
        self._flaws.add(flaw)
        self._flaw_ns = at_ns
        return [FlawBegan(self.name, self._role, flaw, at_ns=at_ns)]

    def _end(self, flaw: Flaw, at_ns: int) -> list[Sighting]:
        if flaw not in self._flaws:
            return []
        self._flaws.discard(flaw)
        return [FlawEnded(self.name, self._role, flaw, at_ns=at_ns)]
