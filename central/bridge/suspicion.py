"""Rules that say when somebody must look: pure, rows in, findings out. What they find is a suspicion and no verdict.

Source: requirement R-BREACH-1 (triggers); limits are our own reading and settable by whoever asks.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from agent.wire import Breach, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a person must look at."""

    trigger: Trigger
    """Which rule."""
    tenant: str
    """Whose station."""
    station: str
    """Which station; `central` is headquarters itself."""
    what: str
    """What it is about: the same again is the same incident."""
    records: int | None
    """About how many records, where that is known."""
    since: datetime
    """When it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Somebody looked at personal data, or a key was used: one line of a ledger."""

    tenant: str
    """Whose station."""
    station: str
    """Which station."""
    who: str
    """The actor, or the key's id."""
    at: datetime
    """When."""


def told(breach: Breach) -> Finding:
    """What a station found out by itself."""
    return Finding(
        trigger=breach.trigger,
        tenant=breach.tenant,
        station=breach.station,
        what=breach.what,
        records=breach.records,
        since=breach.since,
    )


def mass_reads(uses: Iterable[Use], *, limit: int, window: timedelta) -> Iterator[Finding]:
    """Each actor who looked more than `limit` times within the window, once.

    :param uses: accesses to personal data, in the order of their times.
    """
    recent: dict[tuple[str, str, str], deque[datetime]] = {}
    most: dict[tuple[str, str, str], tuple[int, datetime]] = {}
    for use in uses:
        actor = (use.tenant, use.station, use.who)
        times = recent.setdefault(actor, deque())
        times.append(use.at)
        while use.at - times[0] > window:
            times.popleft()
        if len(times) > max(limit, most.get(actor, (0, use.at))[0]):
            most[actor] = (len(times), times[0])
    for (tenant, station, who), (number, since) in most.items():
        yield Finding(trigger=Trigger.MASS_READ, tenant=tenant, station=station, what=who, records=number, since=since)


def uses_out_of_hours(uses: Iterable[Use], *, hours: tuple[time, time], zone: tzinfo | None) -> Iterator[Finding]:
    """Each key that was used outside these hours or on a Saturday or Sunday, once, since its first such use.

    :param hours: from and until. :param zone: on whose clock; None is this machine's.
    """
    seen: set[tuple[str, str, str]] = set()
    for use in uses:
        local = use.at.astimezone(zone)
        if local.weekday() < 5 and hours[0] <= local.time() < hours[1]:
            continue
        if (key := (use.tenant, use.station, use.who)) not in seen:
            seen.add(key)
            yield Finding(
                trigger=Trigger.KEY_OUT_OF_HOURS,
                tenant=use.tenant,
                station=use.station,
                what=use.who,
                records=None,
                since=use.at,
            )
