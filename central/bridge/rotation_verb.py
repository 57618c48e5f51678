"""`smilius-central key`: its command line."""

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from agent.clock import SystemClock
from agent.wire.ident import is_place_name
from central.bridge.retention_verb import reason
from central.paths import Paths

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse gives it no public name)

DAYS_MAX = 3650
LEAD_HOURS_MAX = 24 * 90


def add_keys(verbs: "Verbs") -> tuple[argparse.ArgumentParser, ...]:
    """The verb's own verbs."""
    top = verbs.add_parser("key", help="headquarters' sealing and receipt keys, which end and are changed")
    own: Any = top.add_subparsers(dest="key_verb", required=True)
    listed = own.add_parser("list", help="list the keys, one JSON object each, with what a former one is needed by")
    rotate = own.add_parser("rotate", help="make a new key beside the old one and have every station told")
    rotate.add_argument(
        "--use", choices=("recipient", "receipt"), required=True, help="what stations seal for, or what signs receipts"
    )
    rotate.add_argument("--life-days", type=_days, default=730, help="from the new key's beginning to its end")
    rotate.add_argument("--overlap-days", type=_days, default=30, help="so long the old key counts beside it")
    rotate.add_argument(
        "--lead-hours", type=_hours, default=24.0, help="so long a receipt key is told of before it signs anything"
    )
    retire = own.add_parser("retire", help="destroy a former key, once nothing needs it any more")
    retire.add_argument("--key", required=True, help="its id")
    retire.add_argument("--reason", type=reason, required=True, help="why; it stays in the ledger")
    retire.add_argument(
        "--give-up",
        type=_place,
        action="append",
        default=[],
        metavar="TENANT/STATION",
        help="a station that never reports again: what it still holds for a sealing key is lost; may be repeated",
    )
    return listed, rotate, retire


def run_keys(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    from central.bridge.rotation import Loss, Plan, listed, retire, rotate

    paths, at = Paths(arguments.root.resolve()), SystemClock().now()
    match arguments.key_verb:
        case "list":
            lines = listed(paths, at=at)
        case "rotate":
            plan = Plan(
                life=timedelta(days=arguments.life_days),
                overlap=timedelta(days=arguments.overlap_days),
                lead=timedelta(hours=arguments.lead_hours),
            )
            lines = [rotate(paths, arguments.use, plan=plan, at=at)]
        case _:
            loss = Loss(reason=arguments.reason, stations=frozenset(arguments.give_up))
            retire(paths, arguments.key, loss=loss, at=at)
            lines = []
    for line in lines:
        print(line)  # noqa: T201 (a command's output)
    return 0


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f"a number of days from 1 to {DAYS_MAX}")
    return int(text)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours <= LEAD_HOURS_MAX:
        raise argparse.ArgumentTypeError(f"a number of hours from 0 to {LEAD_HOURS_MAX}")
    return hours


def _place(text: str) -> tuple[str, str]:
    tenant, _, station = text.partition("/")
    if not is_place_name(tenant) or not is_place_name(station):
        raise argparse.ArgumentTypeError("a station is named TENANT/STATION")
    return tenant, station
