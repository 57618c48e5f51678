"""Which parcels a request is about: what MIGRIS has for the applications, and what is in the sealed copies kept here.

Neither ledger nor tables of headquarters have an application's number. MIGRIS knows what was submitted; what never got
there is still sealed here and says itself whose it is. After both have gone, nothing here leads to a person any more.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from agent.wire import Applicant
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.tables import ParcelRow
from central.errors import SubjectRefused
from central.migris.connector import Connector, Submitted
from central.paths import Paths
from central.subject import recipient
from central.subject.register import in_hand, note
from central.subject.sealed_copy import Reader
from central.subject.tables import FindingRow, RequestRow

BY_MIGRIS, BY_CONTENT = "migris", "sealed-copy"
"""By whom a parcel was recognised."""

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search gave; the parcels themselves stand in the register."""

    applications: int
    """How many applications were searched for."""
    by_migris: int
    """Parcels that MIGRIS has under them."""
    by_content: int
    """Parcels whose sealed copy here names them."""
    unreadable: int
    """Sealed copies of this tenant that nobody can open: they may be anybody's."""


async def resolve(paths: Paths, request: str, *, applicant: Applicant, connector: Connector) -> tuple[str, ...]:
    """The applications of a person whose name is known and whose numbers are not; MIGRIS alone knows names.

    :raises: SubjectRequestUnknown, SubjectRefused when MIGRIS has no such person; ConnectorSilent, ConnectorRefused.
    """
    with opened_beside(paths) as session:
        in_hand(session, request)
    numbers = await connector.search(applicant)
    if not numbers:
        raise SubjectRefused("MIGRIS has no application of such a person.")
    return numbers


async def find(paths: Paths, request: str, *, numbers: Sequence[str], connector: Connector, at: datetime) -> Found:
    """Search, and write down which parcels the request is about; searching again adds what is new.

    :raises: SubjectRequestUnknown, SubjectRefused, ConnectorSilent, ConnectorRefused, SetUpError.
    """
    if not numbers or not all(map(_NUMBER.fullmatch, numbers)):
        raise SubjectRefused("That is not an application's number.")
    with opened_beside(paths) as session:
        tenant = in_hand(session, request).tenant
    submitted = [one for number in numbers for one in await connector.submissions(number)]
    by_content, unreadable = _in_sealed_copies(Reader(paths, request), tenant, numbers=frozenset(numbers), at=at)
    with writing_beside(paths) as session:
        row = in_hand(session, request)
        by_migris = _keep_submitted(session, row, submitted=submitted, at=at)
        for parcel in by_content:
            _keep(session, row, parcel=parcel, known_by=BY_CONTENT, at=at)
        session.flush()
        found = Found(applications=len(numbers), by_migris=by_migris, by_content=len(by_content), unreadable=unreadable)
        detail = {"by_migris": found.by_migris, "by_content": found.by_content, "unreadable": found.unreadable}
        note(session, row, at=at, kind="subject-found", detail=detail)
    return found


def _in_sealed_copies(reader: Reader, tenant: str, *, numbers: frozenset[str], at: datetime) -> tuple[list[str], int]:
    theirs, unreadable = [], 0
    for parcel in reader.kept(tenant):
        package = reader.open(tenant, parcel, at=at)
        if package is None:
            unreadable += 1
        elif package.manifest.application_number in numbers:
            theirs.append(parcel)
    return theirs, unreadable


def _keep_submitted(session: Session, row: RequestRow, *, submitted: Sequence[Submitted], at: datetime) -> int:
    known = 0
    for one in submitted:
        tenant, _, parcel = one.key.partition("/")
        if tenant != row.tenant:
            continue
        known += _keep(session, row, parcel=parcel, known_by=BY_MIGRIS, at=at)
        if one.reference is not None:
            recipient.name(session, row.id, recipient=recipient.MIGRIS)
    return known


def _keep(session: Session, row: RequestRow, *, parcel: str, known_by: str, at: datetime) -> bool:
    """False when no such parcel ever came here."""
    known = session.get(ParcelRow, (row.tenant, parcel))
    if known is None:
        return False
    if session.get(FindingRow, (row.id, parcel)) is None:
        session.add(FindingRow(request=row.id, parcel=parcel, station=known.station, known_by=known_by, found_at=at))
    return True
