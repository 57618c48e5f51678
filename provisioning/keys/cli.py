"""The command `smilius keys move`."""

import argparse
from typing import get_args

from agent.compose.keys import Process
from agent.config.keys import HomeName
from provisioning.verb import Verbs, add_root


def add_keys(verbs: Verbs) -> None:
    """Add the command to its parser."""
    keys = verbs.add_parser("keys", help="where the station's own keys live").add_subparsers(
        dest="keys_verb", required=True
    )
    move = keys.add_parser(
        "move",
        help="lock the station's keys anew in the home that the configuration names",
        description="Locks the link's key, the pseudonyms' key, the seal key and the keys of waiting parcels anew in "
        "the home that the configuration names, and overwrites what lay in the former one. The daemons must be "
        "stopped. A cut loses nothing: run it again. A seal key can be moved neither into a TPM nor out of one. Exit "
        "code 2: it was refused.",
    )
    move.add_argument(
        "--from", dest="former", choices=get_args(HomeName), required=True, help="where the keys live now"
    )
    move.add_argument(
        "--process", choices=get_args(Process), action="append", help="whose keys; may be repeated; both without it"
    )
    add_root(move)
    move.set_defaults(run=_move)


def _move(arguments: argparse.Namespace) -> int:
    from agent.private_memory import keep_memory_private
    from provisioning.keys.move import move_keys

    keep_memory_private()
    processes = arguments.process or list(get_args(Process))
    for sentence in move_keys(arguments.root.resolve(), former=arguments.former, processes=processes):
        print(sentence)
    return 0
