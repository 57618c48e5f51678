"""The audit of a rehearsal: what was sealed, compared with the ledger and with what the simulated MIGRIS has.

*Lost* is a parcel that its station has let go of and that is not in the ledger in that stage, or that was accepted and
is not at MIGRIS. *Duplicated* is a parcel that MIGRIS has more than once, whatever it came under.
"""

from collections import Counter
from collections.abc import Mapping, Set
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from agent.wire import Stage
from capture.records.package import unpack
from central.bridge.beside import opened_beside
from central.bridge.tables import ParcelRow
from central.migris.simulator.store import MigrisStore
from central.paths import Paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the parcels of a rehearsal."""

    lost: tuple[str, ...]
    """Parcels that are nowhere."""
    duplicated: tuple[str, ...]
    """Parcels that MIGRIS has twice."""


def audit(paths: Paths, tenant: str, *, sealed: Set[str], settled: Mapping[str, Stage]) -> Verdict:
    """Look in both databases; other processes may go on meanwhile.

    :param settled: how each parcel ended whose station has nothing of it any more.
    :raises: SetUpError, CentralError when the bridge's database does not answer.
    """
    with opened_beside(paths) as session:
        rows = session.execute(select(ParcelRow.parcel, ParcelRow.stage).where(ParcelRow.tenant == tenant))
        ledger: dict[str, str] = {row.parcel: row.stage for row in rows}
    there = _at_migris(paths, sealed=sealed)
    lost = [
        parcel
        for parcel, stage in sorted(settled.items())
        if ledger.get(parcel) != stage or (stage is Stage.ACCEPTED and not there[parcel])
    ]
    twice = [parcel for parcel, times in sorted(there.items()) if times > 1]
    return Verdict(lost=tuple(lost), duplicated=tuple(twice))


def _at_migris(paths: Paths, *, sealed: Set[str]) -> Counter[str]:
    """How often MIGRIS accepted a package that says that it is this parcel's, whatever key it came under."""
    found: Counter[str] = Counter()
    with closing(MigrisStore(paths.migris_database)) as store:
        for package in store.accepted_packages():
            parcel = unpack(package).manifest.parcel
            if parcel in sealed:
                found[parcel] += 1
    return found
