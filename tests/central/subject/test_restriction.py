"""Restricted is kept and not processed; erased is what MIGRIS refused, verified and with a tombstone."""

from contextlib import closing

import pytest

from agent.wire import How, Tombstone, read_signed
from central.bridge.beside import opened_beside
from central.bridge.held import retry
from central.bridge.subject import Subject
from central.bridge.tables import OutboxRow, ParcelRow, TombstoneRow
from central.errors import CentralError, ParcelNotHeld, SubjectRefused
from central.paths import Paths
from central.subject.finding import find
from central.subject.machine import RequestKind, Step
from central.subject.register import Given, take
from central.subject.restriction import Erased, erase, lift, restrict
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import ACCEPTED, REJECTED, UNREADABLE
from tests.central.headquarters import Station
from tests.central.kept import Reader, on_server
from tests.central.migris.direct import DirectConnector
from tests.central.parcels import OPEN_APPLICATION, visited
from tests.central.subject.desk import INSTRUCTION, NOW, in_order, ledger
from vault.envelope import Pinned

OTHER_APPLICATION = "MIG-2026-000102"


async def about(paths: Paths, migris: DirectConnector, kind: RequestKind) -> str:
    request = in_order(paths, kind)
    await find(paths, request, numbers=(OPEN_APPLICATION,), connector=migris, at=NOW)
    return request


@pytest.fixture
def waiting(counter: Counter, station: Station) -> Subject:
    return counter.store(visited(station))


async def test_a_restricted_parcel_is_kept_and_not_handed_over(
    headquarters: Paths, counter: Counter, waiting: Subject, station: Station, migris: DirectConnector
) -> None:
    other = counter.store(visited(station, application=OTHER_APPLICATION))
    request = await about(headquarters, migris, RequestKind.RESTRICTION)
    assert restrict(headquarters, request, instruction=INSTRUCTION, at=NOW) == [waiting.id]
    assert counter.delivery.waiting() == [(other.tenant, other.id)]
    assert counter.delivery.consignment(waiting.tenant, waiting.id) is None
    assert counter.count(OutboxRow) == 2, "it is kept"
    assert lift(headquarters, request, told="DVS-9", instruction=INSTRUCTION, at=NOW) == [waiting.id]
    assert (waiting.tenant, waiting.id) in counter.delivery.waiting()
    counter.decide(waiting, ACCEPTED)
    lines = {line["kind"]: line for line in ledger(headquarters)}
    assert lines["parcel-restricted"]["subject"] == waiting.id
    assert (lines["parcel-restriction-lifted"]["told"], lines["parcel-restriction-lifted"]["instruction"]) == (
        "DVS-9",
        INSTRUCTION,
    )


async def test_a_parcel_is_processed_when_all_its_restrictions_are_lifted(
    headquarters: Paths, counter: Counter, waiting: Subject, migris: DirectConnector
) -> None:
    requests = [await about(headquarters, migris, RequestKind.OBJECTION) for _ in range(2)]
    for request in requests:
        restrict(headquarters, request, instruction=INSTRUCTION, at=NOW)
    lift(headquarters, requests[0], told="DVS-9", instruction=INSTRUCTION, at=NOW)
    assert counter.delivery.waiting() == []
    lift(headquarters, requests[1], told="DVS-9", instruction=INSTRUCTION, at=NOW)
    assert counter.delivery.waiting() == [(waiting.tenant, waiting.id)]


async def test_restricting_and_lifting_again(
    headquarters: Paths, counter: Counter, waiting: Subject, migris: DirectConnector
) -> None:
    request = await about(headquarters, migris, RequestKind.RESTRICTION)
    for _ in range(2):
        restrict(headquarters, request, instruction=INSTRUCTION, at=NOW)
    assert counter.kinds().count("parcel-restricted") == 1
    take(headquarters, request, step=Step.WITHDRAW, given=Given(), at=NOW)
    lift(headquarters, request, told="DVS-9", instruction=INSTRUCTION, at=NOW)
    with pytest.raises(SubjectRefused, match="Nothing is restricted"):
        lift(headquarters, request, told="DVS-9", instruction=INSTRUCTION, at=NOW)


async def test_what_is_restricted_is_not_put_back(
    headquarters: Paths, counter: Counter, waiting: Subject, migris: DirectConnector
) -> None:
    counter.decide(waiting, UNREADABLE)
    request = await about(headquarters, migris, RequestKind.RESTRICTION)
    restrict(headquarters, request, instruction=INSTRUCTION, at=NOW)
    with pytest.raises(ParcelNotHeld, match="is restricted"):
        retry(headquarters, tenant=waiting.tenant, parcel=waiting.id, at=NOW)


async def test_erased_is_what_migris_refused_and_nothing_else(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector, waiting: Subject
) -> None:
    refused, others = visited(station), visited(station, application=OTHER_APPLICATION)
    for parcel in (refused, others):
        counter.decide(counter.store(parcel), REJECTED)
    request = await about(headquarters, migris, RequestKind.ERASURE)
    assert refused.content[200:264] in counter.disk()
    result = erase(headquarters, request, instruction=INSTRUCTION, at=NOW)
    assert result == Erased(erased=(refused.id,), not_here=(), undecided=(waiting.id,))
    assert refused.content[200:264] not in counter.disk()
    assert others.content[200:264] in counter.disk()
    assert counter.delivery.waiting() == [(waiting.tenant, waiting.id)]
    with opened_beside(headquarters) as session:
        (row,) = session.query(TombstoneRow).all()
        tombstone = read_signed(row.signed, Tombstone, pinned=Pinned([counter.key.public]))
        assert session.get_one(ParcelRow, (refused.station.tenant, refused.id)).wiped_at == NOW
    assert (tombstone.parcel, tombstone.how, tombstone.stage, tombstone.authorised_by, tombstone.verified) == (
        refused.id,
        How.DESTROYED,
        "rejected",
        INSTRUCTION,
        not on_server(counter.engine),
    )
    assert erase(headquarters, request, instruction=INSTRUCTION, at=NOW) == result, "asking again changes nothing"
    assert counter.kinds().count("parcel-erased") == 1


async def test_while_somebody_reads_there_is_no_tombstone_and_asking_again_finishes(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    refused = visited(station)
    counter.decide(counter.store(refused), REJECTED)
    request = await about(headquarters, migris, RequestKind.ERASURE)
    with closing(Reader(counter.engine)) as reader:
        reader.begin()
        with pytest.raises(CentralError, match="try again"):
            erase(headquarters, request, instruction=INSTRUCTION, at=NOW)
        assert counter.count(TombstoneRow) == 0
    assert erase(headquarters, request, instruction=INSTRUCTION, at=NOW).erased == (refused.id,)
    assert counter.count(TombstoneRow) == 1
    assert refused.content[200:264] not in counter.disk()


async def test_what_another_request_wants_kept_is_not_erased(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    counter.decide(counter.store(visited(station)), REJECTED)
    keeping = await about(headquarters, migris, RequestKind.RESTRICTION)
    restrict(headquarters, keeping, instruction=INSTRUCTION, at=NOW)
    erasing = await about(headquarters, migris, RequestKind.ERASURE)
    with pytest.raises(SubjectRefused, match=f"Request {keeping} wants a parcel kept"):
        erase(headquarters, erasing, instruction=INSTRUCTION, at=NOW)
    assert counter.count(OutboxRow) == 1
    lift(headquarters, keeping, told="DVS-9", instruction=INSTRUCTION, at=NOW)
    assert len(erase(headquarters, erasing, instruction=INSTRUCTION, at=NOW).erased) == 1


async def test_only_what_was_found_for_a_fitting_request(
    headquarters: Paths, waiting: Subject, migris: DirectConnector
) -> None:
    with pytest.raises(SubjectRefused, match="No parcel was found"):
        restrict(headquarters, in_order(headquarters, RequestKind.RESTRICTION), instruction=INSTRUCTION, at=NOW)
    access = await about(headquarters, migris, RequestKind.ACCESS)
    for act in (restrict, erase):
        with pytest.raises(SubjectRefused, match="not done for a request for access"):
            act(headquarters, access, instruction=INSTRUCTION, at=NOW)
    for told, instruction in (("", INSTRUCTION), ("DVS-9", "")):
        with pytest.raises(SubjectRefused, match="one line"):
            lift(headquarters, access, told=told, instruction=instruction, at=NOW)
