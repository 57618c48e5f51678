"""The command `smilius demo`."""

import argparse
import asyncio
from pathlib import Path

from provisioning.verb import Verbs


def add_demo(verbs: Verbs) -> None:
    """Add the command to its parser."""
    demo = verbs.add_parser(
        "demo",
        help="run one whole enrolment on this machine: station, courier, broker, central, MIGRIS simulator",
        description="Runs one whole enrolment and checks every promise. Exit code 0: all held; 1: one did not; "
        "2: the input was refused, and nothing was left behind.",
    )
    demo.add_argument("--photo", type=Path, metavar="FILE", help="the client's photograph (default: a simulated scene)")
    demo.add_argument(
        "--finger",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a recorded print at 500 ppi, such as right-index=FILE (default: simulated fingers); may be repeated",
    )
    demo.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="NAME=REASON",
        help="a finger that cannot be given, such as left-index=amputated; may be repeated",
    )
    demo.add_argument("--application", metavar="NO", default="MIG-2026-000101", help="the application's number")
    demo.add_argument("--out", type=Path, metavar="DIR", help="where timeline, report and what MIGRIS received go")
    demo.add_argument("--keep", action="store_true", help="put the state folders station/ and central/ there too")
    demo.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from provisioning.demo.demo import run_demo
    from provisioning.demo.request import read_request

    return asyncio.run(run_demo(read_request(arguments)))
