"""The witness: compares what a station signs of itself with what is known here.

A ledger's head that falls behind an earlier one, or says something else of the same line, means that a tail was cut off
or a line rewritten. A tombstone must be of a parcel that is in the ledger here. What does not fit becomes a line in
central's own ledger and an error in the log; it is receipted all the same, because the station did say it.
"""

import logging
from datetime import timedelta

from sqlalchemy.orm import Session

from agent.wire import (
    Breach,
    CommandResult,
    Decommission,
    Dwell,
    How,
    KeyringHeld,
    LedgerAlarm,
    LedgerHead,
    PermissionHeld,
    Quarantine,
    Tombstone,
    Trigger,
    WireError,
    read_event,
)
from agent.wire.breach import broken_ledger
from agent.wire.event import Event
from central.bridge.command import close_command
from central.bridge.incident import open_incident
from central.bridge.ledger import append_line
from central.bridge.permission import note_held
from central.bridge.subject import Subject
from central.bridge.suspicion import Finding, told
from central.bridge.tables import EventRow, LedgerHeadRow, ParcelRow
from central.pki.registry import Known
from vault.chain import EMPTY
from vault.ledger import Detail

_log = logging.getLogger(__name__)

ORDER_LIFE = timedelta(days=30)
"""So long a restore may take from headquarters to its unit before heads that it would explain are held against it."""

_NEVER_BILLED = frozenset({How.CANCELLED, How.EXPIRED, How.DESTROYED})
"""Ends of what central may never have been told of: visits before the seal, questions, undelivered parcels."""


def believe(signed: bytes, *, keys: Known) -> tuple[Event, str]:
    """An event and the id of the key that it is signed with.

    The courier speaks with the link key. What the station process says of its own ledger it signs with the seal key,
    which the courier does not have: neither can speak of the other's ledger. What may be a breach each of them says
    itself, with its own key: a courier that signed for the station would have to believe it, and could silence it.

    :raises: WireError when neither has signed it, or one for the other.
    """
    try:
        event, signer, whose = read_event(signed, pinned=keys.link), keys.link_kid, "courier"
    except WireError:
        event, signer, whose = read_event(signed, pinned=keys.seal), keys.seal_kid, "station"
    if isinstance(event, Breach):
        return event, signer
    ledger = event.ledger if isinstance(event, LedgerHead | LedgerAlarm) else "courier"
    if ledger != whose:
        raise WireError("An event is signed by another process than whose it is.")
    return event, signer


def compare(session: Session, event: Event, *, subject: Subject, signer: str) -> None:
    """Compare an event that was heard for the first time; its row is there already.

    :param signer: id of the key that the event is signed with: a unit that replaces another begins its ledgers anew.
    """
    match event:
        case LedgerHead():
            _compare_head(session, event, subject=subject, signer=signer)
        case LedgerAlarm():
            detail: Detail = {
                "ledger": event.ledger,
                "line": event.number,
                "line_digest": event.digest,
                "known_line": event.known_number,
                "known_digest": event.known_digest,
            }
            _accuse(session, subject, kind=f"station-says-{event.code}", detail=detail, ledger=event.ledger)
        case Tombstone():
            _compare_tombstone(session, event, subject=subject)
        case CommandResult():
            close_command(session, event, subject=subject)
        case KeyringHeld():
            detail = {"keyring": event.number, "keyring_digest": event.digest, "needed": ",".join(event.needed)}
            _note(session, subject, kind="station-holds-keyring", detail=detail)
        case PermissionHeld():
            detail = note_held(session, event, subject=subject, signer=signer)
            _note(session, subject, kind="station-confirms-permission", detail=detail)
        case Quarantine():
            # nothing to compare: headquarters' people are told
            place = f"{subject.tenant}/{subject.station}"
            _log.warning("parcel %s waits at %s for a person to look at: %s", event.parcel, place, event.trouble)
            detail = {"parcel": event.parcel, "parcel_digest": event.digest, "trouble": event.trouble}
            _note(session, subject, kind="parcel-waits-at-station", detail=detail)
        case Dwell():
            place = f"{subject.tenant}/{subject.station}"
            _log.warning("parcel %s has been at %s for too long: it is %s there", event.parcel, place, event.state)
            detail = {"parcel": event.parcel, "parcel_digest": event.digest, "state": event.state}
            _note(session, subject, kind="parcel-dwells-at-station", detail=detail)
        case Breach():
            at = session.get_one(EventRow, (subject.tenant, subject.station, subject.id)).heard_at
            open_incident(session, told(event), known_at=event.time, at=at)
        case Decommission():
            _log.warning("the unit of %s/%s was decommissioned", subject.tenant, subject.station)
            detail = {
                "unit": event.unit,
                "reason": event.reason,
                "authorised_by": event.authorised_by,
                "undelivered": event.undelivered,
            }
            _note(session, subject, kind="unit-decommissioned", detail=detail)


def beginning(ledger: str) -> str:
    """What the line is kept as that a restore, which headquarters has ordered, has a ledger go on with.

    No head that a station signs can be called so.
    """
    return f"{ledger}-restored"


def _compare_head(session: Session, head: LedgerHead, *, subject: Subject, signer: str) -> None:
    known = session.get(LedgerHeadRow, (head.tenant, head.station, head.ledger))
    ordered = session.get(LedgerHeadRow, (head.tenant, head.station, beginning(head.ledger)))
    first = known is None
    if known is None:
        known = LedgerHeadRow(
            tenant=head.tenant, station=head.station, ledger=head.ledger, number=EMPTY.number, digest=EMPTY.digest
        )
    detail: Detail = {
        "ledger": head.ledger,
        "line": head.number,
        "line_digest": head.digest,
        "known_line": known.number,
        "known_digest": known.digest,
    }
    if ordered is not None and _is_ordered(head, ordered, signer=signer):
        # what is lost by it, the line says that the order has left here
        _keep(known, head, signer=signer)
        session.add(known)
        session.delete(ordered)
        _note(session, subject, kind="ledger-restored", detail=detail)
    elif first:
        _keep(known, head, signer=signer)
        session.add(known)
    elif ordered is not None and _overtakes(head, ordered, known=known, signer=signer):
        _note(session, subject, kind="ledger-head-before-restored", detail=detail)
    elif known.link_key != signer:
        _note(session, subject, kind="ledger-begun-anew", detail=detail)
        _keep(known, head, signer=signer)
    elif head.number > known.number:
        _keep(known, head, signer=signer)
    elif head.number == known.number:
        if head.digest != known.digest:
            _accuse(session, subject, kind="ledger-rewritten", detail=detail, ledger=head.ledger)
    elif head.time < known.read_at:
        # its number was lower when it was read: it was lost on the way and comes late
        _note(session, subject, kind="ledger-head-late", detail=detail)
    else:
        _accuse(session, subject, kind="ledger-cut-off", detail=detail, ledger=head.ledger)


def _is_ordered(head: LedgerHead, ordered: LedgerHeadRow, *, signer: str) -> bool:
    """Whether it is the very line that headquarters ordered the ledger to go on with."""
    return (head.number, head.digest, signer) == (ordered.number, ordered.digest, ordered.link_key)


def _overtakes(head: LedgerHead, ordered: LedgerHeadRow, *, known: LedgerHeadRow, signer: str) -> bool:
    """Whether it may be a line behind the ordered one, which is still on its way: then it is not kept, only said.

    What only grows is no such line: a unit may work on until it is restored.
    """
    unexplained = known.link_key != signer or head.number <= known.number
    in_time = ordered.read_at <= head.time <= ordered.read_at + ORDER_LIFE
    return signer == ordered.link_key and unexplained and in_time and head.number > ordered.number


def _keep(known: LedgerHeadRow, head: LedgerHead, *, signer: str) -> None:
    known.number, known.digest, known.read_at, known.link_key = head.number, head.digest, head.time, signer


def _compare_tombstone(session: Session, tombstone: Tombstone, *, subject: Subject) -> None:
    parcel = session.get(ParcelRow, (subject.tenant, tombstone.parcel))
    detail: Detail = {"parcel": tombstone.parcel, "parcel_digest": tombstone.digest, "how": tombstone.how.value}
    if tombstone.how is How.DESTROYED:
        place = f"{subject.tenant}/{subject.station}"
        _log.warning("parcel %s was destroyed at %s before MIGRIS decided on it", tombstone.parcel, place)
        authorised: Detail = {**detail, "authorised_by": tombstone.authorised_by, "stage": tombstone.stage}
        _note(session, subject, kind="parcel-destroyed-at-station", detail=authorised)
    if parcel is None or parcel.station != subject.station:
        if tombstone.how not in _NEVER_BILLED:
            _accuse(session, subject, kind="tombstone-of-unknown-parcel", detail=detail)
    elif parcel.digest != tombstone.digest:
        _accuse(session, subject, kind="tombstone-of-other-content", detail=detail)


def _accuse(session: Session, subject: Subject, *, kind: str, detail: Detail, ledger: str | None = None) -> None:
    """:param ledger: which of the station's ledgers does not hold; whoever notices it, it is one incident."""
    # ids and digests only: nothing of these is personal
    said = ", ".join(f"{name} {value}" for name, value in detail.items())
    _log.error("event %s from %s/%s does not fit: %s (%s)", subject.id, subject.tenant, subject.station, kind, said)
    _note(session, subject, kind=kind, detail=detail)
    at = session.get_one(EventRow, (subject.tenant, subject.station, subject.id)).heard_at
    finding = Finding(
        trigger=Trigger.STATION_CONTRADICTED if ledger is None else Trigger.LEDGER_BROKEN,
        tenant=subject.tenant,
        station=subject.station,
        what=kind if ledger is None else broken_ledger(ledger),
        records=None,
        since=at,
    )
    open_incident(session, finding, known_at=at, at=at)


def _note(session: Session, subject: Subject, *, kind: str, detail: Detail) -> None:
    heard = session.get_one(EventRow, (subject.tenant, subject.station, subject.id))
    append_line(session, heard.heard_at, kind=kind, detail={**subject.detail(), **detail})
