"""Retention in plain sentences; pure."""

from collections.abc import Iterator

from provisioning.retention.retention import ClassReport, Swept

_STOPPED = {
    "behind-central": "the clock is behind a time that headquarters has signed. Set it right",
    "unwitnessed": "headquarters has signed no time in the last 14 days, by this clock: it may have jumped ahead, or "
    "the link was down for long. Check the clock and the link",
    "behind-ledger": "the clock is behind the ledger's newest line. Check it; the next look goes on if it is right",
    "ledger-trouble": "the ledger is not what headquarters has receipted. See `smilius ledger verify`",
}

_CALLED = {
    "visit": "visits",
    "visit-timeline": "visits' timelines",
    "parcel": "wiped parcels' receipts and tombstones",
    "event": "events that headquarters has receipted",
    "command": "headquarters' commands",
}


def sentences(swept: Swept) -> Iterator[str]:
    """What a process has done, or would do."""
    if swept.stopped is not None:
        why = _STOPPED.get(swept.stopped, f"it says {swept.stopped}")
        yield f"{swept.database}: nothing is deleted, because {why}."
        return
    for one in swept.classes:
        called = _CALLED.get(one.kind, one.kind)
        yield f"{swept.database}: {called}, kept for {one.keep_days:g} days: {_figures(one, swept)}."
    if not swept.log_cut and not swept.dry:
        yield (
            f"{swept.database}: what was deleted is still in the database's log, because somebody reads it; "
            "it is overwritten at the next look."
        )


def hold_sentence(hold: dict[str, object]) -> str:
    """A hold that stands."""
    whose = "everything" if hold.get("parcel") == "*" else f"the visit of parcel {hold.get('parcel')}"
    said = f"set by {hold.get('set_by')} at {hold.get('set_at')}"
    return f"Hold {hold.get('hold')}: {whose}, before {hold.get('until')}, {said}: {hold.get('reason')}"


def _figures(one: ClassReport, swept: Swept) -> str:
    verb = "would go" if swept.dry else "deleted"
    figures = [f"{one.goes} {verb}"]
    if one.waits:
        figures.append(f"{one.waits} due, kept until the grace has passed")
    if one.held:
        figures.append(f"{one.held} due and held")
    return ", ".join(figures)
