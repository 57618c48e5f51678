"""`smilius-fleet`: headquarters' command for its stations. It works on headquarters' folder, beside the bridge."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agent.clock import SystemClock
from agent.private_memory import keep_memory_private
from central.errors import CentralError
from central.fleet.configuration_cli import add_configuration, run_configuration
from central.fleet.operator_cli import add_operator, run_operator
from central.fleet.sight import one_of, sighted
from central.fleet.table import fleet_table, station_page
from central.fleet.watch import watch
from central.paths import Paths
from vault.envelope import VaultError

EXIT_FAILED = 1
EXIT_REFUSED = 2

_WIDTH_PLAIN = 200
"""Columns where the output is no terminal: a table is read by machines there, and not folded."""


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="smilius-fleet", description="Headquarters' view of its stations.")
    verbs = top.add_subparsers(dest="verb", required=True)
    listed = verbs.add_parser("ls", help="list every enrolled station: whether it is there, what waits, what is wrong")
    show = verbs.add_parser("show", help="show all that is known of one station")
    show.add_argument("station", metavar="STATION", help="which station, or TENANT/STATION")
    watched = verbs.add_parser("watch", help="show the list live, until Ctrl-C")
    for verb in (listed, show):
        verb.add_argument("--json", action="store_true", help="one JSON object a station")
    configuration = add_configuration(verbs)
    operator = add_operator(verbs)
    for verb in (listed, show, watched, *configuration, *operator):
        verb.add_argument("--root", type=Path, required=True, help="headquarters' folder")
    return top


def _ls(arguments: argparse.Namespace) -> int:
    sights = sighted(_paths(arguments))
    if arguments.json:
        for one in sights:
            print(json.dumps(one.view()))
    else:
        _console().print(fleet_table(sights, at=SystemClock().now()))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    one = one_of(sighted(_paths(arguments)), arguments.station)
    if arguments.json:
        print(json.dumps(one.view()))
    else:
        _console().print(station_page(one, at=SystemClock().now()))
    return 0


def _watch(arguments: argparse.Namespace) -> int:
    paths, clock = _paths(arguments), SystemClock()
    watch(lambda: fleet_table(sighted(paths), at=clock.now()), _console())
    return 0


def _paths(arguments: argparse.Namespace) -> Paths:
    return Paths(arguments.root.resolve())


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDTH_PLAIN, highlight=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0 well, 1 failed, 2 refused."""
    arguments = parser().parse_args(argv)
    if argv is None:
        keep_memory_private()
    verbs = {"ls": _ls, "show": _show, "watch": _watch, "config": run_configuration, "operator": run_operator}
    try:
        return verbs[arguments.verb](arguments)
    except CentralError as error:
        print(f"smilius-fleet: {error.sentence}", file=sys.stderr)
        return EXIT_REFUSED
    except VaultError as error:
        print(f"smilius-fleet: {error.sentence}", file=sys.stderr)
        return EXIT_FAILED
