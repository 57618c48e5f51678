"""Questions through the opener: who gets an answer, and who can read it."""

import base64
from base64 import b64encode
from datetime import timedelta

import pytest

from agent.wire import (
    ApplicationCheck,
    Candidate,
    HandoverAnswer,
    HandoverCheck,
    Likeness,
    PersonAnswer,
    PersonCheck,
    PrintSample,
    Question,
)
from central.errors import CentralError
from central.paths import Paths
from central.pki.set_up import recipient_key
from drivers.contract import Finger
from tests.central.bridge.questions import asked, read_answer, read_as
from tests.central.bridge.workshop import REFUSED, SILENT, Workshop
from tests.central.headquarters import Station, enrolled
from tests.central.migris.conformance import pressed, submission
from tests.central.migris.test_direct import APPLICANT
from tests.central.parcels import OPEN_APPLICATION, Parcel, Visit, new_id
from vault.envelope import Pinned, RecipientKey, SealBroken, open_sealed


async def test_a_question_is_answered(workshop: Workshop, station: Station) -> None:
    question = asked(station)
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    answer = read_answer(workshop.receipt_key.public, content, question)
    assert (answer.id, answer.known, answer.open, answer.state) == (question.id, True, True, "submitted")
    assert answer.applicant is not None
    assert answer.applicant.surname == "Pavyzdė"
    assert "Pavyzdė".encode() not in content


async def test_a_persons_applications_are_found(workshop: Workshop, station: Station) -> None:
    question = asked(station, check=PersonCheck(person=APPLICANT))
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    answer = read_as(PersonAnswer, workshop.receipt_key.public, content=content, question=question)
    assert answer.applications == (Candidate(application=OPEN_APPLICATION, open=True, state="submitted"),)
    question = asked(station, check=PersonCheck(person=APPLICANT.model_copy(update={"surname": "Kita"})))
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    answer = read_as(PersonAnswer, workshop.receipt_key.public, content=content, question=question)
    assert (answer.applications, answer.failure) == ((), None)


@pytest.mark.parametrize(("person", "likeness"), [(1, Likeness.SAME), (2, Likeness.OTHER)])
async def test_prints_at_a_handover_are_compared(
    workshop: Workshop, station: Station, person: int, likeness: Likeness
) -> None:
    right, left = pressed(1, Finger.RIGHT_INDEX), pressed(1, Finger.LEFT_INDEX)
    await workshop.migris.submit(submission(Visit(parcel=new_id(), right=right, left=left)))
    sample = PrintSample(finger="left-index", wsq=b64encode(pressed(person, Finger.LEFT_INDEX, seed=8)))
    question = asked(station, check=HandoverCheck(application=OPEN_APPLICATION, prints=(sample,)))
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    answer = read_as(HandoverAnswer, workshop.receipt_key.public, content=content, question=question)
    assert (answer.likeness, answer.failure) == (likeness, None)


@pytest.mark.parametrize(("trouble", "failure"), [(SILENT, "migris-silent"), (REFUSED, "migris-refused")])
async def test_when_migris_does_not_answer_a_person_or_a_handover_is_told_that(
    workshop: Workshop, station: Station, trouble: CentralError, failure: str
) -> None:
    workshop.migris.trouble = trouble
    sample = PrintSample(finger="left-index", wsq=b64encode(b"ridges"))
    handover = HandoverCheck(application=OPEN_APPLICATION, prints=(sample,))
    question = asked(station, check=handover)
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    compared = read_as(HandoverAnswer, workshop.receipt_key.public, content=content, question=question)
    assert (compared.likeness, compared.failure) == (None, failure)
    question = asked(station, check=PersonCheck(person=APPLICANT))
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    found = read_as(PersonAnswer, workshop.receipt_key.public, content=content, question=question)
    assert (found.applications, found.failure) == ((), failure)


async def test_only_the_asker_can_open_the_answer(workshop: Workshop, station: Station, headquarters: Paths) -> None:
    question = asked(station)
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    for key in (RecipientKey.generate(), recipient_key(headquarters)):
        with pytest.raises(SealBroken):
            open_sealed(content, recipient=key, pinned=Pinned([workshop.receipt_key.public]))


@pytest.mark.parametrize(
    ("application", "known", "state"), [("MIG-2026-000199", True, "closed"), ("MIG-2026-999999", False, None)]
)
async def test_what_takes_nothing_is_answered_so(
    workshop: Workshop, station: Station, application: str, known: bool, state: str | None
) -> None:
    question = asked(station, application=application)
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    answer = read_answer(workshop.receipt_key.public, content, question)
    assert (answer.known, answer.open, answer.state, answer.failure) == (known, False, state, None)


@pytest.mark.parametrize(("trouble", "failure"), [(SILENT, "migris-silent"), (REFUSED, "migris-refused")])
async def test_when_migris_cannot_be_asked_the_answer_says_that(
    workshop: Workshop, station: Station, trouble: CentralError, failure: str
) -> None:
    workshop.migris.trouble = trouble
    question = asked(station)
    content = await workshop.answer(station, question.content, question=question.id)
    assert content is not None
    answer = read_answer(workshop.receipt_key.public, content, question)
    assert (answer.failure, answer.known, answer.applicant) == (failure, False, None)


async def test_an_expired_question_is_refused_and_whose_clock_may_be_wrong_is_said(
    workshop: Workshop, station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    question = asked(station, expires=workshop.clock.now() + timedelta(seconds=30))
    workshop.clock.forward(seconds=30, hours=1)
    assert await workshop.answer(station, question.content, question=question.id) is not None
    assert caplog.messages == []
    workshop.clock.forward(seconds=5)
    assert await workshop.answer(station, question.content, question=question.id) is None
    (said,) = caplog.messages
    assert "lt/vilnius-1" in said
    assert "3605 s ago" in said


@pytest.mark.parametrize("behind", [timedelta(seconds=31), timedelta(minutes=59), timedelta(days=-400)])
async def test_a_station_whose_clock_differs_is_answered(
    workshop: Workshop, station: Station, behind: timedelta
) -> None:
    """A clock that is ahead is nobody's trouble at all."""
    its_now = workshop.clock.now() - behind
    question = asked(station, expires=its_now + timedelta(seconds=30))
    assert await workshop.answer(station, question.content, question=question.id) is not None


async def test_a_question_that_is_none_is_not_answered(
    workshop: Workshop, station: Station, headquarters: Paths
) -> None:
    question = asked(station)
    other = enrolled(headquarters, "kaunas-2")
    assert await workshop.answer(station, question.content, question=new_id()) is None
    assert await workshop.answer(other, question.content, question=question.id) is None
    assert await workshop.answer(station, question.content[:-1], question=question.id) is None
    assert await workshop.answer(station, b"", question=question.id) is None
    for sealed_content in (b"", b"{}", b"\xff" * 70_000):
        empty = asked(station, content=sealed_content)
        assert await workshop.answer(station, empty.content, question=empty.id) is None


async def test_a_package_is_no_question_and_a_question_no_package(workshop: Workshop, station: Station) -> None:
    question = asked(station, kind="enrolment")
    assert await workshop.answer(station, question.content, question=question.id) is None
    question = asked(station)
    delivered = await workshop.deliver(Parcel(station, question.id, question.content))
    assert delivered.result == "unreadable"


@pytest.mark.parametrize("low_order", [False, True])
async def test_a_reply_key_that_is_none_ends_nothing(workshop: Workshop, station: Station, low_order: bool) -> None:
    public = RecipientKey.generate().public.content
    # a point of small order passes for a key until somebody computes with it
    bad = public[:-32] + bytes(32) if low_order else public[:-1]
    question = asked(station, reply_public=bad)
    assert await workshop.answer(station, question.content, question=question.id) is None


async def test_the_question_inside_must_be_the_one_that_is_sealed(workshop: Workshop, station: Station) -> None:
    question, other = asked(station), asked(station)
    inside = Question(
        id=other.id,
        check=ApplicationCheck(application=OPEN_APPLICATION),
        reply_key=base64.b64encode(other.reply_key.public.content),
        expires=workshop.clock.now(),
    )
    swapped = asked(station, content=inside.canonical())
    assert await workshop.answer(station, swapped.content, question=swapped.id) is None
    assert await workshop.answer(station, question.content, question=question.id) is not None
