"""The command `smilius backup`."""

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
