"""A simulated safe: its contacts move by a script, on the world's clock, and bounce as contacts do.

No hardware, no firmware, no protocol. What is modelled: each move of a mechanical contact is several edges, one
millisecond apart, before it rests; a vibration sensor gives them and falls back by itself. What a contact then does
over time is what a real one's driver does with its lines: the same machine.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import Field, model_validator

from drivers.contract import DeviceKind, Facts, pretended
from drivers.contract import Options as DriverOptions
from drivers.contract.watch import Role, State
from drivers.safe.contact import ContactOptions
from drivers.safe.timeline import TimelineWatch
from drivers.safe.watching import Edge
from drivers.world.clock import MonotonicClock

_EDGE_NS: Final = 1_000_000

_USUAL: Final[Mapping[str, ContactOptions]] = {
    role.value: ContactOptions(role=role) for role in (Role.DOOR, Role.LOCK, Role.TAMPER, Role.VIBRATION)
}


class Move(DriverOptions):
    """One line of the script."""

    at_ms: int = Field(ge=0, le=366 * 86_400_000)
    """When, counted from the opening of the device; 0 is how the contact is found."""
    contact: str
    """Which contact moves."""
    state: State
    """Into which state; of a vibration sensor `shaken`, it falls back by itself."""


class Options(DriverOptions):
    """Which contacts there are, and what happens to them."""

    contacts: dict[str, ContactOptions] = Field(default=dict(_USUAL), min_length=1)
    """The contacts by name; unless said, a door, a lock, a tamper loop and a vibration sensor."""
    script: tuple[Move, ...] = ()
    """What moves when."""
    bounces: int = Field(default=3, ge=0, le=20)
    """How many times a contact bounces, a millisecond each, before it rests."""

    @model_validator(mode="after")
    def _script_fits(self) -> "Options":
        for move in self.script:
            options = self.contacts.get(move.contact)
            if options is None:
                raise ValueError("the script moves a contact that there is not")
            role = options.role
            if move.state not in {role.rest, role.raised, State.SHORTED, State.CONTRADICTORY}:
                raise ValueError("the script moves a contact into a state that its role does not have")
        return self


class SimSafe(TimelineWatch):
    """Contacts that follow the script."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: the world's clock, which the script runs by."""
        super().__init__(lease="sim-safe", clock=clock)
        self._options = options

    @property
    def facts(self) -> Facts:
        """A simulated safe."""
        return pretended(DeviceKind.SAFE, "simulated safe")

    async def _open(self) -> None:
        self._run(self._options.contacts, self._moves())

    def _moves(self) -> Iterator[Edge]:
        shown = {name: options.role.rest for name, options in self._options.contacts.items()}
        for move in sorted(self._options.script, key=lambda move: move.at_ms):
            before, shown[move.contact] = shown[move.contact], move.state
            role, at_ns = self._options.contacts[move.contact].role, move.at_ms * 1_000_000
            if at_ns == 0:
                yield Edge(move.contact, move.state, 0)
                continue
            for number in range(2 * self._options.bounces + 1):
                state = before if number % 2 else move.state
                yield Edge(move.contact, state, at_ns + number * _EDGE_NS)
            if role is Role.VIBRATION:
                shown[move.contact] = role.rest
                yield Edge(move.contact, role.rest, at_ns + (2 * self._options.bounces + 1) * _EDGE_NS)
