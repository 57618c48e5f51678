"""agent/wire/question.py: a question is answered for its asker alone; what is absent is said by null."""

import json
from base64 import b64encode

import pytest
from pydantic import ValidationError

from agent.errors import WireError
from agent.wire import Answer, ApplicationCheck, HandoverCheck, PersonCheck, PrintSample, Question
from agent.wire.document import read_plain
from agent.wire.question import ANSWER_KIND, PRINT_BYTES_MAX, QUESTION_KIND
from tests.agent.wire.specimens import ANSWER, PARCEL, QUESTION, TIME
from vault.envelope import RecipientKey, RecipientPublic


def test_the_reply_key_comes_back_as_the_key_that_it_was() -> None:
    reply = RecipientKey.generate()
    check = ApplicationCheck(application="MIG-2026-000101")
    question = Question(id=PARCEL, check=check, reply_key=b64encode(reply.public.content), expires=TIME)
    read = read_plain(question.canonical(), Question)
    assert RecipientPublic(read.reply_key).kid == reply.kid


def test_raw_bytes_are_not_taken_for_base64() -> None:
    with pytest.raises(ValidationError):
        Question(id=PARCEL, check=QUESTION.check, reply_key=b"\xff\xfe\xfd", expires=TIME)


@pytest.mark.parametrize("number", ["", "x" * 65])
def test_a_number_is_not_empty_and_not_long(number: str) -> None:
    fields = {**json.loads(QUESTION.canonical()), "check": {"application": number}}
    with pytest.raises(WireError, match=r"^A question is not complete: check\.ApplicationCheck\.application, "):
        read_plain(json.dumps(fields).encode(), Question)


def test_questions_and_answers_are_never_signed_they_are_sealed() -> None:
    assert (Question.content_type, Answer.content_type) == ("", "")
    assert (QUESTION_KIND, ANSWER_KIND) == ("question", "answer")


def test_an_answer_without_a_failure_may_leave_the_field_out() -> None:
    fields = json.loads(ANSWER.canonical())
    del fields["failure"]
    assert read_plain(json.dumps(fields).encode(), Answer) == ANSWER


def test_an_error_does_not_name_the_applicant() -> None:
    fields = json.loads(ANSWER.canonical())
    fields["applicant"]["birth_date"] = 19900228
    with pytest.raises(WireError) as refused:
        read_plain(json.dumps(fields).encode(), Answer)
    assert refused.value.sentence == "A answer is not complete: applicant.birth_date."
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_question_about_a_person_or_a_handover_comes_back_as_it_was() -> None:
    assert ANSWER.applicant is not None
    prints = tuple(
        PrintSample(finger=finger, wsq=b64encode(b"\xff" * PRINT_BYTES_MAX)) for finger in ("left-index", "right-index")
    )
    for check in (PersonCheck(person=ANSWER.applicant), HandoverCheck(application="x" * 64, prints=prints)):
        question = QUESTION.model_copy(update={"check": check})
        assert read_plain(question.canonical(), Question).check == check


@pytest.mark.parametrize("size", [0, PRINT_BYTES_MAX + 1])
def test_a_print_is_as_large_as_there_is_room(size: int) -> None:
    with pytest.raises(ValidationError):
        PrintSample(finger="left-index", wsq=b64encode(b"\xff" * size))


def test_a_print_is_not_shown() -> None:
    assert "wsq" not in repr(PrintSample(finger="left-index", wsq=b64encode(b"ridges")))
