"""`smilius`: the technician's command."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from provisioning.errors import InputRefused, ProvisioningError

EXIT_FAILED = 1
EXIT_REFUSED = 2


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="smilius", description="The technician's command of a Smilius station.")
    verbs = top.add_subparsers(dest="verb", required=True)
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
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    from provisioning.demo.demo import run_demo
    from provisioning.demo.request import read_request

    arguments = parser().parse_args(argv)
    try:
        return asyncio.run(run_demo(read_request(arguments)))
    except InputRefused as error:
        print(f"smilius: {error.sentence}", file=sys.stderr)
        return EXIT_REFUSED
    except ProvisioningError as error:
        print(f"smilius: {error.sentence}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("smilius: interrupted", file=sys.stderr)
        return EXIT_FAILED
