"""The commands `smilius ledger verify` and `smilius ledger export`."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from provisioning.verb import EXIT_FAILED, Verbs, add_root


def add_ledger(verbs: Verbs) -> None:
    """Add the command to its parser."""
    ledger = verbs.add_parser("ledger", help="what was done here, by whom").add_subparsers(
        dest="ledger_verb", required=True
    )
    verify = ledger.add_parser(
        "verify",
        help="whether the ledgers hold",
        description="Walks the ledgers of station and courier, and compares them with the heads that central has "
        "receipted and central's receipts with each other. The daemons may run meanwhile. Exit code 0: everything "
        "holds; 1: something does not; 2: there is no ledger that can be read.",
    )
    verify.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
    add_root(verify)
    verify.set_defaults(run=_verify)
    export = ledger.add_parser(
        "export",
        help="write the ledgers into a file that proves itself",
        description="Writes the lines, the heads that central was told, its receipts and the public keys as JSON "
        "Lines, signed by the station: docs/ledger-export.md, and image-build/read_ledger_export.py checks it without "
        "this software. The daemons may run meanwhile. Exit code 0: written; 1: written, and a ledger does not hold; "
        "2: nothing was written.",
    )
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="where; it must not be there yet")
    export.add_argument("--since", type=_moment, metavar="DAY", help="from this day or RFC 3339 moment on")
    export.add_argument("--until", type=_moment, metavar="DAY", help="up to before this day or moment")
    add_root(export)
    export.set_defaults(run=_export)


def _verify(arguments: argparse.Namespace) -> int:
    from provisioning.ledger.verify import verify_ledgers

    report = verify_ledgers(arguments.root.resolve())
    print(json.dumps(report.fields(), sort_keys=True) if arguments.json else "\n".join(report.sentences()))
    return 0 if report.holds else EXIT_FAILED


def _moment(text: str) -> datetime:
    """A day begins at midnight UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day such as 2026-11-22, or an RFC 3339 moment, is wanted") from None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _export(arguments: argparse.Namespace) -> int:
    from provisioning.ledger.export import Period, export_ledgers

    period = Period(since=arguments.since, until=arguments.until)
    exported = export_ledgers(arguments.root.resolve(), arguments.out, period=period)
    for name, lines in exported.lines.items():
        broken = exported.broken.get(name)
        print(f"{name}: {lines} lines" + ("." if broken is None else f", BROKEN at line {broken}."))
    return EXIT_FAILED if exported.broken else 0
