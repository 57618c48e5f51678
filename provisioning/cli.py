"""`smilius`: the technician's command."""

import argparse
import asyncio
import io
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from provisioning.errors import InputRefused, ProvisioningError
from provisioning.tap.cli import add_tap, run_tap

EXIT_FAILED = 1
EXIT_REFUSED = 2


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="smilius", description="The technician's command of a Smilius station.")
    verbs = top.add_subparsers(dest="verb", required=True)
    demo = verbs.add_parser(
        "demo",
        help="run one whole enrolment on this machine: station, courier, broker, central, MIGRIS simulator",
        description="Runs one whole enrolment and checks every promise. Exit code 0: all held; 1: one did not; "
        "2: the input was refused, and nothing was left behind.",
    )
    demo.add_argument("--photo", type=Path, metavar="FILE", help="the client's photograph (default: a simulated scene)")
    demo.add_argument(
        "--finger",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a recorded print at 500 ppi, such as right-index=FILE (default: simulated fingers); may be repeated",
    )
    demo.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="NAME=REASON",
        help="a finger that cannot be given, such as left-index=amputated; may be repeated",
    )
    demo.add_argument("--application", metavar="NO", default="MIG-2026-000101", help="the application's number")
    demo.add_argument("--out", type=Path, metavar="DIR", help="where timeline, report and what MIGRIS received go")
    demo.add_argument("--keep", action="store_true", help="put the state folders station/ and central/ there too")
    claim = verbs.add_parser("claim", help="become a station").add_subparsers(dest="claim_verb", required=True)
    request = claim.add_parser("request", help="make the station's keys and write the request for headquarters")
    request.add_argument("--tenant", metavar="NAME", required=True, help="whose station it will be")
    request.add_argument("--station", metavar="NAME", required=True, help="which station it will be")
    request.add_argument("--request", type=Path, metavar="FILE", required=True, help="where the request goes")
    answer = claim.add_parser("answer", help="take headquarters' answer to the request")
    answer.add_argument("--answer", type=Path, metavar="FILE", required=True, help="what headquarters answered")
    quality = verbs.add_parser("quality", help="rate pictures in files").add_subparsers(dest="judge", required=True)
    finger = quality.add_parser("finger", help="rate prints at 500 ppi as they are; not NFIQ 2 and not certified")
    finger.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a print: ridges dark, eight bits")
    finger.add_argument("--json", action="store_true", help="print one JSON object a line, with every measure")
    finger.add_argument("--explain", type=Path, metavar="DIR", help="write a picture for each that explains its score")
    face = quality.add_parser(
        "face", help="examine portraits: faces, every gate with value and limit, what to do better"
    )
    face.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a photograph of one person, in colour")
    face.add_argument("--json", action="store_true", help="print one JSON object a line")
    face.add_argument(
        "--explain", type=Path, metavar="DIR", help="write a picture for each that shows what was measured"
    )
    light = quality.add_parser(
        "light", help="check the light at the seat before anybody sits there, and say what to do"
    )
    light.add_argument("files", type=Path, nargs="+", metavar="FILE", help="the empty chair before its wall, in colour")
    light.add_argument("--json", action="store_true", help="print one JSON object a line")
    light.add_argument(
        "--card", action="store_true", help="the picture shows a white or grey card that fills its middle"
    )
    _add_helper(verbs)
    add_tap(verbs)
    for verb in (request, answer, _devices_verb(verbs)):
        verb.add_argument("--root", type=Path, default=Path("/"), help="move every path below this folder")
    return top


def _add_helper(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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


def _devices_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
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
    return devices


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    arguments = parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal that lacks a character shows another one for it
            stream.reconfigure(errors="replace")
    try:
        verbs = {
            "demo": _demo,
            "claim": _claim,
            "quality": _quality,
            "helper": _helper,
            "tap": run_tap,
            "devices": _devices,
        }
        return verbs[arguments.verb](arguments)
    except InputRefused as error:
        print(f"smilius: {error.sentence}", file=sys.stderr)
        return EXIT_REFUSED
    except ProvisioningError as error:
        print(f"smilius: {error.sentence}", file=sys.stderr)
        return EXIT_FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("smilius: interrupted; everything that was started has ended", file=sys.stderr)
        return EXIT_FAILED


def _demo(arguments: argparse.Namespace) -> int:
    from provisioning.demo.demo import run_demo
    from provisioning.demo.request import read_request

    return asyncio.run(run_demo(read_request(arguments)))


def _claim(arguments: argparse.Namespace) -> int:
    from provisioning.claim import take_answer, write_request

    if arguments.claim_verb == "answer":
        take_answer(arguments.root, arguments.answer)
    else:
        write_request(arguments.root, tenant=arguments.tenant, station=arguments.station, file=arguments.request)
    return 0


def _helper(arguments: argparse.Namespace) -> int:
    from agent.private_memory import keep_memory_private
    from provisioning.helper.check import check, options_of

    # prints pass through here
    keep_memory_private()
    options = options_of(arguments.command, may_write_files=arguments.may_write_files)
    return 0 if asyncio.run(check(options, as_json=arguments.json, say=print)) else EXIT_FAILED


def _quality(arguments: argparse.Namespace) -> int:
    from provisioning.quality.face import examine_files
    from provisioning.quality.files import Telling
    from provisioning.quality.finger import rate
    from provisioning.quality.light import check_files

    if arguments.judge == "light":
        read = check_files(arguments.files, Telling(print, arguments.json), of_card=arguments.card)
    else:
        judged = {"face": examine_files, "finger": rate}[arguments.judge]
        read = judged(arguments.files, Telling(print, arguments.json, arguments.explain))
    return 0 if read else EXIT_REFUSED


def _devices(arguments: argparse.Namespace) -> int:
    from provisioning.devices.devices import rules, show_devices

    if arguments.rules:
        print(rules(), end="")
        return 0
    # who watches over a pipe wants each line when it is said
    say = partial(print, flush=True)
    whole = show_devices(arguments.root.resolve(), as_json=arguments.json, watching=arguments.watch, say=say)
    return 0 if whole else EXIT_FAILED
