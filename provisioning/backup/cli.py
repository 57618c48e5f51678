"""The commands `smilius backup` and `smilius restore ...`."""

import argparse
from pathlib import Path

from agent.clock import SystemClock
from provisioning.verb import Verbs, add_root


def add_backup(verbs: Verbs) -> None:
    """Add the command to its parser."""
    backup = verbs.add_parser(
        "backup",
        help="write the station's records, sealed for headquarters",
        description="Writes ledgers, tombstones, receipts, counters and configuration into one file that only "
        "headquarters can read. Never a biometric, a parcel, a key or what happened in a visit. The daemons may run "
        "meanwhile. Exit code 0: it is on the disk; 1: a ledger does not hold; 2: it cannot be made.",
    )
    backup.add_argument("--into", type=Path, metavar="FOLDER", required=True, help="where backups are kept")
    backup.add_argument("--keep", type=_count, default=12, metavar="N", help="so many of this station's stay there")
    add_root(backup)
    backup.set_defaults(run=_backup)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("a number from 1 to 1000")
    return int(text)


def _backup(arguments: argparse.Namespace) -> int:
    from provisioning.backup.backup import make_backup

    print(make_backup(arguments.root.resolve(), arguments.into, keep=arguments.keep, now=SystemClock().now()))
    return 0


def add_restore(verbs: Verbs) -> None:
    """Add the commands to their parser."""
    restore = verbs.add_parser("restore", help="become what a backup says").add_subparsers(
        dest="restore_verb", required=True
    )
    request = restore.add_parser(
        "request",
        help="ask headquarters for a backup",
        description="Writes a request that headquarters makes a restore for, of a backup of this station. Only a "
        "claimed unit that has never worked can ask. Exit code 2: it cannot.",
    )
    request.add_argument("--request", type=Path, metavar="FILE", required=True, help="where the request goes")
    request.set_defaults(run=_request)
    apply = restore.add_parser(
        "apply",
        help="take what headquarters made of the backup",
        description="Replaces databases and configuration, all of them or none; the claim stays. The station's "
        "processes may not run. Exit code 0: it is done; 2: it was refused, or the disk failed. After a cut "
        "everything is as it was or as it should be, and the same command goes on.",
    )
    apply.add_argument("--restore", type=Path, metavar="FILE", required=True, help="what headquarters made")
    apply.set_defaults(run=_apply)
    for verb in (request, apply):
        add_root(verb)


def _request(arguments: argparse.Namespace) -> int:
    from provisioning.backup.restore import write_request

    write_request(arguments.root.resolve(), arguments.request, now=SystemClock().now())
    return 0


def _apply(arguments: argparse.Namespace) -> int:
    from provisioning.backup.restore import restore
    from provisioning.backup.view import sentences

    for sentence in sentences(restore(arguments.root.resolve(), arguments.restore, now=SystemClock().now())):
        print(sentence)
    return 0
