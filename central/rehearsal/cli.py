"""`smilius-central simulate`: a fleet that is not there, against the broker and the bridge of a folder."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from central.errors import RehearsalRefused
from central.paths import Paths, write_whole

STATIONS_A_PROCESS = 1000
"""Stations that one process holds easily."""


def add_simulate(verbs: "argparse._SubParsersAction[Any]") -> Sequence[argparse.ArgumentParser]:
    """The verb; whoever calls gives it `--root`."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "simulate", help="rehearse with simulated stations; broker, bridge and the MIGRIS simulator run meanwhile"
    )
    verb.add_argument("--tenant", required=True, help="whose stations they are: a tenant without real ones")
    verb.add_argument("--stations", type=int, required=True, help="how many stations")
    verb.add_argument("--rate", type=float, default=1.0, help="parcels a second of all stations together")
    verb.add_argument(
        "--faults",
        default="",
        help="what befalls them, such as cut=0.5,kill=0.2,duplicate=0.1,lost=0.1,slow=0.1,refused=0.05: cut and kill a "
        "minute and station, the others as shares",
    )
    verb.add_argument("--for", dest="seconds", type=float, required=True, help="seconds from when all are online")
    verb.add_argument("--settle", type=float, default=300.0, help="seconds at the most until everything is settled")
    verb.add_argument("--retry-max", type=float, default=300.0, help="a station's longest pause between two attempts")
    verb.add_argument("--processes", type=int, help="processes that hold them; one for a thousand where left out")
    verb.add_argument("--report", type=Path, help="where the report goes, as JSON")
    return (verb,)


def run_simulate(arguments: argparse.Namespace) -> int:
    """0 when nothing was lost, nothing came twice and everything was settled, else 1. :raises: CentralError."""
    # here, because no other verb needs pictures, and numpy with them
    from pydantic import ValidationError
    from rich.console import Console
    from rich.live import Live

    from central.rehearsal.display import final, live
    from central.rehearsal.plan import Plan, read_faults
    from central.rehearsal.rehearsal import rehearse

    try:
        plan = Plan(
            tenant=arguments.tenant,
            stations=arguments.stations,
            processes=arguments.processes or max(1, -(-arguments.stations // STATIONS_A_PROCESS)),
            rate=arguments.rate,
            faults=read_faults(arguments.faults),
            duration_s=arguments.seconds,
            settle_s=arguments.settle,
            retry_max_s=arguments.retry_max,
        )
    except ValidationError as error:
        names = ", ".join(sorted({str(item["loc"][0]) for item in error.errors(include_input=False)}))
        raise RehearsalRefused(f"This is no plan for a rehearsal: {names} is out of its range.") from None
    paths, console = Paths(arguments.root.resolve()), Console()
    if arguments.report is not None and not os.access(arguments.report.absolute().parent, os.W_OK):
        raise RehearsalRefused("The report cannot be written there.")
    with Live(console=console, auto_refresh=False, transient=True) as shown:
        report = asyncio.run(rehearse(paths, plan, watch=lambda progress: shown.update(live(progress), refresh=True)))
    console.print(final(report))
    if arguments.report is not None:
        write_whole(arguments.report.absolute(), report.canonical() + b"\n")
    return 0 if report.clean else 1
