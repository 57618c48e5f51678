"""`python -m agent VERB`: the station's processes. Nothing runs without a verb."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.config.paths import Paths
from agent.errors import AgentError
from agent.logs import configure, describe
from agent.private_memory import forget_what_is_freed
from agent.supervise import AGAIN
from vault.errors import VaultError

EXIT_FAILED = 1
EXIT_REFUSED = 2


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m agent", description="The processes of a Smilius station.")
    verbs = top.add_subparsers(dest="verb", required=True)
    station = verbs.add_parser("station", help="run the station: console, visits, ledger")
    courier = verbs.add_parser("courier", help="run the courier: spool, receipts, wipe, link")
    worker = verbs.add_parser("worker", help="run one visit's worker; only the station starts it")
    worker.add_argument("--channel", type=int, required=True, help="inherited socket to the station")
    worker.add_argument("--parent", type=int, required=True, help="process id of the station")
    migrate = verbs.add_parser("migrate", help="bring the databases to this release, before the daemons start")
    config = verbs.add_parser("config", help="print the configuration that is in force")
    shown = config.add_mutually_exclusive_group()
    shown.add_argument("--changed", action="store_true", help="only what differs from the shipped default")
    shown.add_argument("--check", action="store_true", help="nothing; only check the station's part, as it does itself")
    for verb in (station, courier, worker, migrate, config):
        verb.add_argument("--root", type=Path, default=Path("/"), help="move every path below this folder")
    return top


def _station(paths: Paths) -> int:
    from agent.compose.config_child import checking

    def once() -> int:
        with checking(paths) as check:
            from agent.compose.station import run_station

            return asyncio.run(run_station(paths, check))

    configure("smilius-station")
    return _until_ended(once)


def _courier(paths: Paths) -> int:
    from agent.compose.courier import run_courier

    configure("smilius-courier")
    return _until_ended(lambda: asyncio.run(run_courier(paths)))


def _until_ended(run: Callable[[], int]) -> int:
    """Run it again for as long as it asks for that: another configuration is in force then."""
    while (code := run()) == AGAIN:
        continue
    return code


def _worker(paths: Paths, arguments: argparse.Namespace) -> int:
    from agent.compose.worker import run_worker

    configure("smilius-worker")
    return asyncio.run(run_worker(paths, channel=arguments.channel, parent=arguments.parent))


def _migrate(paths: Paths) -> int:
    from agent.compose.migrate import run_migrations

    configure("smilius-migrate")
    run_migrations(paths)
    return 0


def _config(paths: Paths, arguments: argparse.Namespace) -> int:
    from agent.compose.config import changed_view, check_station, effective_view

    if arguments.check:
        check_station(paths)
        return 0
    view = changed_view(paths) if arguments.changed else effective_view(paths)
    # a driver's options may hold any value that TOML knows, such as a date
    print(json.dumps(view, indent=2, sort_keys=True, ensure_ascii=False, default=str))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0 well, 1 failed, 2 refused."""
    arguments = parser().parse_args(argv)
    if argv is None and arguments.verb in {"station", "courier"}:
        # who calls this as a function keeps his process
        forget_what_is_freed()
    paths = Paths(arguments.root.resolve())
    try:
        match arguments.verb:
            case "station":
                return _station(paths)
            case "courier":
                return _courier(paths)
            case "worker":
                return _worker(paths, arguments)
            case "migrate":
                return _migrate(paths)
            case _:
                return _config(paths, arguments)
    except (AgentError, VaultError) as error:
        print(f"python -m agent: {error.sentence}", file=sys.stderr)
        return EXIT_REFUSED
    except OSError as error:
        print(f"python -m agent: the machine did not do what was asked ({describe(error)}).", file=sys.stderr)
        return EXIT_FAILED
