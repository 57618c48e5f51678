"""The commands `smilius retention`."""

import argparse
import json
from datetime import date

from provisioning.verb import EXIT_FAILED, Verbs, add_root

REASON_CHARACTERS_MIN, REASON_CHARACTERS_MAX = 3, 200


def add_retention(verbs: Verbs) -> None:
    """Add the commands to their parser."""
    retention = verbs.add_parser("retention", help="what is kept for how long, and what a person holds")
    own = retention.add_subparsers(dest="retention_verb", required=True)
    run = own.add_parser(
        "run",
        help="delete what has been kept for long enough",
        description="Has station and courier, which must run, delete the records whose time is over; they do so by "
        "themselves four times a day. Says how many of each class, never whose. Exit code 0: done; 1: nothing was "
        "deleted in one of them, and why; 2: refused.",
    )
    run.add_argument("--dry-run", action="store_true", help="only say what would go, and what waits or is held")
    run.set_defaults(run=_run)
    hold = own.add_parser("hold", help="keep the records of one visit, or of all, whatever their age")
    which = hold.add_mutually_exclusive_group(required=True)
    which.add_argument("--parcel", metavar="ID", help="the visit's parcel, as the operator's page names it")
    which.add_argument("--all", action="store_true", help="everything that this station keeps")
    hold.add_argument("--until", type=_day, metavar="YYYY-MM-DD", required=True, help="the last day (UTC)")
    hold.set_defaults(run=_hold)
    holds = own.add_parser("holds", help="list the holds that stand")
    holds.set_defaults(run=_holds)
    lift = own.add_parser("lift", help="end a hold that was set at this station")
    lift.add_argument("--hold", type=_number, metavar="N", required=True, help="its number")
    lift.set_defaults(run=_lift)
    for verb in (hold, lift):
        verb.add_argument(
            "--reason", type=_reason, required=True, help="why: a case's number and no name, it stays in the ledger"
        )
    for verb in (run, holds):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line instead of sentences")
    for verb in (run, hold, holds, lift):
        add_root(verb)


def _run(arguments: argparse.Namespace) -> int:
    from provisioning.retention.report import sentences
    from provisioning.retention.retention import sweep

    swept = sweep(arguments.root.resolve(), dry=arguments.dry_run)
    for one in swept:
        print(json.dumps(one.fields()) if arguments.json else "\n".join(sentences(one)))
    return EXIT_FAILED if any(one.stopped for one in swept) else 0


def _hold(arguments: argparse.Namespace) -> int:
    from provisioning.retention.retention import hold

    number = hold(arguments.root.resolve(), arguments.parcel, reason=arguments.reason, until=arguments.until)
    print(f"Hold {number} stands until the end of {arguments.until}.")
    return 0


def _holds(arguments: argparse.Namespace) -> int:
    from provisioning.retention.report import hold_sentence
    from provisioning.retention.retention import holds

    for one in holds(arguments.root.resolve()):
        print(json.dumps(one) if arguments.json else hold_sentence(one))
    return 0


def _lift(arguments: argparse.Namespace) -> int:
    from provisioning.retention.retention import lift

    lift(arguments.root.resolve(), arguments.hold, reason=arguments.reason)
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written as 2027-12-31") from None


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError("a hold has a number")
    return int(text)


def _reason(text: str) -> str:
    said = text.strip()
    if not REASON_CHARACTERS_MIN <= len(said) <= REASON_CHARACTERS_MAX or not said.isprintable():
        raise argparse.ArgumentTypeError("a reason is one line of 3 to 200 characters")
    return said
