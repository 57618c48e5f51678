"""`smilius-central parcels`, `retry` and `refuse`: what waits for a person, and what he decides."""

import argparse
from pathlib import Path

from agent.clock import SystemClock
from agent.wire import Cause
from central.bridge.retention_verb import reason
from central.paths import Paths

REFUSED = "refused-by-person"
"""The cause's code in the receipt of a parcel that a person rejected."""

SENTENCE_CHARACTERS_MAX = 300


def add_held(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to their parser."""
    parcels = verbs.add_parser("parcels", help="list parcels, one JSON object each; nothing personal")
    parcels.add_argument("--held", action="store_true", help="only those that were rejected or that a person must see")
    retry = verbs.add_parser("retry", help="put a parcel that was set aside back; the bridge may run meanwhile")
    refuse = verbs.add_parser(
        "refuse", help="reject a parcel that was set aside, so that its station calls the client back"
    )
    refuse.add_argument("--part", type=_part, help="face, or the finger (right-index): what must be taken again")
    refuse.add_argument(
        "--reason", type=_sentence, required=True, help="for the station's operator, and for the ledger; no names"
    )
    for verb in (retry, refuse):
        verb.add_argument("--tenant", required=True, help="whose parcel")
        verb.add_argument("--parcel", required=True, help="its id")
    for verb in (parcels, retry, refuse):
        verb.add_argument("--root", type=Path, required=True, help="headquarters' folder")


def run_held(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    from central.bridge import held

    paths, at = Paths(arguments.root.resolve()), SystemClock().now()
    match arguments.verb:
        case "parcels":
            for line in held.parcels(paths, held=arguments.held, at=at):
                print(line)
        case "retry":
            held.retry(paths, tenant=arguments.tenant, parcel=arguments.parcel, at=at)
        case _:
            cause = Cause(part=arguments.part, code=REFUSED, sentence=arguments.reason)
            held.refuse(paths, tenant=arguments.tenant, parcel=arguments.parcel, cause=cause, at=at)
    return 0


def _part(text: str) -> str:
    from central.migris.refusal import PARTS

    if text not in PARTS:
        raise argparse.ArgumentTypeError("a part is `face` or a finger such as `right-index`")
    return text


def _sentence(text: str) -> str:
    if len(text) > SENTENCE_CHARACTERS_MAX:
        raise argparse.ArgumentTypeError("what a station is told is at most 300 characters long")
    return reason(text)
