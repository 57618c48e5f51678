"""The commands `smilius cctv ...`."""

import argparse

from provisioning.verb import EXIT_FAILED, Verbs, add_root


def add_cctv(verbs: Verbs) -> None:
    """Add the commands to their parser."""
    cctv = verbs.add_parser("cctv", help="surveillance cameras and recorders")
    below = cctv.add_subparsers(dest="cctv_verb", required=True)
    search = below.add_parser(
        "discover",
        help="search the network for ONVIF devices",
        description="Asks once by multicast and prints a line for each ONVIF device that answers. Anybody in the "
        "network can answer: check a device before it is configured. Exit code 0: some were found; 1: none; 2: there "
        "is no such interface.",
    )
    search.add_argument(
        "--interface",
        nargs="+",
        action="extend",
        metavar="ADDRESS",
        required=True,
        help="where to search: this machine's own address in that network, or the interface's name",
    )
    search.add_argument("--wait-s", type=float, metavar="S", default=3.0, help="listen for so many seconds; else 3")
    check = below.add_parser(
        "check",
        help="try the configured cameras and recorders",
        description="Opens each entry of station.cctv and says who it is, whether its pictures arrive, how far its "
        "clock is off (and stores that), what it has recorded in the last day, what it cannot do. Changes nothing on "
        "the device. Run it as the station's user, who has to be able to read the password files. Exit code 0: all is "
        "well; 1: something is not; 2: the configuration would not load, or has no such entry.",
    )
    check.add_argument(
        "names", nargs="*", default=[], metavar="NAME", help="only these entries; unless said, all of them"
    )
    clocks = below.add_parser(
        "clocks",
        help="show how far the devices' clocks were off",
        description="Shows what was measured of the devices' clocks, the newest first. Exit code 0: it could be read, "
        "even if nothing was measured yet; 1: it could not.",
    )
    for parser in (search, check, clocks):
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    for parser in (check, clocks):
        add_root(parser)
    cctv.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    match arguments.cctv_verb:
        case "discover":
            whole = _discover(arguments)
        case "check":
            whole = _check(arguments)
        case _:
            from provisioning.cctv.clocks import show_clocks

            show_clocks(arguments.root.resolve(), as_json=arguments.json, say=print)
            whole = True
    return 0 if whole else EXIT_FAILED


def _discover(arguments: argparse.Namespace) -> bool:
    from provisioning.cctv.discover import search

    return search(arguments.interface, wait_s=arguments.wait_s, as_json=arguments.json, say=print)


def _check(arguments: argparse.Namespace) -> bool:
    from functools import partial

    from agent.private_memory import keep_memory_private
    from provisioning.cctv.rounds import rounds

    # passwords are read here
    keep_memory_private()
    # who watches over a pipe wants each device when it was tried
    say = partial(print, flush=True)
    return rounds(arguments.root.resolve(), arguments.names, as_json=arguments.json, say=say)
