"""Finding: what MIGRIS has of a person, what is sealed here, and nothing of anybody else."""

import pytest

from agent.wire import Applicant
from central.bridge.beside import opened_beside
from central.bridge.frames import Delivered
from central.bridge.tables import OutboxRow
from central.errors import ConnectorSilent, SubjectRefused
from central.migris.connector import Submission
from central.paths import Paths
from central.subject.finding import Found, find, resolve
from central.subject.recipient import recipients
from central.subject.tables import FindingRow
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import REJECTED, UNREADABLE
from tests.central.headquarters import Station, enrolled
from tests.central.migris.direct import DirectConnector
from tests.central.parcels import OPEN_APPLICATION, Parcel, Visit, new_id, sealed, visited
from tests.central.subject.desk import NOW, in_order, ledger, registered

OTHER_APPLICATION = "MIG-2026-000102"
ONA = Applicant(given_name="Ona", surname="Pavyzdė", birth_date="1991-03-14", citizenship="UKR")


async def accepted(counter: Counter, migris: DirectConnector, *, station: Station) -> Parcel:
    """Delivered all the way: MIGRIS has it, and nothing is left of it here."""
    visit = Visit(parcel=new_id(), tenant=station.tenant, station=station.name)
    parcel = sealed(station, visit.package(), parcel=visit.parcel)
    subject = counter.store(parcel)
    outcome = await migris.submit(
        Submission(key=f"{station.tenant}/{parcel.id}", application=OPEN_APPLICATION, package=visit.package())
    )
    counter.decide(subject, Delivered(number=1, result="accepted", reference=getattr(outcome, "reference", "")))
    return parcel


def findings(paths: Paths) -> set[tuple[str, str]]:
    with opened_beside(paths) as session:
        return {(row.parcel, row.known_by) for row in session.query(FindingRow)}


async def found(paths: Paths, request: str, migris: DirectConnector, /, *numbers: str) -> Found:
    return await find(paths, request, numbers=numbers or (OPEN_APPLICATION,), connector=migris, at=NOW)


async def test_everything_of_a_person_is_found_and_nothing_of_another(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    at_migris = await accepted(counter, migris, station=station)
    rejected, waiting = visited(station), visited(station)
    counter.decide(counter.store(rejected), REJECTED)
    counter.store(waiting)
    counter.store(visited(station, application=OTHER_APPLICATION))
    counter.decide(counter.store(sealed(station, b"no package")), UNREADABLE)
    counter.store(visited(enrolled(headquarters, "riga-1", tenant="lt2")))
    request = in_order(headquarters)
    result = await found(headquarters, request, migris)
    assert result == Found(applications=1, by_migris=1, by_content=2, unreadable=1)
    assert findings(headquarters) == {
        (at_migris.id, "migris"),
        (rejected.id, "sealed-copy"),
        (waiting.id, "sealed-copy"),
    }
    with opened_beside(headquarters) as session:
        assert [row.recipient for row in recipients(session, request)] == ["migris"]
    assert OPEN_APPLICATION not in str(ledger(headquarters))
    assert OPEN_APPLICATION.encode() not in counter.disk()


async def test_every_opening_is_in_the_ledger(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    parcels = [
        counter.store(visited(station, application=number)).id for number in (OPEN_APPLICATION, OTHER_APPLICATION)
    ]
    request = in_order(headquarters)
    await found(headquarters, request, migris)
    opened = [line for line in ledger(headquarters) if line["kind"] == "parcel-opened-for-subject"]
    assert sorted(line["subject"] for line in opened) == sorted(parcels)
    assert {line["request"] for line in opened} == {request}


async def test_searching_again_adds_what_is_new(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    first, request = counter.store(visited(station)).id, in_order(headquarters)
    await found(headquarters, request, migris)
    second = counter.store(visited(station)).id
    await found(headquarters, request, migris)
    assert findings(headquarters) == {(first, "sealed-copy"), (second, "sealed-copy")}


async def test_names_resolve_through_migris(headquarters: Paths, migris: DirectConnector) -> None:
    request = in_order(headquarters)
    assert await resolve(headquarters, request, applicant=ONA, connector=migris) == (OPEN_APPLICATION,)
    with pytest.raises(SubjectRefused, match="no application of such a person"):
        await resolve(headquarters, request, applicant=ONA.model_copy(update={"surname": "Kita"}), connector=migris)


async def test_nobody_is_searched_for_before_their_request_is_in_order(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    counter.store(visited(station))
    request = registered(headquarters)
    for attempt in (
        found(headquarters, request, migris),
        resolve(headquarters, request, applicant=ONA, connector=migris),
    ):
        with pytest.raises(SubjectRefused, match="must be in order first"):
            await attempt
    assert "parcel-opened-for-subject" not in counter.kinds()


@pytest.mark.parametrize("number", ["", " ", "x" * 65, "MIG 1", "-1"])
async def test_what_is_no_number_is_refused(headquarters: Paths, migris: DirectConnector, number: str) -> None:
    with pytest.raises(SubjectRefused, match="not an application's number"):
        await found(headquarters, in_order(headquarters), migris, number)


async def test_without_migris_nothing_is_found_and_nothing_written(
    headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector
) -> None:
    counter.store(visited(station))
    request, migris.trouble = in_order(headquarters), ConnectorSilent("MIGRIS does not answer.")
    with pytest.raises(ConnectorSilent):
        await found(headquarters, request, migris)
    assert findings(headquarters) == set()
    assert counter.count(OutboxRow) == 1
