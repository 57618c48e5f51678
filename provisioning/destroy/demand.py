"""What every authorised loss begins with: whose word it is, what would be lost, and its number typed back."""

import argparse
import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent.courier.destroyer import Demand
from provisioning.errors import InputRefused
from vault.destroy import named_in
from vault.disk import read_file
from vault.errors import DestroyRefused, DiskFailed
from vault.warrants import Reason

ORDER_BYTES_MAX = 64 * 1024

Loss = Sequence[Mapping[str, object]]
"""Parcels that would be lost, as a technician is shown them."""

Survey = Callable[[tuple[str, ...] | None], Loss]


def add_authority(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The options that say on whose word, and how many parcels will be lost."""
    word = parser.add_mutually_exclusive_group(required=required)
    word.add_argument("--order", type=Path, action="append", metavar="FILE", help="a signed order; two are needed")
    word.add_argument("--paper-code", action="store_true", help="ask for the code that was printed at the claim")
    reasons = ("erasure", "decommission", "reset", "lost")
    parser.add_argument("--reason", choices=reasons, help="why, where the paper code authorises it")
    parser.add_argument("--undelivered", type=int, metavar="NUMBER", help="how many parcels will be lost, if not typed")


def ask(arguments: argparse.Namespace, survey: Survey, *, default_reason: Reason) -> Demand:
    """Show what would be lost, have its number typed, and the code where there is one.

    :param survey: what would be lost of these parcels, or of all.
    :raises: InputRefused.
    """
    orders = tuple(_order(file) for file in arguments.order or ())
    parcels = named(orders) if orders else tuple(arguments.parcel) if getattr(arguments, "parcel", None) else None
    for parcel in survey(parcels):
        print(f"undelivered: {parcel['parcel']}  {parcel['kind']}  {parcel['state']}  {parcel['size']} bytes")
    number = arguments.undelivered
    if number is None:
        number = _number("Type the number of undelivered parcels that will be lost for ever: ")
    code = _secret() if arguments.paper_code else None
    return Demand(
        undelivered=number,
        orders=orders,
        code=code,
        reason=arguments.reason or default_reason,
        parcels=None if orders else parcels,
    )


def named(orders: Sequence[bytes]) -> tuple[str, ...] | None:
    """Which parcels the first order is about; None is all. :raises: InputRefused."""
    try:
        return named_in(orders[0])
    except DestroyRefused as error:
        raise InputRefused(f"destroy-{error.condition}", error.sentence) from None


def _order(file: Path) -> bytes:
    try:
        return read_file(file.resolve(), bytes_max=ORDER_BYTES_MAX)
    except DiskFailed as error:
        raise InputRefused("order-unreadable", f"An order cannot be read. {error.sentence}") from None


def _number(question: str) -> int:
    try:
        return int(input(question))
    except (ValueError, EOFError):
        raise InputRefused("number-unreadable", "That is not a number; nothing was touched.") from None


def _secret() -> str:
    """Never an argument: process lists show those."""
    if sys.stdin.isatty():
        return getpass.getpass("Paper code: ")
    return sys.stdin.readline().strip()
