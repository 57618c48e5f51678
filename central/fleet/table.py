"""The fleet as a table, and one station as a page, for a terminal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from agent.wire.configuration import TwinConfiguration
from central.bridge.roll import Presence
from central.fleet.sight import Sight

_STYLES = {Presence.ONLINE: "green", Presence.OFFLINE: "red", Presence.UNKNOWN: "dim"}


def fleet_table(sights: Sequence[Sight], *, at: datetime) -> RenderableType:
    """One row a station, and a line with the sums."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("station", "presence", "since", "version", "configuration", "waiting", "oldest parcel", "alarms"):
        table.add_column(head, overflow="fold")
    for one in sights:
        twin = one.twin
        oldest = None if twin is None else twin.queue.oldest
        table.add_row(
            one.name,
            Text(one.presence.value, style=_STYLES[one.presence]),
            age(one.since, at=at),
            "-" if twin is None else twin.version,
            "-" if twin is None else _configuration(twin.configuration),
            "-" if twin is None else str(twin.queue.waiting),
            age(oldest, at=at),
            Text(", ".join(one.alarms) or "-", style="yellow" if one.alarms else ""),
        )
    online = sum(one.presence is Presence.ONLINE for one in sights)
    alarmed = sum(bool(one.alarms) for one in sights)
    return Group(table, f"{len(sights)} stations, {online} online, {alarmed} with alarms")


def station_page(one: Sight, *, at: datetime) -> RenderableType:
    """All that is known of one."""
    page = Table(box=None, pad_edge=False, show_header=False)
    for name, value in _lines(one, at=at):
        page.add_row(Text(name, style="bold"), value)
    return page


def age(moment: datetime | None, *, at: datetime) -> str:
    """How long ago, in the largest unit of which there is one; a clock that is ahead of ours says 0 s."""
    if moment is None:
        return "-"
    seconds = int(max(at - moment, timedelta()).total_seconds())
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _configuration(said: TwinConfiguration) -> str:
    """What is in force, and what became of the newest where that is another."""
    force = "local" if said.applied is None else str(said.applied)
    newer = said.newest is not None and (said.newest != said.applied or said.state != "applied")
    return f"{force} ({said.newest} {said.state})" if newer else force


def _lines(one: Sight, *, at: datetime) -> list[tuple[str, str]]:
    lines = [("station", one.name), ("presence", f"{one.presence.value}, since {age(one.since, at=at)}")]
    lines.append(("alarms", ", ".join(one.alarms) or "-"))
    twin = one.twin
    if twin is None:
        return [*lines, ("twin", "never heard of this unit")]
    queue, keys, word = twin.queue, twin.keys, twin.word
    oldest = age(queue.oldest, at=at)
    lines += [
        ("twin", f"heard {age(one.heard_at, at=at)} ago"),
        ("courier", f"release {twin.version}, keys: {keys.home} ({keys.link})"),
        ("trust", f"keyring {keys.keyring or '-'}, seals for {keys.recipient}, believes {', '.join(keys.receipts)}"),
        ("configuration", " ".join(filter(None, (_configuration(twin.configuration), twin.configuration.sentence)))),
        ("space", f"{twin.free_bytes / 2**30:.1f} GiB free"),
        ("parcels", f"{queue.waiting} waiting, oldest {oldest}, {queue.quarantined} in quarantine"),
    ]
    if word is None:
        return [*lines, ("station process", "has not spoken lately")]
    runs = f"release {word.version}, configuration {word.configuration or 'local'}, keys: {word.home} ({word.key})"
    lines.append(("station process", runs))
    lines += [(d.role, f"{d.driver}, {d.presence}, {d.fingerprint or 'no fingerprint'}") for d in word.devices]
    return lines
