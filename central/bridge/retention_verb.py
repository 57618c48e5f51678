"""`smilius-central retention`: its command line."""

import argparse
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from agent.clock import SystemClock
from central.paths import Paths
from central.settings import RETENTION_CLASSES

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse gives it no public name)

REASON_CHARACTERS_MAX = 500
LAST_YEAR = 2200


def add_retention(verbs: "Verbs") -> tuple[argparse.ArgumentParser, ...]:
    """The verb's own verbs."""
    top = verbs.add_parser("retention", help="what is kept for how long, and what a person holds")
    own: Any = top.add_subparsers(dest="retention_verb", required=True)
    run_verb = own.add_parser("run", help="delete what has been kept for long enough; the bridge does so every hour")
    run_verb.add_argument("--dry-run", action="store_true", help="only print what would go, and why")
    hold_verb = own.add_parser("hold", help="keep something whatever its age, for a documented reason")
    hold_verb.add_argument("--class", dest="kind", choices=RETENTION_CLASSES, required=True, help="its class")
    hold_verb.add_argument("--item", help="what `retention run` calls it; all of the class without it")
    holds_verb = own.add_parser("holds", help="list the holds that stand")
    lift_verb = own.add_parser("lift", help="end a hold, for a documented reason")
    lift_verb.add_argument("--hold", type=int, required=True, help="its number")
    for verb in (hold_verb, lift_verb):
        verb.add_argument("--reason", type=reason, required=True, help="why; it stays in the ledger")
    return run_verb, hold_verb, holds_verb, lift_verb, *_at_stations(own)


def _at_stations(own: Any) -> tuple[argparse.ArgumentParser, ...]:
    hold_verb = own.add_parser("hold-at-station", help="have a station keep what it has of visits, whatever its age")
    hold_verb.add_argument("--until", type=_day, metavar="YYYY-MM-DD", required=True, help="the last day (UTC)")
    lift_verb = own.add_parser("lift-at-station", help="have a station lift every hold of these visits")
    for verb in (hold_verb, lift_verb):
        verb.add_argument("--tenant", required=True, help="whose station")
        verb.add_argument("--station", required=True, help="which station")
        verb.add_argument("--parcel", action="append", required=True, help="a visit's parcel; may be repeated")
        verb.add_argument(
            "--reason", type=reason, required=True, help="why: a case's number and no name, both ledgers keep it"
        )
    list_verb = own.add_parser("holds-at-stations", help="list the commands about holds, and what became of them")
    return hold_verb, lift_verb, list_verb


def run_retention(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    from central.bridge.retention import hold, holds, lift, run
    from central.bridge.station_hold import hold_at_station, lift_at_station, station_holds

    paths, clock = Paths(arguments.root.resolve()), SystemClock()
    match arguments.retention_verb:
        case "run":
            lines = run(paths, clock=clock, dry=arguments.dry_run)
        case "hold":
            number = hold(paths, arguments.kind, item=arguments.item, reason=arguments.reason, at=clock.now())
            lines = [str(number)]
        case "holds":
            lines = holds(paths)
        case "hold-at-station":
            terms = (arguments.reason, arguments.until + timedelta(days=1))
            lines = [hold_at_station(paths, _place(arguments), parcels=arguments.parcel, terms=terms, at=clock.now())]
        case "lift-at-station":
            why = arguments.reason
            lines = [lift_at_station(paths, _place(arguments), parcels=arguments.parcel, reason=why, at=clock.now())]
        case "holds-at-stations":
            lines = station_holds(paths)
        case _:
            lift(paths, arguments.hold, reason=arguments.reason, at=clock.now())
            lines = []
    for line in lines:
        print(line)  # noqa: T201 (a command's output)
    return 0


def reason(text: str) -> str:
    """Why a person did something, for the ledger. :raises: ArgumentTypeError."""
    if not 3 <= len(text.strip()) <= REASON_CHARACTERS_MAX or not text.isprintable():
        raise argparse.ArgumentTypeError("a reason is a sentence of at most 500 characters")
    return text.strip()


def _day(text: str) -> datetime:
    try:
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written as 2027-12-31") from None
    if day.year > LAST_YEAR:
        raise argparse.ArgumentTypeError("nothing is held for so long")
    return day


def _place(arguments: argparse.Namespace) -> tuple[str, str]:
    return arguments.tenant, arguments.station
