"""What is rehearsed: how many stations, how much they send, and what befalls them. Pure."""

import math
import random
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from agent.wire import Name
from agent.wire.document import Document
from central.errors import RehearsalRefused

STATIONS_MAX = 20_000
"""No rehearsal is larger: the names have five digits."""

Share = Annotated[float, Field(ge=0, le=1)]
PerMinute = Annotated[float, Field(ge=0, le=600)]


class Faults(Document):
    """What befalls a fleet; a zero is what does not."""

    cut: PerMinute = 0.0
    """Times a minute that a station's link carries nothing for some seconds, while both ends think it lives."""
    kill: PerMinute = 0.0
    """Times a minute that a station's connection is broken off."""
    duplicate: Share = 0.0
    """Share of the messages that are published twice."""
    lost: Share = 0.0
    """Share of the receipts that never arrive."""
    slow: Share = 0.0
    """Share of the stations that send no more than 64 kB a second."""
    refused: Share = 0.0
    """Share of the parcels that MIGRIS refuses."""


class Plan(Document):
    """One rehearsal."""

    tenant: Name
    """Whose stations they are: nobody else's may be among them."""
    stations: Annotated[int, Field(ge=1, le=STATIONS_MAX)]
    """How many."""
    processes: Annotated[int, Field(ge=1, le=64)]
    """In how many processes."""
    rate: Annotated[float, Field(ge=0, le=1000)]
    """Parcels a second that all of them together seal, at random moments."""
    faults: Faults
    """What befalls them."""
    duration_s: Annotated[float, Field(gt=0, le=604_800)]
    """So long they seal and faults befall them, from when all are online."""
    settle_s: Annotated[float, Field(gt=0, le=604_800)]
    """So long at the most what is under way may take to settle after that."""
    retry_max_s: Annotated[float, Field(ge=1, le=3600)]
    """The longest pause between two attempts of a station, as its configuration has it."""


class Cast(Document):
    """One troupe's part in a plan."""

    plan: Plan
    """The whole."""
    first: Annotated[int, Field(ge=1)]
    """Number of its first station."""
    count: Annotated[int, Field(ge=1)]
    """How many are its own."""

    @property
    def rate(self) -> float:
        """Parcels a second that are its own."""
        return self.plan.rate * self.count / self.plan.stations

    @property
    def names(self) -> list[str]:
        """Its stations."""
        return [station_name(number) for number in range(self.first, self.first + self.count)]


PREFIX = "rehearsal-"
"""What every simulated station's name begins with, and no other's."""


def station_name(number: int) -> str:
    """A simulated station's name."""
    return f"{PREFIX}{number:05d}"


def read_faults(text: str) -> Faults:
    """Faults from `cut=0.5,lost=0.1`. :raises: RehearsalRefused."""
    known = ", ".join(Faults.model_fields)
    values: dict[str, float] = {}
    for item in filter(None, text.split(",")):
        name, _, value = item.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if name not in Faults.model_fields or name in values or not 0 <= number <= _most(name):
            raise RehearsalRefused(
                f"Faults are written as name=number with a comma between, each once, of {known}: cut and kill a minute "
                "and station up to 600, the others as shares from 0 to 1."
            )
        values[name] = number
    return Faults(**values)


def casts(plan: Plan) -> Iterator[Cast]:
    """The plan's stations, dealt to its processes as evenly as goes."""
    processes = min(plan.processes, plan.stations)
    first = 1
    for process in range(processes):
        count = plan.stations // processes + (process < plan.stations % processes)
        yield Cast(plan=plan, first=first, count=count)
        first += count


def next_pause_s(a_second: float, chance: random.Random) -> float | None:
    """Seconds until something happens that happens so often on average; None when it never does."""
    return chance.expovariate(a_second) if a_second > 0 else None


def _most(name: str) -> float:
    return 600.0 if name in {"cut", "kill"} else 1.0
