"""Destroy, the other verb: authorised loss of what was never delivered. Its conditions; nothing here touches a parcel.

Two orders of the same content, signed by two different pinned keys, name place, unit, verb, parcels, reason, expiry and
a counter that serves once; or a technician types the paper code that was printed at the claim. Both must know how many
undelivered parcels will be lost. Source: design.md section 5.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from vault.envelope import Pinned, fits, signer_of, verify
from vault.envelope.sign1 import read_sign1
from vault.errors import DestroyRefused, SealBroken
from vault.labels import ORDER_TYPE
from vault.warrants import PARCELS_MAX, Paper, Reason, Verb, Warrant, WarrantBook, order_name

ATTEMPTS_MAX = 5
"""Wrong paper codes until the code is worth nothing any more."""

PAPER = "paper-code"
"""Who authorised it, when a paper code did."""

_COUNTER_MAX = 10**16 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an order must name, and whose orders are believed here."""

    tenant: str
    """This station's tenant."""
    station: str
    """This station's id."""
    unit: str
    """The id of this hardware's link key."""
    pinned: Pinned
    """The order keys that were pinned at the claim."""


class _Order(BaseModel):
    """The part of an order that a destruction rests on."""

    tenant: str
    station: str
    unit: str
    verb: Verb
    reason: Reason
    parcels: tuple[str, ...] | None = Field(max_length=PARCELS_MAX)
    expires: AwareDatetime
    counter: int = Field(gt=0, le=_COUNTER_MAX)


def judge_orders(signed: Sequence[bytes], *, site: Site, book: WarrantBook, verb: Verb, now: datetime) -> Warrant:
    """What two signed orders authorise. :raises: DestroyRefused naming the condition that does not hold."""
    payload, signers = _agreed(signed, pinned=site.pinned)
    try:
        order = _Order.model_validate_json(payload)
    except ValidationError as error:
        raise DestroyRefused("order", "The order is not complete.") from error
    for condition, holds, sentence in (
        ("place", (order.tenant, order.station) == (site.tenant, site.station), "The order is for another station."),
        ("unit", order.unit == site.unit, "The order is for another unit."),
        ("verb", order.verb == verb, f"The order is to {order.verb}, not to {verb}."),
        ("expired", now < order.expires, "The order has expired."),
        ("counter", order.counter > book.last_counter(), "The order, or a later one, was carried out already."),
    ):
        if not holds:
            raise DestroyRefused(condition, sentence)
    return Warrant(
        name=order_name(order.counter),
        verb=order.verb,
        reason=order.reason,
        parcels=order.parcels,
        authorised_by="+".join(signers),
        orders=tuple(base64.b64encode(message).decode() for message in signed),
    )


def named_in(signed: bytes) -> tuple[str, ...] | None:
    """Which parcels an order says it is about, NOT verified: for showing it. None is all.

    :raises: DestroyRefused when it is no order.
    """
    try:
        return _Order.model_validate_json(read_sign1(signed).payload).parcels
    except (SealBroken, ValidationError) as error:
        raise DestroyRefused("order", "The file is not a signed order.") from error


def judge_paper(
    code: str, *, book: WarrantBook, verb: Verb, reason: Reason, parcels: tuple[str, ...] | None
) -> Warrant:
    """What the technician's paper code authorises. The attempt is on the disk before the code is looked at.

    :raises: DestroyRefused naming the condition that does not hold.
    """
    paper = book.paper()
    if paper is None:
        raise DestroyRefused("paper-absent", "No paper code was printed for this unit.")
    if book.used(paper.name):
        raise DestroyRefused("paper-used", "The paper code was used already; it serves once.")
    if paper.attempts >= ATTEMPTS_MAX:
        raise DestroyRefused("paper-locked", "Too many wrong paper codes: only two signed orders help now.")
    # counted first: a power cut must not give an attempt back
    book.keep_paper(Paper(kept=paper.kept, attempts=paper.attempts + 1))
    if not fits(code, paper.kept):
        left = ATTEMPTS_MAX - paper.attempts - 1
        raise DestroyRefused("paper-code", f"The paper code does not fit; attempts left: {left}.")
    book.keep_paper(paper)
    return Warrant(name=paper.name, verb=verb, reason=reason, parcels=parcels, authorised_by=PAPER)


def check_number(typed: int, *, undelivered: int) -> None:
    """Whoever destroys knows how much is lost. :raises: DestroyRefused."""
    if typed != undelivered:
        raise DestroyRefused("number", "The number that was typed is not the number of undelivered parcels.")


def _agreed(signed: Sequence[bytes], *, pinned: Pinned) -> tuple[bytes, list[str]]:
    if len(signed) != 2:
        raise DestroyRefused("signatures", "A destruction needs the orders of two people.")
    try:
        payloads = [verify(message, pinned=pinned, content_type=ORDER_TYPE)[0] for message in signed]
        signers = sorted({signer_of(message) for message in signed})
    except SealBroken as error:
        raise DestroyRefused("signature", error.sentence) from error
    if len(signers) != 2:
        raise DestroyRefused("same-signer", "Both orders are signed with the same key.")
    if payloads[0] != payloads[1]:
        raise DestroyRefused("content", "The two orders do not say the same.")
    return payloads[0], signers
