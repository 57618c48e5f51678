"""The opener: opens real seals around real packages, and what it makes of those that are not."""

from dataclasses import replace

import pytest

from central.bridge.frames import Enquire, Forget, Forgotten
from central.errors import CentralError
from central.migris.connector import Accepted
from central.paths import Paths
from tests.capture.records.specimens import wsq_by_hand
from tests.central.bridge.workshop import REFUSED, SILENT, Workshop
from tests.central.headquarters import Station, enrolled
from tests.central.migris.conformance import submission
from tests.central.parcels import OPEN_APPLICATION, Parcel, Visit, context_of, new_id, print_wsq, sealed, visited
from vault.envelope import Plain, RecipientKey, seal


async def test_a_real_package_reaches_migris(workshop: Workshop, station: Station) -> None:
    parcel = visited(station)
    delivered = await workshop.deliver(parcel)
    assert (delivered.result, delivered.reference) == ("accepted", "MR-20261122-000001")
    (received,) = workshop.store.received()
    assert received.application == OPEN_APPLICATION
    assert workshop.migris.submitted == [f"lt/{parcel.id}"]


async def test_what_migris_declines_is_rejected_with_its_cause(workshop: Workshop, station: Station) -> None:
    parcel = new_id()
    visit = Visit(parcel=parcel, left=print_wsq(width_px=480, height_px=320))
    delivered = await workshop.deliver(sealed(station, visit.package(), parcel=parcel))
    assert delivered.result == "rejected"
    assert delivered.cause is not None
    assert (delivered.cause.part, delivered.cause.code) == ("left-index", "print-size")


async def test_a_lost_answer_is_asked_for_and_nothing_submitted_twice(workshop: Workshop, station: Station) -> None:
    parcel = visited(station)
    workshop.migris.lost_answers = 1
    assert (await workshop.deliver(parcel)).result == "silent"
    delivered = await workshop.deliver(parcel)
    assert (delivered.result, delivered.reference) == ("accepted", "MR-20261122-000001")
    assert workshop.migris.submitted == [f"lt/{parcel.id}"]


async def test_an_outcome_that_is_known_already_is_not_submitted_again(workshop: Workshop, station: Station) -> None:
    parcel, visit = visited(station), Visit(parcel=new_id())
    before = await workshop.migris.submit(replace(submission(visit), key=f"lt/{parcel.id}"))
    delivered = await workshop.deliver(parcel)
    assert isinstance(before, Accepted)
    assert (delivered.result, delivered.reference) == ("accepted", before.reference)
    assert len(workshop.migris.submitted) == 1


async def test_where_nobody_can_be_asked_a_lost_answer_is_not_sent_again(workshop: Workshop, station: Station) -> None:
    parcel = visited(station)
    workshop.migris.remembers, workshop.migris.lost_answers = False, 1
    assert (await workshop.deliver(parcel)).result == "unsure"
    assert (await workshop.deliver(parcel, again=True)).result == "unsure"
    assert workshop.migris.submitted == [f"lt/{parcel.id}"]
    assert (await workshop.deliver(visited(station))).result == "accepted"


async def test_what_is_decided_later_is_asked_about_by_its_key(workshop: Workshop, station: Station) -> None:
    parcel = visited(station)
    workshop.migris.patient = True
    assert (await workshop.deliver(parcel)).result == "pending"
    enquiry = Enquire(number=9, tenant="lt", parcel=parcel.id)
    assert (await workshop.opener.enquire(enquiry)).result == "pending"
    workshop.migris.patient = False
    assert (await workshop.opener.enquire(enquiry)).result == "accepted"
    unknown = await workshop.opener.enquire(enquiry.model_copy(update={"parcel": new_id()}))
    assert unknown.result == "unsure", "it was given there, and is not there"
    for workshop.migris.trouble, result in ((SILENT, "silent"), (REFUSED, "refused")):
        assert (await workshop.opener.enquire(enquiry)).result == result


async def test_a_connector_is_told_to_forget(workshop: Workshop) -> None:
    order = Forget(number=3, tenant="lt", parcel=new_id())
    assert await workshop.opener.respond(order) == Forgotten(number=3, done=True)
    assert workshop.migris.forgotten == [f"lt/{order.parcel}"]
    workshop.migris.trouble = SILENT
    assert await workshop.opener.respond(order) == Forgotten(number=3, done=False)


@pytest.mark.parametrize(("trouble", "result"), [(SILENT, "silent"), (REFUSED, "refused")])
async def test_when_migris_says_nothing_so_do_we(
    workshop: Workshop, station: Station, trouble: CentralError, result: str
) -> None:
    workshop.migris.trouble = trouble
    delivered = await workshop.deliver(visited(station))
    assert (delivered.result, delivered.reference, delivered.cause) == (result, None, None)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"no package at all", "package-damaged"), (Visit(parcel=new_id()).package()[:-9], "package-damaged")],
    ids=["none", "cut-short"],
)
async def test_a_damaged_package_is_unfit_and_migris_is_not_asked(
    workshop: Workshop, station: Station, content: bytes, code: str
) -> None:
    delivered = await workshop.deliver(sealed(station, content))
    assert (delivered.result, delivered.cause and delivered.cause.code) == ("unfit", code)
    assert workshop.migris.submitted == []


async def test_a_print_that_does_not_decode_is_named_and_not_left_to_migris(
    workshop: Workshop, station: Station
) -> None:
    package = Visit(parcel=new_id(), left=wsq_by_hand(data=b"no ridges")).package()
    delivered = await workshop.deliver(sealed(station, package))
    assert delivered.result == "unfit"
    assert delivered.cause is not None
    assert (delivered.cause.part, delivered.cause.code) == ("left-index", "wsq-undecodable")
    assert workshop.migris.submitted == []


@pytest.mark.parametrize("change", [{"parcel": new_id()}, {"station": "kaunas-2"}, {"tenant": "lt2"}])
async def test_another_parcels_package_is_rejected(
    workshop: Workshop, station: Station, change: dict[str, str]
) -> None:
    parcel = new_id()
    visit = Visit(**{"parcel": parcel, **change})  # type: ignore[arg-type]  # every change is of a name
    delivered = await workshop.deliver(sealed(station, visit.package(), parcel=parcel))
    assert (delivered.result, delivered.cause and delivered.cause.code) == ("rejected", "package-other-parcel")
    assert workshop.migris.submitted == []


async def test_a_seal_by_another_key_is_unreadable(workshop: Workshop, station: Station, headquarters: Paths) -> None:
    other = enrolled(headquarters, "kaunas-2")
    delivered = await workshop.deliver(visited(station), seal_public=other.seal.public.pem())
    assert delivered.result == "unreadable"
    delivered = await workshop.deliver(visited(station), seal_public=station.link.public.pem())
    assert delivered.result == "unreadable"
    assert (await workshop.deliver(visited(station), seal_public="no key")).result == "unreadable"


async def test_a_seal_for_another_recipient_is_unreadable(workshop: Workshop, station: Station) -> None:
    content = Visit(parcel=new_id()).package()
    context = context_of(station, parcel=new_id(), size=len(content))
    elsewhere = seal(Plain(content), context, recipient=RecipientKey.generate().public, signer=station.seal)
    delivered = await workshop.deliver(Parcel(station, context.parcel, elsewhere.content))
    assert delivered.result == "unreadable"


@pytest.mark.parametrize(
    "change", [{"tenant": "lt2"}, {"station": "kaunas-2"}, {"parcel": new_id()}, {"kind": "amendment"}]
)
async def test_a_seal_of_another_context_is_unreadable(
    workshop: Workshop, station: Station, change: dict[str, str]
) -> None:
    assert (await workshop.deliver(visited(station), **change)).result == "unreadable"


@pytest.mark.parametrize("position", [0, 40, 300, -200, -1])
async def test_a_changed_seal_is_unreadable(workshop: Workshop, station: Station, position: int) -> None:
    parcel = visited(station)
    content = bytearray(parcel.content)
    content[position] ^= 1
    assert (await workshop.deliver(parcel, content=bytes(content))).result == "unreadable"
    assert (await workshop.deliver(parcel, content=b"")).result == "unreadable"
    assert workshop.migris.submitted == []
