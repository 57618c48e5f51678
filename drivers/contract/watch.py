"""What is watched and not photographed: the contacts of a safe and of its room.

Nouns: a *contact* is one sensor with a name of the installer's; its *role* says what it looks after, its *state* what
it shows, debounced; a *flaw* is what is wrong with the sensor itself. A *sighting* is one timed fact about a contact;
a *reading* is all that is known of it now. What a sighting means (an alarm, an operation) is decided elsewhere.

All times are readings of the monotonic clock in nanoseconds; of a change, the time of the edge that began it.
"""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from drivers.contract.facts import DeviceKind, Facts
from drivers.contract.fault import OrderFault
from drivers.contract.held import HeldDevice, Stage

WATCHES: Final = frozenset({DeviceKind.SAFE})
"""The kinds of devices that keep this contract."""


class State(StrEnum):
    """What a contact shows, in its role's own words."""

    CLOSED = "closed"
    OPEN = "open"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    INTACT = "intact"
    CUT = "cut"
    STILL = "still"
    SHAKEN = "shaken"
    QUIET = "quiet"
    RAISED = "raised"
    PRESENT = "present"
    LOST = "lost"
    SHORTED = "shorted"
    """The two wires of a pair, of whatever role, are connected to ground."""
    CONTRADICTORY = "contradictory"
    """A pair shows what no state of its loop can: a foreign voltage is on the wires."""


class Role(StrEnum):
    """What a contact looks after."""

    DOOR = "door"
    LOCK = "lock"
    TAMPER = "tamper"
    VIBRATION = "vibration"
    FIRE = "fire"
    WATER = "water"
    POWER = "power"

    @property
    def rest(self) -> State:
        """What it shows when all is well and nobody is there."""
        return _STATES[self][0]

    @property
    def raised(self) -> State:
        """What it shows otherwise."""
        return _STATES[self][1]


_STATES = {
    Role.DOOR: (State.CLOSED, State.OPEN),
    Role.LOCK: (State.LOCKED, State.UNLOCKED),
    Role.TAMPER: (State.INTACT, State.CUT),
    Role.VIBRATION: (State.STILL, State.SHAKEN),
    Role.FIRE: (State.QUIET, State.RAISED),
    Role.WATER: (State.QUIET, State.RAISED),
    Role.POWER: (State.PRESENT, State.LOST),
}


class Flaw(StrEnum):
    """What is wrong with a contact itself; its state is worth less while it lasts."""

    STUCK = "stuck"
    """It has not changed for longer than a contact in use can."""
    FLAPPING = "flapping"
    """It changes more often than it can be used, or never comes to rest; its changes are not told one by one."""
    FLOATING = "floating"
    """Nothing holds its line at a level: a wire or a resistor is missing. Found when opened."""
    HELD = "held"
    """Its line is held where no position of the contact can hold it. Found when opened."""


@dataclass(frozen=True, slots=True)
class StateSeen:
    """A contact has come to rest in a state."""

    contact: str
    """The installer's name for the contact."""
    role: Role
    """What it looks after."""
    state: State
    """What it shows now."""
    at_ns: int
    """When the change began; for the first, when it was read."""
    first: bool
    """True for what was found when the watch began: nobody knows for how long it had been so."""


@dataclass(frozen=True, slots=True)
class FlawBegan:
    """Something is wrong with a contact."""

    contact: str
    """The installer's name for the contact."""
    role: Role
    """What it looks after."""
    flaw: Flaw
    """What is wrong."""
    at_ns: int
    """When it was found."""


@dataclass(frozen=True, slots=True)
class FlawEnded:
    """What was wrong with a contact is so no longer."""

    contact: str
    """The installer's name for the contact."""
    role: Role
    """What it looks after."""
    flaw: Flaw
    """What was wrong."""
    at_ns: int
    """Since when it is not."""


Sighting = StateSeen | FlawBegan | FlawEnded


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is known of one contact now: its state and its proof of life."""

    contact: str
    """The installer's name for the contact."""
    role: Role
    """What it looks after."""
    state: State
    """What it shows, debounced."""
    flaws: frozenset[Flaw]
    """What is wrong with it, empty when nothing is known to be."""
    changed_ns: int
    """When it last changed, or was first read."""
    alive_ns: int
    """When its lines were last read with success."""


@runtime_checkable
class Watch(Protocol):
    """The contract of a device that watches contacts."""

    @property
    def facts(self) -> Facts:
        """Which device this is; readable before it is opened."""
        ...

    def opened(self) -> AbstractAsyncContextManager[None]:
        """Hold the lines alone and test them. :raises: BusyFault, GoneFault, OptionsFault, UnreadableFault."""
        ...

    async def notice(self) -> Sighting:
        """Wait for the next sighting; one waits at a time, and cancelling loses none.

        Each contact's first state comes before its others, which come in the order of their times; a state that was
        held back while the contact flapped has its own time, too. :raises: OrderFault when not opened or somebody
        waits already, GoneFault when the lines cannot be read any more.
        """
        ...

    async def readings(self) -> tuple[Reading, ...]:
        """Read every line now: state and proof of life of each contact. :raises: OrderFault, GoneFault."""
        ...


class HeldWatch(HeldDevice):
    """A watch that keeps the order; a driver fills in `_open`, `_close`, `_notice` and `_readings`."""

    def __init__(self, *, lease: str) -> None:
        """:param lease: what may be held only once."""
        super().__init__(lease=lease)
        self._somebody_waits = False

    @abstractmethod
    async def _notice(self) -> Sighting: ...

    @abstractmethod
    async def _readings(self) -> tuple[Reading, ...]: ...

    async def notice(self) -> Sighting:
        """Wait for the next sighting."""
        self._require(Stage.OPENED)
        if self._somebody_waits:
            raise OrderFault("Somebody waits for the next sighting already.")
        self._somebody_waits = True
        try:
            return await self._notice()
        finally:
            self._somebody_waits = False

    async def readings(self) -> tuple[Reading, ...]:
        """Read every line now."""
        self._require(Stage.OPENED)
        return await self._readings()
