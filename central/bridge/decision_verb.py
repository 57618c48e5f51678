"""`smilius-central desk` and `settle`: where a person says what MIGRIS decided."""

import argparse
import asyncio
import re
from typing import Any

from agent.clock import SystemClock
from agent.logs import configure
from central.errors import RequestInvalid
from central.migris.handoff.acknowledgement import REFERENCE_PATTERN
from central.migris.refusal import PARTS, Refusal, cause_of
from central.paths import Paths

_REFERENCE = re.compile(REFERENCE_PATTERN)


def add_decisions(verbs: "argparse._SubParsersAction[Any]") -> tuple[argparse.ArgumentParser, ...]:
    """The verbs; the caller adds what all verbs have."""
    desk = verbs.add_parser("desk", help="run the page on which a clerk decides on parcels of the hand-off")
    desk.add_argument("--port", type=int, default=8845, help="loopback port of the page")
    settle = verbs.add_parser("settle", help="say what MIGRIS decided on a parcel that it cannot be asked about")
    settle.add_argument("--tenant", required=True, help="whose parcel")
    settle.add_argument("--parcel", required=True, help="its id")
    decision = settle.add_mutually_exclusive_group(required=True)
    decision.add_argument("--accepted", metavar="REFERENCE", help="MIGRIS has it, under this reference")
    decision.add_argument("--rejected", choices=[one.value for one in Refusal], help="MIGRIS refuses it, and why")
    settle.add_argument("--part", choices=PARTS, help="the finger or the face that it refuses")
    return desk, settle


def run_desk(arguments: argparse.Namespace) -> int:
    """Serve until told to stop. :raises: CentralError."""
    from central.bridge.desk import serve_desk

    configure("smilius-desk")
    return asyncio.run(serve_desk(Paths(arguments.root.resolve()), port=arguments.port))


def run_settle(arguments: argparse.Namespace) -> int:
    """Write the decision down. :raises: CentralError."""
    from central.bridge.frames import Delivered
    from central.bridge.held import settle

    if arguments.accepted is None:
        cause = cause_of(arguments.rejected, arguments.part)
        delivered = Delivered(number=0, result="rejected", cause=cause)
    elif _REFERENCE.fullmatch(arguments.accepted):
        delivered = Delivered(number=0, result="accepted", reference=arguments.accepted)
    else:
        raise RequestInvalid("That is no reference of MIGRIS's.")
    place = (arguments.tenant, arguments.parcel)
    settle(Paths(arguments.root.resolve()), place, delivered=delivered, clock=SystemClock())
    return 0
