"""Asks the stations of a request's parcels: signed commands that name parcels only, published by the bridge."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from agent.wire import Command, CommandVerb
from agent.wire.command import PARCELS_MAX
from central.bridge.beside import writing_beside
from central.bridge.command import COMMAND_LIFE, issue, next_counter
from central.bridge.tables import RestrictionRow
from central.errors import SubjectRefused
from central.paths import Paths
from central.pki.set_up import receipt_key
from central.subject.machine import RequestKind
from central.subject.register import check_reference, in_hand, known, note
from central.subject.restriction import ERASING, RESTRICTING, found
from central.subject.tables import FindingRow, RequestRow
from vault.envelope import SigningKey

_KINDS = {
    CommandVerb.FIND: frozenset(RequestKind),
    CommandVerb.RESTRICT: RESTRICTING,
    CommandVerb.ERASE: ERASING,
}


def ask(paths: Paths, request: str, *, verb: CommandVerb, instruction: str, at: datetime) -> list[str]:
    """Write the commands; the bridge sends them when it runs. Their ids.

    :raises: SubjectRequestUnknown; SubjectRefused when it is not for such a request, before anything was found, or, for
        a lift, while headquarters restricts too; SetUpError, CentralError.
    """
    check_reference(instruction)
    key = receipt_key(paths, at=at)
    with writing_beside(paths) as session:
        row = known(session, request) if verb is CommandVerb.LIFT else in_hand(session, request, kinds=_KINDS[verb])
        if verb is CommandVerb.LIFT and _still_restricted(session, row):
            raise SubjectRefused(
                "Headquarters restricts it still: `smilius-central subject lift` first, which says why."
            )
        issued = []
        for station, parcels in _by_station(session, row):
            command = _command(session, row, verb=verb, about=(station, parcels), issued=(at, key))
            issued.append(command.id)
            detail = {"station": station, "command": command.id, "verb": verb.value, "instruction": instruction}
            note(session, row, at=at, kind="command-issued", detail=detail)
    return issued


def _by_station(session: Session, row: RequestRow) -> Iterator[tuple[str, tuple[str, ...]]]:
    theirs = found(session, row)
    wanted = select(FindingRow).where(FindingRow.request == row.id, FindingRow.parcel.in_(theirs))
    ordered = session.scalars(wanted.order_by(FindingRow.station, FindingRow.parcel)).all()
    for station, findings in groupby(ordered, key=lambda one: one.station):
        parcels = [one.parcel for one in findings]
        for first in range(0, len(parcels), PARCELS_MAX):
            yield station, tuple(parcels[first : first + PARCELS_MAX])


def _command(
    session: Session,
    row: RequestRow,
    *,
    verb: CommandVerb,
    about: tuple[str, tuple[str, ...]],
    issued: tuple[datetime, SigningKey],
) -> Command:
    (station, parcels), (at, key) = about, issued
    command = Command(
        tenant=row.tenant,
        station=station,
        id=str(ULID.from_datetime(at)).lower(),
        verb=verb,
        parcels=parcels,
        counter=next_counter(session, row.tenant, station=station),
        issued=at,
        expires=at + COMMAND_LIFE,
        key=key.kid,
    )
    issue(session, command, key=key, request=row.id)
    return command


def _still_restricted(session: Session, row: RequestRow) -> bool:
    open_ones = select(RestrictionRow).where(RestrictionRow.tenant == row.tenant, RestrictionRow.lifted_at.is_(None))
    return session.scalars(open_ones.where(RestrictionRow.parcel.in_(found(session, row)))).first() is not None
