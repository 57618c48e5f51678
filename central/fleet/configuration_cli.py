"""`smilius-fleet config`: its command line."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from agent.clock import SystemClock
from central.fleet.configuration import DAYS_MAX, Terms, history, newest, set_configuration
from central.fleet.sight import one_of, sighted
from central.paths import Paths

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse gives it no public name)


def add_configuration(verbs: "Verbs") -> tuple[argparse.ArgumentParser, ...]:
    """The verb's own verbs."""
    top = verbs.add_parser("config", help="what headquarters sets of a station's configuration")
    steps = top.add_subparsers(dest="config_verb", required=True)
    given = steps.add_parser("set", help="have a station run with what is in a file, in place of all that was set")
    show = steps.add_parser("show", help="show what a station is to run with, and what became of it")
    before = steps.add_parser("history", help="list all that was set for a station, newest first, one JSON object each")
    for verb in (given, show, before):
        verb.add_argument(
            "station", metavar="STATION", help="which station; TENANT/STATION where its name is not enough"
        )
    given.add_argument("file", metavar="FILE", type=Path, help="TOML, with the keys that headquarters may set")
    given.add_argument("--days", type=_days, default=30, help="so long it waits for its station")
    given.add_argument(
        "--revert-after-s",
        type=_seconds,
        default=300,
        metavar="SECONDS",
        help="if the link is not back so long after the change, the station goes back to what it had",
    )
    return given, show, before


def run_configuration(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    paths = Paths(arguments.root.resolve())
    station = one_of(sighted(paths), arguments.station)
    place = (station.tenant, station.station)
    match arguments.config_verb:
        case "set":
            terms = Terms(days=arguments.days, revert_after_s=arguments.revert_after_s)
            lines = [str(set_configuration(paths, place, file=arguments.file, terms=terms, at=SystemClock().now()))]
        case "show":
            layer, became = newest(paths, place)
            lines = [f"# {became}", layer.rstrip("\n")]
        case _:
            lines = history(paths, place)
    for line in lines:
        print(line)
    return 0


def _days(text: str) -> int:
    return _within(text, 1, most=DAYS_MAX)


def _seconds(text: str) -> int:
    return _within(text, 10, most=3600)


def _within(text: str, least: int, *, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"a number from {least} to {most}")
    return int(text)
