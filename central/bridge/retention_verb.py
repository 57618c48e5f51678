"""`smilius-central retention`: its command line."""

import argparse
from typing import TYPE_CHECKING, Any

from agent.clock import SystemClock
from central.paths import Paths
from central.settings import RETENTION_CLASSES

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse gives it no public name)

REASON_CHARACTERS_MAX = 500


def add_retention(verbs: "Verbs") -> tuple[argparse.ArgumentParser, ...]:
    """The verb's own verbs."""
    top = verbs.add_parser("retention", help="what is kept for how long, and what a person holds")
    own: Any = top.add_subparsers(dest="retention_verb", required=True)
    run_verb = own.add_parser("run", help="delete what has been kept for long enough; the bridge does so every hour")
    run_verb.add_argument("--dry-run", action="store_true", help="only print what would go, and why")
    hold_verb = own.add_parser("hold", help="keep something whatever its age, for a documented reason")
    hold_verb.add_argument("--class", dest="kind", choices=RETENTION_CLASSES, required=True, help="its class")
    hold_verb.add_argument("--item", help="what `retention run` calls it; all of the class without it")
    holds_verb = own.add_parser("holds", help="list the holds that stand")
    lift_verb = own.add_parser("lift", help="end a hold, for a documented reason")
    lift_verb.add_argument("--hold", type=int, required=True, help="its number")
    for verb in (hold_verb, lift_verb):
        verb.add_argument("--reason", type=_reason, required=True, help="why; it stays in the ledger")
    return run_verb, hold_verb, holds_verb, lift_verb


def run_retention(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    from central.bridge.retention import hold, holds, lift, run

    paths, clock = Paths(arguments.root.resolve()), SystemClock()
    match arguments.retention_verb:
        case "run":
            lines = run(paths, clock=clock, dry=arguments.dry_run)
        case "hold":
            number = hold(paths, arguments.kind, item=arguments.item, reason=arguments.reason, at=clock.now())
            lines = [str(number)]
        case "holds":
            lines = holds(paths)
        case _:
            lift(paths, arguments.hold, reason=arguments.reason, at=clock.now())
            lines = []
    for line in lines:
        print(line)  # noqa: T201 (a command's output)
    return 0


def _reason(text: str) -> str:
    if not 3 <= len(text.strip()) <= REASON_CHARACTERS_MAX or not text.isprintable():
        raise argparse.ArgumentTypeError("a reason is a sentence of at most 500 characters")
    return text.strip()
