"""Questions sealed and answers opened, with real keys."""

from datetime import UTC, datetime

import pytest

from agent.errors import WireError
from agent.visit.asking import Asking
from agent.visit.channel import AskApplication, QuestionSealed
from agent.wire import ApplicationCheck
from agent.wire.question import ANSWER_KIND, QUESTION_KIND
from tests.agent.visit.headquarters import APPLICANT, APPLICATION, STATION, TENANT, Headquarters
from vault.envelope import Pinned, RecipientKey, RecipientPublic, SigningKey, recipient_of
from vault.errors import KeyOutOfTime, SealBroken

QUESTION, OTHER = "01jd0000000000000000000001", "01jd0000000000000000000002"
EXPIRES = datetime(2026, 11, 22, 8, 16, 0, tzinfo=UTC)
STATION_KEY = SigningKey.generate()


@pytest.fixture
def headquarters() -> Headquarters:
    return Headquarters(STATION_KEY)


def _asking(headquarters: Headquarters) -> Asking:
    return Asking(TENANT, STATION, signer=STATION_KEY, central=headquarters)


def _ask(asking: Asking, question: str = QUESTION, application: str = APPLICATION) -> QuestionSealed:
    return asking.ask(AskApplication(application=application, question=question, expires=EXPIRES))


def test_a_question_reaches_headquarters_and_its_answer_comes_back(headquarters: Headquarters) -> None:
    asking = _asking(headquarters)
    asked = _ask(asking)
    question = headquarters.question(asked.sealed)
    assert (question.id, question.expires) == (QUESTION, EXPIRES)
    assert question.check == ApplicationCheck(application=APPLICATION)
    assert headquarters.number(asked.number_sealed) == APPLICATION
    read = asking.read(headquarters.answer(asked.sealed))
    assert (read.known, read.open, read.failure, read.applicant) == (True, True, None, APPLICANT)


def test_an_application_that_migris_does_not_know(headquarters: Headquarters) -> None:
    asking = _asking(headquarters)
    read = asking.read(headquarters.answer(_ask(asking, application="EA-2026-999999").sealed))
    assert (read.known, read.open, read.applicant) == (False, False, None)


def test_nothing_of_the_application_can_be_read_on_the_way(headquarters: Headquarters) -> None:
    asked = _ask(_asking(headquarters))
    assert APPLICATION.encode() not in asked.sealed + asked.number_sealed
    assert APPLICATION not in repr(AskApplication(application=APPLICATION, question=QUESTION, expires=EXPIRES))


def test_every_question_has_a_key_of_its_own(headquarters: Headquarters) -> None:
    asking = _asking(headquarters)
    keys = {headquarters.question(_ask(asking).sealed).reply_key for _ in range(2)}
    assert len(keys) == 2


def test_an_answer_that_nobody_asked_for_is_refused(headquarters: Headquarters) -> None:
    answer = headquarters.answer(_ask(_asking(headquarters)).sealed)
    with pytest.raises(SealBroken, match="Nothing was asked"):
        _asking(headquarters).read(answer)


def test_the_answer_to_the_question_before_is_refused(headquarters: Headquarters) -> None:
    asking = _asking(headquarters)
    before = headquarters.answer(_ask(asking).sealed)
    _ask(asking, OTHER)
    with pytest.raises(SealBroken):
        asking.read(before)


@pytest.mark.parametrize("change", ["question", "kind", "station"])
def test_an_answer_to_another_question_station_or_kind_is_refused(headquarters: Headquarters, change: str) -> None:
    asking = _asking(headquarters)
    question = headquarters.question(_ask(asking).sealed)
    to = question.model_copy(update={"id": OTHER}) if change == "question" else question
    answer = headquarters.sealed_answer(
        b"{}",
        to=to,
        kind=QUESTION_KIND if change == "kind" else ANSWER_KIND,
        station="vilnius-2" if change == "station" else STATION,
    )
    with pytest.raises(SealBroken, match="another question"):
        asking.read(answer)


def test_an_answer_that_headquarters_did_not_sign_is_refused(headquarters: Headquarters) -> None:
    asking = _asking(headquarters)
    asked = _ask(asking)
    stranger = Headquarters(STATION_KEY)
    stranger.private = headquarters.private
    with pytest.raises(SealBroken):
        asking.read(stranger.answer(asked.sealed))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"id": "Jonas", "known": 1}'])
def test_an_answer_that_is_none_is_refused_and_repeats_nothing(headquarters: Headquarters, content: bytes) -> None:
    asking = _asking(headquarters)
    question = headquarters.question(_ask(asking).sealed)
    with pytest.raises(WireError) as caught:
        asking.read(headquarters.sealed_answer(content, to=question))
    assert "Jonas" not in caught.value.sentence


def test_garbage_is_refused(headquarters: Headquarters) -> None:
    asking = _asking(headquarters)
    asked = _ask(asking)
    for garbage in (b"", b"garbage", asked.sealed, asked.sealed[:-1]):
        with pytest.raises(SealBroken):
            asking.read(garbage)


class Trusted:
    """Keys of central's that change while a worker waits for its visit."""

    def __init__(self) -> None:
        self.keys = [RecipientKey.generate()]
        self.over = False

    def recipient(self) -> RecipientPublic:
        if self.over:
            raise KeyOutOfTime("The time of the key is over.")
        return self.keys[-1].public

    def receipts(self) -> Pinned:
        return Pinned([])


def test_a_visit_seals_for_the_key_of_its_first_question_to_its_end() -> None:
    central = Trusted()
    asking = Asking(TENANT, STATION, signer=STATION_KEY, central=central)
    central.keys.append(RecipientKey.generate())
    sealed = _ask(asking)
    assert recipient_of(sealed.sealed) == recipient_of(sealed.number_sealed) == central.keys[1].kid
    central.keys.append(RecipientKey.generate())
    central.over = True
    assert asking.recipient.kid == central.keys[1].kid


def test_nothing_is_asked_with_a_key_whose_time_is_over() -> None:
    central = Trusted()
    central.over = True
    with pytest.raises(KeyOutOfTime):
        _ask(Asking(TENANT, STATION, signer=STATION_KEY, central=central))
