"""`smilius-central order`: keys, orders, signatures."""

import argparse
from pathlib import Path

from agent.clock import SystemClock
from central.errors import RequestInvalid
from central.paths import Paths, write_whole


def add_order(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to their parser."""
    order = verbs.add_parser("order", help="order a station to destroy what was not delivered, or to end")
    steps = order.add_subparsers(dest="order_verb", required=True)
    key = steps.add_parser("key", help="make a key for one person; stations enrolled from now on believe it")
    key.add_argument("--key", type=Path, metavar="FILE", required=True, help="where the private key goes: a stick")
    write = steps.add_parser("write", help="write an order that two people will sign")
    write.add_argument("--tenant", required=True, help="whose station")
    write.add_argument("--station", required=True, help="which station; the unit is the one enrolled there now")
    write.add_argument("--action", choices=("destroy", "decommission"), required=True, help="end parcels, or the unit")
    reasons = ("erasure", "decommission", "reset", "lost")
    write.add_argument("--reason", choices=reasons, required=True, help="why")
    write.add_argument("--parcel", action="append", metavar="ID", help="which parcel; may be repeated; none is all")
    write.add_argument("--days", type=int, default=7, help="how long the order is valid, 90 at the most")
    write.add_argument("--order", type=Path, metavar="FILE", required=True, help="where the order goes")
    sign = steps.add_parser("sign", help="sign an order with one person's key")
    sign.add_argument("--order", type=Path, metavar="FILE", required=True, help="the order")
    sign.add_argument("--key", type=Path, metavar="FILE", required=True, help="the person's private key")
    sign.add_argument("--signed", type=Path, metavar="FILE", required=True, help="where the signed order goes")
    for verb in (key, write):
        verb.add_argument("--root", type=Path, required=True, help="headquarters' folder")


def run_order(arguments: argparse.Namespace) -> int:
    """Run one of them."""
    return {"key": _key, "write": _write, "sign": _sign}[arguments.order_verb](arguments)


def _key(arguments: argparse.Namespace) -> int:
    from central.pki.order import make_key

    print(make_key(Paths(arguments.root.resolve()), arguments.key))
    return 0


def _write(arguments: argparse.Namespace) -> int:
    from central.pki.order import write_order

    parcels = None if arguments.parcel is None else tuple(arguments.parcel)
    order = write_order(
        Paths(arguments.root.resolve()),
        (arguments.tenant, arguments.station),
        what=(arguments.action, arguments.reason, parcels),
        days=arguments.days,
        now=SystemClock().now(),
    )
    return _keep(arguments.order, order)


def _sign(arguments: argparse.Namespace) -> int:
    from central.pki.order import sign_order

    try:
        content = arguments.order.read_bytes()
    except OSError as error:
        raise RequestInvalid("The order cannot be read.") from error
    order, signed = sign_order(content, key=arguments.key)
    print(order.model_dump_json(indent=2))
    return _keep(arguments.signed, signed)


def _keep(file: Path, content: bytes) -> int:
    try:
        write_whole(file, content)
    except OSError as error:
        raise RequestInvalid("The file cannot be written there.") from error
    return 0
