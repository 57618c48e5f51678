"""The command `smilius helper check`."""

import argparse
import asyncio

from provisioning.verb import EXIT_FAILED, Verbs


def add_helper(verbs: Verbs) -> None:
    """Add the command to its parser."""
    helper = verbs.add_parser("helper", help="a vendor's helper").add_subparsers(dest="helper_verb", required=True)
    check = helper.add_parser(
        "check",
        help="put a vendor's helper through its protocol and the drivers' contract",
        description="Starts the helper again and again, and says a line for every promise of docs/vendor-helper.md. "
        "Lay a finger on the sensor and keep it there, or lift it and lay it down again where the sensor wants that. "
        "No print is stored. Exit code 0: every promise was kept; 1: one was not; 2: the helper cannot be started.",
    )
    check.add_argument("command", nargs="+", metavar="COMMAND", help="the helper and its arguments, behind `--`")
    check.add_argument("--json", action="store_true", help="print one JSON object a line")
    check.add_argument("--may-write-files", action="store_true", help="let it write files, as the option of that name")
    check.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from agent.private_memory import keep_memory_private
    from provisioning.helper.check import check, options_of

    # prints pass through here
    keep_memory_private()
    options = options_of(arguments.command, may_write_files=arguments.may_write_files)
    return 0 if asyncio.run(check(options, as_json=arguments.json, say=print)) else EXIT_FAILED
