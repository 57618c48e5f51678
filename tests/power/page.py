"""`python -m tests.power.page RECORD PAGE`: the page of what a nightly run came to, out of its records."""

import json
import os
import platform
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HEAD = """# Kills and power cuts

<!-- Made by `make nightly` (tests/power/page.py); not edited by hand. -->

Every durable step of a parcel's way is found by watching the C library's calls of one undisturbed run
(tests/power/mortal.c): files made, written, cut, synced, renamed and unlinked, by Python and by SQLite, and bytes sent
to the broker, to MIGRIS and to the process next door. Then one process is killed before a step, in it (a part of the
bytes is written or sent) or after it, is started again as systemd would, and the end must be the same: the parcel
decided and receipted over its sealed digest, in MIGRIS as often as undisturbed (once; a parcel that central itself
refuses: never), wiped with a verified tombstone, and neither its file nor its bytes nor its key in any of the courier's
files.

For power cuts the state of the station lies on a file system (tests/power/disk.py) that forgets what was not synced.
Everything that runs on it dies at the operation; what is kept of the rest differs: *nothing*; *names*, a first part of
the folders' changes; *torn*, some sectors of 512 or 4096 bytes of un-synced writes; both. A parcel whose delivery had
returned must arrive; one whose delivery had not may be gone, and then nothing of it is left.

*enrolment* is accepted. *rejected* is for an application that MIGRIS has closed. *handover* is a parcel sealed as one:
visits with handover and a package for them do not exist yet, so central's own check refuses it. *visit* is a whole
visit at the station, in which the station or the visit worker is killed.
"""
_FOOT = """
A rename, an unlink and a sync are one piece to the kernel: there is no kill *in* them, and cuts take their part. Modes
and owners of files count as durable at once. In cuts the courier runs on the disk, and the test delivers in a visit
worker's place; station and worker are killed and not cut. Headquarters' disks are not on this layer.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario's results."""

    scenario: str
    """`kill-...` or `cut-...`."""
    seed: str
    """Of the run."""
    rows: tuple[dict[str, Any], ...]
    """What the record has."""

    @classmethod
    def read(cls, file: Path) -> "Run":
        """From a record."""
        scenario, seed, _ = file.name.split(".")
        return cls(scenario, seed, tuple(json.loads(line) for line in file.read_text().splitlines()))

    @property
    def carried_out(self) -> list[dict[str, Any]]:
        """Those that fell on a step."""
        return [row for row in self.rows if row["step"]]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Those after which something was not as it must be."""
        return [row for row in self.rows if row["failure"]]


def page(runs: Sequence[Run]) -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_summary(runs), "", *_table(runs), "", *_places(runs), *_failures(runs), _FOOT])


def _summary(runs: Sequence[Run]) -> list[str]:
    kills, cuts = (
        sum(len(run.carried_out) for run in runs if run.scenario.startswith(sort)) for sort in ("kill", "cut")
    )
    states = sorted({state for run in runs for row in run.rows for state in row["states"]})
    seconds = sum(row["seconds"] for run in runs for row in run.rows)
    seeds = sorted({run.seed for run in runs})
    memory_gib, system = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, platform.release()
    return [
        f"* kills: {kills}; cuts: {cuts}; failures: {sum(len(run.failures) for run in runs)}",
        f"* states reached: {', '.join(states)}",
        f"* seed {', '.join(seeds)}; again: `make nightly SEED={seeds[0] if seeds else 1}`",
        f"* machine: {os.cpu_count()} processors ({platform.machine()}), {memory_gib:.0f} GiB, Linux {system}",
        f"* the kills and cuts took {seconds / 60:.0f} minutes of process time one after the other, with new lives",
    ]


def _table(runs: Sequence[Run]) -> list[str]:
    lines = [
        "| scenario | tried | fell on a step | different steps | failures | median s |",
        "|---|---|---|---|---|---|",
    ]
    for run in runs:
        times = sorted(row["seconds"] for row in run.rows) or [0.0]
        steps = {row["step"] for row in run.carried_out}
        lines.append(
            f"| {run.scenario} | {len(run.rows)} | {len(run.carried_out)} | {len(steps)} | {len(run.failures)} "
            f"| {times[len(times) // 2]:.1f} |"
        )
    return lines


def _places(runs: Sequence[Run]) -> list[str]:
    """Where kills and cuts fell: a kill's name says who and when, a cut's what was kept."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for run in runs:
        for row in run.carried_out:
            parts = row["name"].split("/")
            who, when = (parts[1], parts[3]) if run.scenario.startswith("kill") else ("power", parts[2])
            counted[who, when, row["step"]] += 1
    lines = ["| who | when, or what is kept | step | times |", "|---|---|---|---|"]
    return [*lines, *(f"| {who} | {when} | {step} | {times} |" for (who, when, step), times in sorted(counted.items()))]


def _failures(runs: Sequence[Run]) -> list[str]:
    failed = [f"* `{row['name']}` at *{row['step']}*: {row['failure']}" for run in runs for row in run.failures]
    return ["", "## Failures", "", *failed] if failed else []


def main() -> None:
    """Write it."""
    record, target = (Path(argument) for argument in sys.argv[1:])
    target.write_text(page([Run.read(file) for file in sorted(record.glob("*.jsonl"))]), encoding="utf-8")


if __name__ == "__main__":
    main()
