"""`smilius-central`: headquarters' command. Every verb works on the folder that `init` set up."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from agent.clock import SystemClock
from agent.logs import configure
from agent.private_memory import forget_what_is_freed, keep_memory_private
from agent.wire import EnrolmentRequest, WireError
from agent.wire.document import read_plain
from central.bridge.backup_verb import add_backup, run_backup
from central.bridge.breach_cli import add_breach, run_breach
from central.bridge.decision_verb import add_decisions, run_desk, run_settle
from central.bridge.held_cli import add_held, run_held
from central.bridge.permission_cli import add_permission, run_permission
from central.bridge.retention_verb import add_retention, run_retention
from central.bridge.rotation_verb import add_keys, run_keys
from central.errors import CentralError, RequestInvalid, SubjectRefused
from central.figures.cli import add_figures, run_figures
from central.paths import Paths, write_whole
from central.pki.order_cli import add_order, run_order
from central.pki.worker import WORKERS_MAX
from central.rehearsal.cli import add_simulate, run_simulate
from central.settings import check_settings, load_settings
from central.subject.cli import add_verbs, run
from vault.envelope import VaultError

EXIT_FAILED = 1
EXIT_REFUSED = 2

WORKERS = range(1, WORKERS_MAX + 1)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="smilius-central", description="Headquarters' side of Smilius stations.")
    verbs = top.add_subparsers(dest="verb", required=True)
    init = verbs.add_parser("init", help="set headquarters' side up in a folder: CA, keys, broker configuration")
    init.add_argument("--broker-host", default="localhost", help="name of the broker, as stations reach it")
    init.add_argument("--broker-port", type=int, default=8883, help="the broker's TLS port")
    init.add_argument("--migris-port", type=int, default=8843, help="port of MIGRIS's machine interface")
    init.add_argument("--migris-page-port", type=int, default=8844, help="loopback port of the simulator's page")
    init.add_argument("--tenant", action="append", required=True, help="a tenant whose stations will connect")
    init.add_argument("--database", help="a PostgreSQL server for the ledger in place of a file: postgresql://...")
    init.add_argument(
        "--broker-user", help="account that the broker runs as; for root mosquitto's own, if there is one"
    )
    authority = verbs.add_parser("ca", help="certificates").add_subparsers(dest="ca_verb", required=True)
    enrol = authority.add_parser("enrol", help="accept a station's request and write the answer")
    enrol.add_argument("--request", type=Path, required=True, help="the station's request")
    enrol.add_argument("--answer", type=Path, required=True, help="where the answer goes")
    worker = authority.add_parser("worker", help="let a further bridge work on the same ledger, on a database server")
    worker.add_argument("--worker", type=int, choices=WORKERS, required=True, help="its number")
    add_order(verbs)
    add_breach(verbs)
    bridge = verbs.add_parser("bridge", help="run the bridge between broker and MIGRIS")
    bridge.add_argument("--worker", type=int, choices=WORKERS, help="which of several that share this folder")
    migris = verbs.add_parser("migris", help="run the MIGRIS simulator")
    migrate = verbs.add_parser("migrate", help="bring the bridge's database to this release")
    ledger = verbs.add_parser("ledger", help="verify the bridge's ledger")
    add_held(verbs)
    several = (
        *add_retention(verbs),
        *add_keys(verbs),
        *add_backup(verbs),
        *add_simulate(verbs),
        *add_decisions(verbs),
        *add_permission(verbs),
        *add_figures(verbs),
    )
    add_verbs(
        verbs.add_parser("subject", help="requests of people about their own data").add_subparsers(
            dest="subject_verb", required=True
        )
    )
    evidence = verbs.add_parser("evidence", help="write evidence for an audit of a period into a folder")
    evidence.add_argument(
        "--from", dest="first", required=True, metavar="DAY", help="first day, YYYY-MM-DD, in Vilnius"
    )
    evidence.add_argument("--to", dest="last", required=True, metavar="DAY", help="last day, included")
    evidence.add_argument("--out", type=Path, required=True, help="the folder, which must not be there yet")
    for verb in (init, enrol, worker, bridge, migris, migrate, ledger, evidence, *several):
        verb.add_argument("--root", type=Path, required=True, help="headquarters' folder")
    return top


def _init(arguments: argparse.Namespace) -> int:
    from central.broker.mosquitto import own_user
    from central.pki.set_up import set_up

    settings = check_settings(
        {
            "broker_host": arguments.broker_host,
            "broker_port": arguments.broker_port,
            "migris_url": f"https://localhost:{arguments.migris_port}",
            "migris_page_port": arguments.migris_page_port,
            "tenants": tuple(arguments.tenant),
            "database": arguments.database,
        }
    )
    paths, broker_user = Paths(arguments.root.resolve()), arguments.broker_user or own_user()
    set_up(paths, settings, now=SystemClock().now(), broker_user=broker_user)
    return 0


def _enrol(arguments: argparse.Namespace) -> int:
    from central.pki.set_up import enrol

    try:
        request = read_plain(arguments.request.read_bytes(), EnrolmentRequest)
    except (OSError, WireError) as error:
        raise RequestInvalid("The request cannot be read.") from error
    answer = enrol(Paths(arguments.root.resolve()), request, now=SystemClock().now())
    try:
        write_whole(arguments.answer, answer.canonical())
    except OSError as error:
        raise RequestInvalid(
            "The answer cannot be written there; enrolling again with the same request is well."
        ) from error
    return 0


def _ca(arguments: argparse.Namespace) -> int:
    from central.pki.worker import make_worker

    if arguments.ca_verb == "enrol":
        return _enrol(arguments)
    if make_worker(Paths(arguments.root.resolve()), arguments.worker, now=SystemClock().now()):
        print("The broker's rules have changed: have it read them again (SIGHUP).")
    return 0


def _bridge(arguments: argparse.Namespace) -> int:
    from central.bridge.compose import run_bridge

    configure("smilius-bridge")
    return asyncio.run(run_bridge(Paths(arguments.root.resolve()), worker=arguments.worker))


def _migris(arguments: argparse.Namespace) -> int:
    from central.migris.simulator.compose import run_migris

    configure("smilius-migris")
    return asyncio.run(run_migris(Paths(arguments.root.resolve())))


def _migrate(arguments: argparse.Namespace) -> int:
    from central.database import migrate, place_of

    paths = Paths(arguments.root.resolve())
    migrate(place_of(paths, load_settings(paths.settings)))
    return 0


def _ledger(arguments: argparse.Namespace) -> int:
    from central.bridge.audit import audit

    print(audit(Paths(arguments.root.resolve())))
    return 0


def _evidence(arguments: argparse.Namespace) -> int:
    from central.subject.evidence import Period, gather

    try:
        period = Period(date.fromisoformat(arguments.first), date.fromisoformat(arguments.last))
    except ValueError:
        raise SubjectRefused("A day is written as YYYY-MM-DD.") from None
    paths = Paths(arguments.root.resolve())
    gather(paths, period, target=arguments.out.absolute(), at=SystemClock().now())
    print(arguments.out.absolute() / "summary.md")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0 well, 1 failed, 2 refused."""
    arguments = parser().parse_args(argv)
    if argv is None and arguments.verb == "bridge":
        # and the opener with it, which it starts; who calls this as a function keeps his process
        forget_what_is_freed()
    if argv is None:
        # most verbs hold a key of headquarters for a moment
        keep_memory_private()
    verbs = {
        "init": _init,
        "ca": _ca,
        "bridge": _bridge,
        "migris": _migris,
        "desk": run_desk,
        "migrate": _migrate,
        "ledger": _ledger,
        "parcels": run_held,
        "retry": run_held,
        "refuse": run_held,
        "settle": run_settle,
        "retention": run_retention,
        "key": run_keys,
        "backup": run_backup,
        "subject": run,
        "evidence": _evidence,
        "order": run_order,
        "breach": run_breach,
        "simulate": run_simulate,
        "permission": run_permission,
        "figures": run_figures,
    }
    try:
        return verbs[arguments.verb](arguments)
    except CentralError as error:
        print(f"smilius-central: {error.sentence}", file=sys.stderr)
        return EXIT_REFUSED
    except VaultError as error:
        print(f"smilius-central: {error.sentence}", file=sys.stderr)
        return EXIT_FAILED
