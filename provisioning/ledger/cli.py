"""The command `smilius ledger verify`."""

import argparse
import json

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


def _verify(arguments: argparse.Namespace) -> int:
    from provisioning.ledger.verify import verify_ledgers

    report = verify_ledgers(arguments.root.resolve())
    print(json.dumps(report.fields(), sort_keys=True) if arguments.json else "\n".join(report.sentences()))
    return 0 if report.holds else EXIT_FAILED
