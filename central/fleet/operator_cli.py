"""`smilius-fleet operator`: its command line."""

import argparse
import re
from typing import TYPE_CHECKING

from agent.clock import SystemClock
from central.bridge.retention_verb import reason
from central.fleet.operator import create, listed, move, revoke
from central.fleet.sight import one_of, sighted
from central.paths import Paths

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse gives it no public name)

_OPERATOR = re.compile(r"[A-Za-z0-9._-]{1,40}")


def add_operator(verbs: "Verbs") -> tuple[argparse.ArgumentParser, ...]:
    """The verb's own verbs."""
    top = verbs.add_parser("operator", help="who may work at which station")
    steps = top.add_subparsers(dest="operator_verb", required=True)
    made = steps.add_parser("create", help="give an operator an account at a station; nobody else may work there then")
    moved = steps.add_parser("move", help="have an operator work at another station of the same tenant, and only there")
    ended = steps.add_parser("revoke", help="end an operator's access, for good")
    shown = steps.add_parser("list", help="list all accounts, one JSON object each, and whether stations have heard")
    for verb in (made, moved, ended):
        verb.add_argument("operator", metavar="OPERATOR", type=_operator, help="the account's id, as visits name it")
    for verb in (made, moved):
        verb.add_argument("station", metavar="STATION", help="which station, or TENANT/STATION")
    ended.add_argument("--tenant", required=True, help="whose operator")
    ended.add_argument("--reason", type=reason, required=True, help="why; it stays in the ledger")
    return made, moved, ended, shown


def run_operator(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    paths, at = Paths(arguments.root.resolve()), SystemClock().now()
    match arguments.operator_verb:
        case "create":
            create(paths, arguments.operator, place=_place(paths, arguments.station), at=at)
        case "move":
            move(paths, arguments.operator, place=_place(paths, arguments.station), at=at)
        case "revoke":
            revoke(paths, arguments.operator, tenant=arguments.tenant, reason=arguments.reason, at=at)
        case _:
            for line in listed(paths):
                print(line)
    return 0


def _place(paths: Paths, name: str) -> tuple[str, str]:
    found = one_of(sighted(paths), name)
    return found.tenant, found.station


def _operator(text: str) -> str:
    if not _OPERATOR.fullmatch(text):
        raise argparse.ArgumentTypeError("up to 40 letters, digits, dots, dashes and underscores")
    return text
