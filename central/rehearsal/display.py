"""What a person sees of a rehearsal: one table while it runs, and the report's at its end."""

from collections.abc import Mapping

from rich.table import Table

from agent.wire import Stage
from central.rehearsal.rehearsal import Progress
from central.rehearsal.report import Report
from central.rehearsal.tally import PERCENTILES, percentiles_ms

_MEANING = {
    "connect": "attempt to online",
    "bill_to_need": "bill to its answer",
    "parcel_to_stored": "seal to safe at central",
    "parcel_to_decided": "seal to MIGRIS's decision heard",
    "receipt": "decision to receipt heard",
}


def live(progress: Progress) -> Table:
    """How it stands."""
    score = progress.score
    stages = list(score.settled.values())
    title = f"{progress.phase}, {progress.elapsed_s:.0f} of {progress.plan.duration_s:.0f} s"
    table = _times(title, {name: percentiles_ms(values) for name, values in score.times_ms.items()})
    table.caption = (
        f"online {score.online} of {progress.plan.stations} · sealed {len(score.sealed)} · "
        f"accepted {stages.count(Stage.ACCEPTED)} · rejected {stages.count(Stage.REJECTED)} · open {score.open} · "
        f"cuts {score.counts['cuts']} · kills {score.counts['kills']} · duplicates {score.counts['duplicates']} · "
        f"receipts lost {score.counts['receipts_lost']}"
    )
    return table


def final(report: Report) -> Table:
    """What it came to."""
    title = (
        f"{report.plan.stations} stations, {report.sealed} parcels: {report.accepted} accepted, "
        f"{report.rejected} rejected, {report.unsettled} unsettled, {len(report.lost)} lost, "
        f"{len(report.duplicated)} duplicated"
    )
    table = _times(title, report.times_ms)
    counts = " · ".join(f"{name.replace('_', ' ')} {count}" for name, count in report.counts.items())
    table.caption = f"connects {report.connects}, at most {report.connects_peak} a second · {counts}"
    return table


def _times(title: str, times_ms: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table(title=title)
    table.add_column("ms")
    for percent in PERCENTILES:
        table.add_column(f"p{percent}", justify="right")
    for name, meaning in _MEANING.items():
        found = times_ms.get(name, {})
        table.add_row(meaning, *(f"{found[f'p{percent}']:.0f}" if found else "-" for percent in PERCENTILES))
    return table
