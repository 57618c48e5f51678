"""One look at one device: opened as the configuration says, asked, and closed; nothing of it is changed.

Each part is tried for itself, so that a camera without pictures still tells its time.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from agent.clock_history import ClockHistory
from agent.config.paths import Paths
from agent.config.station import CctvChoice
from agent.errors import AgentError
from drivers.contract import DeviceKind, Facts, Fault, ProtocolFault
from drivers.contract.cctv import Ability, Cctv, ClockDifference, Recorded, Span, Stream
from drivers.registry import make_cctv
from drivers.world.clock import StationClock
from provisioning.cctv.words import apart
from provisioning.errors import ClockOff, ProvisioningError, StateMissing
from vault.disk import is_there
from vault.errors import VaultError

WATCH_S: Final = 3.0
"""For so long pictures are counted."""

CLOCK_OFF_MS_MAX: Final = 500.0
"""A clock may be off by so much. Source: facts/face-cctv-console.md section 5 (chrony's offset)."""

RECORDED_WITHIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was not well."""

    part: str
    """With what: `device`, `pictures`, `clock`, `clock-history` or `recordings`."""
    code: str
    """Stable, for machines."""
    sentence: str
    """For people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Whether pictures arrive."""

    pictures: int
    """How many have come while they were counted."""
    keys: int
    """How many of them were key pictures."""
    within_ms: float
    """For how long they were counted."""
    age_ms: float
    """How old the newest was then."""


@dataclass(slots=True, kw_only=True)
class Check:
    """What is known of one device so far."""

    name: str
    """The installer's name for it."""
    driver: str
    """Which driver drives it."""
    facts: Facts | None = None
    """What it says of itself; None where it could not be opened, as everything else."""
    stream: Stream | None = None
    """What its pictures are."""
    watched: Watched | None = None
    """Whether they arrive."""
    clock: ClockDifference | None = None
    """How far its clock is off."""
    stored: bool = False
    """Whether that is in the history of clocks."""
    within: Span | None = None
    """What it was asked for, by its own clock."""
    recorded: tuple[Recorded, ...] = ()
    """What it has of that."""
    lacks: tuple[Ability, ...] = ()
    """What it cannot do."""
    troubles: list[Trouble] = field(default_factory=list)
    """All that was not well."""

    @property
    def well(self) -> bool:
        """Whether all of it was well."""
        return not self.troubles

    @contextmanager
    def trying(self, part: str) -> Iterator[None]:
        """Note what fails inside, and go on."""
        try:
            yield
        except (Fault, AgentError, VaultError, ProvisioningError) as error:
            self.troubles.append(Trouble(part, error.code, error.sentence))


async def check(choice: CctvChoice, paths: Paths, *, clock: StationClock) -> Check:
    """All that the device can do, tried once, and its clock's difference stored."""
    found = Check(name=choice.name, driver=choice.driver)
    with found.trying("device"):
        device = make_cctv(DeviceKind.CCTV, choice.driver, options=choice.options, clock=clock)
        async with device.opened():
            found.facts = device.facts
            found.lacks = tuple(ability for ability in Ability if ability not in device.abilities)
            await _pictures(device, found, clock=clock)
            await _clock(device, found, paths=paths)
            await _recordings(device, found, clock=clock)
    return found


async def _pictures(device: Cctv, found: Check, *, clock: StationClock) -> None:
    if Ability.PICTURES in found.lacks:
        return
    with found.trying("pictures"):
        found.stream = device.stream()
        before, began_ns = device.delivery(), clock.monotonic_ns()
        await _watch(device)
        if device.delivery().pictures == before.pictures:
            # slower than that, or silent: the driver's own limit tells which
            await device.arrival()
        now_ns, seen = clock.monotonic_ns(), device.delivery()
        found.watched = Watched(
            pictures=seen.pictures - before.pictures,
            keys=seen.keys - before.keys,
            within_ms=(now_ns - began_ns) / 1e6,
            age_ms=seen.age_ms(now_ns),
        )


async def _watch(device: Cctv) -> None:
    limit = asyncio.timeout(WATCH_S)
    try:
        async with limit:
            while True:
                await device.arrival()
    except TimeoutError:
        if not limit.expired():
            raise


async def _clock(device: Cctv, found: Check, *, paths: Paths) -> None:
    if Ability.CLOCK in found.lacks:
        return
    with found.trying("clock"):
        found.clock = await device.clock_difference()
        _store(found, found.clock, paths=paths)
        _demand_near(found.clock)


def _store(found: Check, measured: ClockDifference, *, paths: Paths) -> None:
    with found.trying("clock-history"):
        if not is_there(paths.station):
            raise StateMissing("The clock's difference is not stored: `python -m agent migrate` makes the folder.")
        ClockHistory(paths.clock_history).add(found.name, measured)
        found.stored = True


def _demand_near(measured: ClockDifference) -> None:
    if abs(measured.difference_ms) > CLOCK_OFF_MS_MAX:
        raise ClockOff(
            f"Its clock is {apart(measured.difference_ms)} the station's, and {CLOCK_OFF_MS_MAX:.0f} ms are allowed: "
            "give the device the time server (NTP) that the station uses, then check again; `chronyc tracking` says "
            "whether the station's own clock is right."
        )


async def _recordings(device: Cctv, found: Check, *, clock: StationClock) -> None:
    if Ability.RECORDINGS in found.lacks:
        return
    with found.trying("recordings"):
        ahead = timedelta(milliseconds=0 if found.clock is None else found.clock.difference_ms)
        try:
            now = clock.now() + ahead
            within = Span(now - RECORDED_WITHIN, now)
        except OverflowError:
            raise ProtocolFault("The device's clock is at the end of all calendars.") from None
        found.recorded = await device.recorded(within)
        found.within = within
