"""The command `smilius devices`."""

import argparse
from functools import partial

from provisioning.verb import EXIT_FAILED, Verbs, add_root


def add_devices(verbs: Verbs) -> None:
    """Add the command to its parser."""
    devices = verbs.add_parser(
        "devices",
        help="what is plugged in, which driver would take it, what is missing for it to be used",
        description="Says what is plugged in, which driver would take it, what is missing, and how each configured "
        "device stands. Opens no device and captures nothing. Exit code 0: all that is configured is there and usable; "
        "1: something is not; 2: the configuration would not load.",
    )
    devices.add_argument("--watch", action="store_true", help="then tell every change, until interrupted")
    devices.add_argument("--json", action="store_true", help="print one JSON object, then one a change")
    devices.add_argument("--rules", action="store_true", help="print the udev rules instead, to be installed")
    add_root(devices)
    devices.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from provisioning.devices.devices import rules, show_devices

    if arguments.rules:
        print(rules(), end="")
        return 0
    # who watches over a pipe wants each line when it is said
    say = partial(print, flush=True)
    whole = show_devices(arguments.root.resolve(), as_json=arguments.json, watching=arguments.watch, say=say)
    return 0 if whole else EXIT_FAILED
