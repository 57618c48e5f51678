"""`smilius-central breach`: incidents and their 24-hour clock."""

import argparse
from pathlib import Path

from agent.clock import SystemClock
from central.paths import Paths


def add_breach(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to their parser."""
    breach = verbs.add_parser("breach", help="incidents that may be breaches of personal data, and their clock")
    steps = breach.add_subparsers(dest="breach_verb", required=True)
    listed = steps.add_parser("list", help="open incidents with the hours left, the most urgent first")
    listed.add_argument("--all", action="store_true", help="closed ones too")
    show = steps.add_parser("show", help="all that is known of one")
    report = steps.add_parser("report", help="print the report; what a person must fill in is marked")
    report.add_argument("--language", choices=("lt", "en"), default="lt", help="of the report")
    report.add_argument("--layout", choices=("text", "html"), default="text", help="of the report")
    report.add_argument("--sent", action="store_true", help="say that the report was sent; the clock stands")
    close = steps.add_parser("close", help="end an incident")
    close.add_argument("--reason", required=True, help="why; nothing personal")
    lost = steps.add_parser("lost", help="a station's unit is lost or stolen: open an incident")
    lost.add_argument("--tenant", required=True, help="whose station")
    lost.add_argument("--station", required=True, help="which station")
    for verb in (show, report, close):
        verb.add_argument("--incident", required=True, metavar="ID", help="which incident")
    for verb in (listed, show, report, close, lost):
        verb.add_argument("--root", type=Path, required=True, help="headquarters' folder")


def run_breach(arguments: argparse.Namespace) -> int:
    """Run one of them."""
    from central.bridge import breach

    paths, now = Paths(arguments.root.resolve()), SystemClock().now()
    match arguments.breach_verb:
        case "list":
            for line in breach.listed(paths, everything=arguments.all, now=now):
                print(line)
        case "show":
            print(breach.shown(paths, arguments.incident, now=now))
        case "report":
            given = {"language": arguments.language, "layout": arguments.layout}
            print(breach.report(paths, arguments.incident, now=now, **given))
            if arguments.sent:
                breach.sent(paths, arguments.incident, now=now)
        case "close":
            breach.closed(paths, arguments.incident, reason=arguments.reason, now=now)
        case _:
            print(breach.lost(paths, (arguments.tenant, arguments.station), now=now))
    return 0
