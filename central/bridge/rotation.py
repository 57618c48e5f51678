"""Changes headquarters' sealing and receipt keys beside the bridge: a new key, a time in which both count, the end.

A key is destroyed only when nothing needs it any more: no sealed copy here, and no station that still seals for it or
has something sealed for it. What it signed in its time stays believed.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from agent.wire import Keyring
from agent.wire.document import instant_text
from agent.wire.keyring import RECEIPTS_MAX, RECIPIENTS_MAX
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.ledger import append_line
from central.bridge.tables import OutboxRow
from central.errors import KeyNeeded, KeyUnknown, SetUpError
from central.paths import Paths, destroy
from central.pki.authority import BACKDATE
from central.pki.keyring import OwnKeys, Timed, Use, receipt_entry, recipient_entry
from central.pki.registry import Registry
from vault.envelope import RecipientPublic, SealBroken, Validity, VerifyingKey, recipient_of
from vault.ledger import Detail

_Key = TypeVar("_Key", RecipientPublic, VerifyingKey)
_Rings = tuple[list[Timed[RecipientPublic]], list[Timed[VerifyingKey]]]

NAMED_MAX = 5
"""So many stations a sentence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When the new key begins, and how long which one counts."""

    life: timedelta = timedelta(days=730)
    """From its beginning to its end."""
    overlap: timedelta = timedelta(days=30)
    """So long the former one counts beside it."""
    lead: timedelta = timedelta(hours=24)
    """So long stations are told of a receipt key before it signs anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Stations that will never report again, and why what they may still hold is given up."""

    reason: str
    """It stays in the ledger."""
    stations: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """Tenant and name."""


def rotate(paths: Paths, use: Use, *, plan: Plan, at: datetime) -> str:
    """Make a new key beside the old one and tell every station; its id. Asking again after a cut goes on.

    :raises: KeyNeeded when there are as many former ones as a keyring may name; KeyOutOfTime when no receipt key can
        sign it; SetUpError, CentralError.
    """
    keys = OwnKeys(paths)
    recipients, receipts = keys.recipients(), keys.receipts()
    if use == "recipient" and len(recipients) >= RECIPIENTS_MAX:
        raise KeyNeeded("There are as many sealing keys as a keyring may name: retire former ones first.")
    made = keys.make(use)
    if isinstance(made, RecipientPublic):
        begin, end = at - BACKDATE, at + plan.overlap
        recipients = [*recipients[:-1], _ended(recipients[-1], end=end)]
        recipients.append(Timed(made, Validity(begin, at + plan.life)))
    else:
        begin = at + plan.lead
        receipts = [*receipts[:-1], _ended(receipts[-1], end=begin + plan.overlap)]
        receipts.append(Timed(made, Validity(begin, begin + plan.life)))
    detail: Detail = {"use": use, "key": made.kid, "begins": instant_text(begin)}
    _publish(paths, keys, rings=(recipients, receipts[-RECEIPTS_MAX:]), line=("key-rotated", detail, at))
    return made.kid


def retire(paths: Paths, kid: str, *, loss: Loss, at: datetime) -> None:
    """Destroy a former key's private half. Asking again after a cut goes on.

    :raises: KeyUnknown when it is no former key; KeyNeeded naming what needs it still; SetUpError, CentralError.
    """
    keys = OwnKeys(paths)
    use = _use_of(keys, kid)
    if use == "recipient":
        _refuse_while_needed(paths, keys, kid=kid, loss=loss)
        recipients, receipts = [one for one in keys.recipients() if one.key.kid != kid], keys.receipts()
    else:
        if keys.signer(at).kid == kid:
            raise KeyNeeded("This receipt key signs still: the one after it has not begun.")
        recipients, receipts = keys.recipients(), [_retired(one, kid=kid, at=at) for one in keys.receipts()]
    gone = ",".join(sorted("/".join(place) for place in loss.stations))
    detail: Detail = {"use": use, "key": kid, "reason": loss.reason, "given_up": gone, "uid": os.getuid()}
    # asked for again after a cut: the keyring says it already, and only the file is left
    if _times(recipients, receipts) != _times(keys.recipients(), keys.receipts()):
        _publish(paths, keys, rings=(recipients, receipts), line=("key-retired", detail, at))
    file = keys.private_file(use, kid)
    if file is not None:
        destroy(file)


def listed(paths: Paths, *, at: datetime) -> list[str]:
    """One JSON object a key, oldest first, with the stations that keep a former sealing key from being retired.

    :raises: SetUpError, KeyMissing.
    """
    keys = OwnKeys(paths)
    recipients, receipts = keys.recipients(), keys.receipts()
    lines = [_line(keys, "recipient", one=one, at=at) for one in recipients]
    for line, one in zip(lines[:-1], recipients[:-1], strict=True):
        line["needed_by"] = [*_stations(paths, keys, kid=one.key.kid, loss=None)]
    lines += [_line(keys, "receipt", one=one, at=at) for one in receipts]
    return [json.dumps(line) for line in lines]


def _line(keys: OwnKeys, use: Use, *, one: Timed[_Key], at: datetime) -> dict[str, object]:
    time = one.time
    begins = time.not_before is not None and time.not_before > at
    ended = time.not_after is not None and time.not_after < at
    return {
        "use": use,
        "key": one.key.kid,
        "state": "begins" if begins else "ended" if ended else "counts",
        "not_before": None if time.not_before is None else instant_text(time.not_before),
        "not_after": None if time.not_after is None else instant_text(time.not_after),
        "private_half": keys.private_file(use, one.key.kid) is not None,
    }


def _publish(paths: Paths, keys: OwnKeys, *, rings: _Rings, line: tuple[str, Detail, datetime]) -> None:
    newest, (kind, detail, at) = keys.newest(), line
    number = 1 if newest is None else newest.number + 1
    keyring = Keyring(
        id=str(ULID.from_datetime(at)).lower(),
        number=number,
        recipients=tuple(recipient_entry(one) for one in rings[0]),
        receipts=tuple(receipt_entry(one) for one in rings[1]),
        issued=at,
    )
    # nobody else changes keys meanwhile
    with writing_beside(paths) as session:
        if keys.newest() != newest:
            raise SetUpError("Somebody else has just changed the keys: look again.")
        append_line(session, at, kind=kind, detail={**detail, "keyring": number})
        keys.publish(keyring)


def _times(*rings: list[Timed[RecipientPublic]] | list[Timed[VerifyingKey]]) -> list[tuple[str, Validity]]:
    return [(one.key.kid, one.time) for ring in rings for one in ring]


def _use_of(keys: OwnKeys, kid: str) -> Use:
    recipients = [one.key.kid for one in keys.recipients()]
    receipts = [one.key.kid for one in keys.receipts()]
    if kid in (recipients[-1], receipts[-1]):
        raise KeyNeeded("This key is the newest of its use: rotate first.")
    if kid in receipts:
        return "receipt"
    if kid in recipients or keys.private_file("recipient", kid) is not None:
        return "recipient"
    raise KeyUnknown("No such former key is here: see `smilius-central key list`.")


def _refuse_while_needed(paths: Paths, keys: OwnKeys, *, kid: str, loss: Loss) -> None:
    stations = [*_stations(paths, keys, kid=kid, loss=loss)]
    if stations:
        more = f" and {len(stations) - NAMED_MAX} more" if len(stations) > NAMED_MAX else ""
        named = ", ".join(stations[:NAMED_MAX])
        raise KeyNeeded(f"Stations may still have something sealed for this key, or seal for it: {named}{more}.")
    with opened_beside(paths) as session:
        copies = sum(1 for sealed_for in _sealed_copies(session) if sealed_for == kid)
    if copies:
        raise KeyNeeded(f"{copies} sealed copies here open with this key only: it stays until they are gone.")


def _stations(paths: Paths, keys: OwnKeys, *, kid: str, loss: Loss | None) -> Iterator[str]:
    registry, first = Registry(paths.stations), keys.first_without(kid)
    for place in registry.places():
        held = registry.held(*place)
        free = held is not None and first is not None and held.number >= first and kid not in held.needed
        if not free and (loss is None or place not in loss.stations):
            yield "/".join(place)


def _sealed_copies(session: Session) -> Iterator[str | None]:
    """For whom each is sealed; one that does not say so opens with no key."""
    for tenant, parcel in session.execute(select(OutboxRow.tenant, OutboxRow.parcel)).all():
        # one at a time: they are large
        wanted = select(OutboxRow.content).where(OutboxRow.tenant == tenant, OutboxRow.parcel == parcel)
        content = session.scalar(wanted)
        try:
            yield None if content is None else recipient_of(content)
        except SealBroken:
            yield None


def _ended(one: Timed[_Key], *, end: datetime) -> Timed[_Key]:
    earlier = end if one.time.not_after is None else min(end, one.time.not_after)
    return replace(one, time=Validity(one.time.not_before, earlier))


def _retired(one: Timed[VerifyingKey], *, kid: str, at: datetime) -> Timed[VerifyingKey]:
    return _ended(one, end=at) if one.key.kid == kid else one
