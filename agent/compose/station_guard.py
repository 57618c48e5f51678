"""Joins what the station's guard stands on: the ledger, the socket, the safe's contacts."""

from dataclasses import dataclass

from agent.clock import Clock
from agent.config.station import StationSection
from agent.devices.safe_watch import SafeWatch
from agent.errors import ConfigError
from agent.guard.guard import Guard, Notebook, Voice
from agent.guard.presence import Presence
from agent.guard.sentry import Sentry
from agent.supervise import Supervisor
from agent.unix_http import Exchange
from drivers.contract import DeviceKind, Fault
from drivers.registry import ABSENT, make_watch


@dataclass(frozen=True, slots=True)
class StationGuard:
    """The guard, and what sees the station's socket for it."""

    guard: Guard
    """Writes, and tells central."""
    sentry: Sentry
    """Strangers, and mass reads."""
    presence: Presence
    """Who is there, and when."""

    def refused(self, uid: int) -> None:
        """A user who may not was turned away."""
        self.sentry.refused(uid)

    def answered(self, exchange: Exchange) -> None:
        """A request was answered."""
        self.sentry.answered(exchange)
        self.presence.answered(exchange)


def station_guard(section: StationSection, notebook: Notebook, *, voice: Voice, clock: Clock) -> StationGuard:
    """Nothing runs yet."""
    guard = Guard(notebook, voice=voice, clock=clock)
    return StationGuard(
        guard,
        Sentry("station", reads_per_hour=section.guard.reads_per_hour, suspect=guard.suspect, clock=clock),
        Presence(section.guard, suspect=guard.suspect, clock=clock),
    )


def set_guard(guard: StationGuard, section: StationSection, *, supervisor: Supervisor, clock: Clock) -> None:
    """Start it, and the watch of the safe where there is one.

    :raises: ConfigError when the safe's contacts are such as its driver cannot read.
    """
    if section.safe.driver != ABSENT:
        try:
            # only what contacts are read with is loaded into this process
            watch = make_watch(DeviceKind.SAFE, section.safe.driver, options=section.safe.options, clock=clock)
        except Fault as fault:
            raise ConfigError(fault.sentence) from fault
        safe = SafeWatch(watch, section.guard, presence=guard.presence, guard=guard.guard, clock=clock)
        supervisor.must_live("safe", safe.follow())
    supervisor.must_live("guard", guard.guard.run())
