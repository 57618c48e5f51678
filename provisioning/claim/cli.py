"""The commands `smilius claim ...`."""

import argparse
from pathlib import Path

from provisioning.verb import Verbs, add_root


def add_claim(verbs: Verbs) -> None:
    """Add the commands to their parser."""
    claim = verbs.add_parser("claim", help="become a station").add_subparsers(dest="claim_verb", required=True)
    request = claim.add_parser("request", help="make the station's keys and write the request for headquarters")
    request.add_argument("--tenant", metavar="NAME", required=True, help="whose station it will be")
    request.add_argument("--station", metavar="NAME", required=True, help="which station it will be")
    request.add_argument("--request", type=Path, metavar="FILE", required=True, help="where the request goes")
    request.set_defaults(run=_request)
    answer = claim.add_parser("answer", help="take headquarters' answer to the request")
    answer.add_argument("--answer", type=Path, metavar="FILE", required=True, help="what headquarters answered")
    answer.set_defaults(run=_answer)
    for verb in (request, answer):
        add_root(verb)


def _request(arguments: argparse.Namespace) -> int:
    from provisioning.claim.claim import write_request

    write_request(arguments.root, tenant=arguments.tenant, station=arguments.station, file=arguments.request)
    return 0


def _answer(arguments: argparse.Namespace) -> int:
    from provisioning.claim.claim import take_answer

    code = take_answer(arguments.root, arguments.answer)
    print(f"Paper code: {code}")
    print(
        "It is shown this once. Write it down and keep it in the safe: with it a technician can destroy what this unit"
    )
    print("holds, or decommission the unit, without headquarters. It serves once.")
    return 0
