"""Feeds the rules from headquarters' own ledger: who looked at people's data here, and when its keys were used.

A station's own findings come as signed events; what stations sign of themselves is compared by the witness.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.bridge.incident import open_incident
from central.bridge.suspicion import Use, mass_reads, uses_out_of_hours
from central.bridge.tables import LEDGER
from vault.access import Access

READS = frozenset(
    {"subject-found", "subject-exported", "parcel-opened-for-subject", Access.PARCELS_LISTED.value, "evidence-given"}
    | {Access.PARCEL_SHOWN.value}
)
"""Kinds of lines that say that a person at headquarters looked at personal data, or at who sent what when."""

KEY_USES = frozenset({"parcel-opened-for-subject"})
"""Kinds of lines that say that a person used the recipient key."""

READS_MAX = 30
"""So many looks by one person within the window are work."""

WINDOW = timedelta(hours=1)
HOURS = (time(7), time(20))
"""When headquarters' people work, on this machine's own clock."""


def watch(session: Session, *, at: datetime) -> None:
    """Open an incident for each finding in the last window; what is open already stays one."""
    uses = list(_uses(session, since=at - WINDOW))
    reads = [use for kind, use in uses if kind in READS]
    keys = [use for kind, use in uses if kind in KEY_USES]
    for finding in (
        *mass_reads(reads, limit=READS_MAX, window=WINDOW),
        *uses_out_of_hours(keys, hours=HOURS, zone=None),
    ):
        open_incident(session, finding, known_at=at, at=at)


def _uses(session: Session, *, since: datetime) -> Iterator[tuple[str, Use]]:
    """Lines of the window in their order; older ones are not even read."""
    newest_first = select(LEDGER.c.body).order_by(LEDGER.c.number.desc()).execution_options(yield_per=500)
    found: list[tuple[str, Use]] = []
    # a server keeps a result open until it is read to its end
    with closing(session.scalars(newest_first)) as bodies:
        for line in map(json.loads, bodies):
            when = datetime.fromisoformat(line["time"])
            if when < since:
                break
            if line["kind"] in READS | KEY_USES:
                tenant = line.get("tenant", "all")
                found.append((line["kind"], Use(tenant=tenant, station="central", who=_who(line), at=when)))
    return reversed(found)


def _who(line: dict[str, Any]) -> str:
    """The user id, which some lines have by itself and some as the one by whom it was."""
    uid = line["uid"] if "uid" in line else str(line.get("by", "unknown")).removeprefix("uid:")
    return f"uid {uid}"
