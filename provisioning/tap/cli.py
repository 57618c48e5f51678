"""The commands `smilius tap ...`, and what they print."""

import argparse
import tomllib
from pathlib import Path
from typing import Any

from provisioning.errors import InputRefused
from provisioning.verb import EXIT_FAILED, Verbs

FRAMES_MAX = 100


def add_tap(verbs: Verbs) -> None:
    """Add the commands to their parser."""
    tap = verbs.add_parser("tap", help="record a device before a phantom, and play it again")
    below = tap.add_subparsers(dest="tap_verb", required=True)
    record = below.add_parser(
        "record",
        help="record a device",
        description="Records what goes between a driver and its device, before a declared phantom; never before a "
        "person. Exit code 0: recorded; 1: recorded, but the device failed or gave too few frames; 2: refused, and "
        "nothing was kept.",
    )
    record.add_argument("driver", metavar="DRIVER", help="futronic, uareu or v4l2")
    record.add_argument("--phantom", metavar="ID", required=True, help="what is before the device, as it was declared")
    record.add_argument("--out", type=Path, metavar="FILE", required=True, help="a new file for the recording")
    record.add_argument("--frames", type=int, metavar="N", default=1, help="how many frames, or looks at nothing")
    record.add_argument(
        "--options",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the driver, its value as in TOML; a bare word is text; may be repeated",
    )
    record.add_argument("--phantoms", type=Path, metavar="FILE", help="a register of phantoms of your own")
    show = below.add_parser("show", help="show what a recording is of, without its payloads")
    show.add_argument("file", type=Path, metavar="FILE", help="the recording")
    play = below.add_parser(
        "play",
        help="play a recording to its driver",
        description="Plays a recording to today's driver. Exit code 0: it makes of it what it made of the device; "
        "1: something else; 2: refused, or it asks for something else than was recorded.",
    )
    play.add_argument("file", type=Path, metavar="FILE", help="the recording")
    play.add_argument("--paced", action="store_true", help="take the time that the device took")
    tap.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Run one of them, and return the exit code. :raises: InputRefused."""
    match arguments.tap_verb:
        case "record":
            return 0 if _record(arguments) else EXIT_FAILED
        case "show":
            from provisioning.tap.show import show

            show(arguments.file, say=print)
            return 0
        case _:
            from provisioning.tap.play import play

            return 0 if play(arguments.file, paced=arguments.paced, say=print) else EXIT_FAILED


def _record(arguments: argparse.Namespace) -> bool:
    from agent.clock import SystemClock
    from agent.private_memory import keep_memory_private
    from provisioning.tap.record import Wanted, record

    if not 1 <= arguments.frames <= FRAMES_MAX:
        raise InputRefused("frames-unusable", f"There can be 1 to {FRAMES_MAX} frames.")
    wanted = Wanted(
        driver=arguments.driver,
        phantom_id=arguments.phantom,
        out=arguments.out,
        frames=arguments.frames,
        options=dict(map(option, arguments.options)),
        phantoms=arguments.phantoms,
    )
    keep_memory_private()
    return record(wanted, below=None, clock=SystemClock(), say=print)


def option(text: str) -> tuple[str, Any]:
    """Key and value of `key=value`, the value as in TOML, a bare word as text. :raises: InputRefused."""
    key, equals, value = text.partition("=")
    if not equals or not key.isidentifier():
        raise InputRefused("option-unusable", "An option is written KEY=VALUE.")
    try:
        table = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return key, value
    if len(table) != 1 or not isinstance(table["value"], bool | int | float | str):
        raise InputRefused("option-unusable", "An option is a number, a text, true or false.")
    return key, table["value"]
