"""The register: steps with their ledger lines in one transaction, deadlines kept and missed, refusals."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from central.bridge.beside import opened_beside, writing_beside
from central.errors import SetUpError, SubjectRefused, SubjectRequestUnknown
from central.paths import Paths
from central.subject.machine import RequestKind, RequestState, Step
from central.subject.recipient import MIGRIS, cannot_be_told, name, was_told
from central.subject.register import (
    Given,
    deadlines,
    in_hand,
    known,
    register,
    requests,
    steps,
    take,
)
from tests.central.bridge.counter import Counter, opened
from tests.central.kept import refuse
from tests.central.subject.desk import INSTRUCTION, NOW, asked, in_order, later, ledger, registered

INSTRUCTED = Given(reason="Because.", instruction=INSTRUCTION)


def due(paths: Paths, request: str) -> list[tuple[str, date, bool | None]]:
    with opened_beside(paths) as session:
        return [
            (one.what, one.day, one.kept(date(2026, 11, 22))) for one in deadlines(session, known(session, request))
        ]


def test_requests_are_numbered_by_the_year_and_stand_in_the_ledger(headquarters: Paths) -> None:
    assert [registered(headquarters) for _ in range(2)] == ["2026-0001", "2026-0002"]
    first, second = ledger(headquarters)
    assert (first["kind"], first["request"], first["asks"], first["form"]) == (
        "subject-registered",
        "2026-0001",
        "access",
        "email",
    )
    assert second["request"] == "2026-0002"
    assert "DVS-2026-114" not in str(ledger(headquarters)), (
        "where a proof is kept is nobody's business but the register's"
    )


def test_the_number_follows_the_day_in_vilnius(headquarters: Paths) -> None:
    newyear = NOW.replace(month=12, day=31, hour=22, minute=0)
    assert register(headquarters, asked(), received=newyear, at=newyear).id == "2027-0001"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tenant": "nobody"}, "There is no such tenant."),
        ({"proof": ""}, "A reference is one line of at most 120 characters."),
        ({"mandate": "two\nlines"}, "A reference is one line of at most 120 characters."),
        ({"proof": "x" * 121}, "A reference is one line of at most 120 characters."),
    ],
)
def test_what_cannot_be_registered_leaves_nothing(headquarters: Paths, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SubjectRefused, match=sentence):
        register(headquarters, asked(**changes), received=NOW, at=NOW)
    assert ledger(headquarters) == []


def test_a_request_of_tomorrow_is_refused(headquarters: Paths) -> None:
    with pytest.raises(SubjectRefused, match="in the future"):
        register(headquarters, asked(), received=later(seconds=1), at=NOW)


def test_a_request_is_answered_in_time(headquarters: Paths) -> None:
    request = registered(headquarters)
    assert due(headquarters, request) == [("order", date(2026, 12, 4), None), ("answer", date(2026, 12, 22), None)]
    assert take(headquarters, request, step=Step.ACCEPT, given=Given(), at=later(days=1)).state == RequestState.IN_ORDER
    assert due(headquarters, request) == [("answer", date(2026, 12, 22), None)]
    take(headquarters, request, step=Step.ANSWER, given=Given(instruction=INSTRUCTION), at=later(days=30))
    assert due(headquarters, request) == [("answer", date(2026, 12, 22), True)]
    assert [(line["kind"], line.get("step"), line.get("instruction")) for line in ledger(headquarters)][1:] == [
        ("subject-step", "accept", None),
        ("subject-step", "answer", INSTRUCTION),
    ]


def test_a_late_answer_is_written_down_and_its_deadline_is_missed(headquarters: Paths) -> None:
    request = in_order(headquarters)
    take(headquarters, request, step=Step.ANSWER, given=Given(instruction=INSTRUCTION), at=later(days=31))
    assert due(headquarters, request) == [("answer", date(2026, 12, 22), False)]


def test_a_deadline_that_passes_unanswered_is_missed(headquarters: Paths) -> None:
    request = registered(headquarters, received=NOW - timedelta(days=40))
    assert [kept for _, _, kept in due(headquarters, request)] == [False, False]


def test_an_extension_is_told_in_the_first_month_with_reasons(headquarters: Paths) -> None:
    request = in_order(headquarters)
    with pytest.raises(SubjectRefused, match="needs the reason"):
        take(headquarters, request, step=Step.EXTEND, given=Given(instruction=INSTRUCTION), at=NOW)
    with pytest.raises(SubjectRefused, match="the controller's instruction"):
        take(headquarters, request, step=Step.EXTEND, given=Given(reason="Complex."), at=NOW)
    with pytest.raises(SubjectRefused, match="time for an extension is over"):
        take(headquarters, request, step=Step.EXTEND, given=INSTRUCTED, at=later(days=31))
    take(headquarters, request, step=Step.EXTEND, given=INSTRUCTED, at=later(days=30))
    assert due(headquarters, request) == [
        ("answer", date(2026, 12, 22), True),
        ("extended-answer", date(2027, 2, 22), None),
    ]
    take(headquarters, request, step=Step.REFUSE, given=INSTRUCTED, at=later(days=60))
    assert due(headquarters, request)[1] == ("extended-answer", date(2027, 2, 22), True)


def test_what_was_returned_counts_from_its_completion(headquarters: Paths) -> None:
    request = registered(headquarters)
    take(headquarters, request, step=Step.RETURN, given=Given(reason="No proof of identity."), at=later(days=2))
    assert due(headquarters, request) == [("order", date(2026, 12, 4), True)]
    take(headquarters, request, step=Step.ACCEPT, given=Given(), at=later(days=20))
    assert due(headquarters, request) == [("order", date(2026, 12, 4), True), ("answer", date(2027, 1, 11), None)]


def test_reasons_stand_in_the_register_and_not_in_the_ledger(headquarters: Paths) -> None:
    request = registered(headquarters)
    take(headquarters, request, step=Step.RETURN, given=Given(reason="The passport of Ona is not legible."), at=NOW)
    assert "Ona" not in str(ledger(headquarters))
    with opened_beside(headquarters) as session:
        (step,) = steps(session, known(session, request))
        assert step.reason == "The passport of Ona is not legible."


def test_a_step_that_is_not_allowed_changes_nothing(headquarters: Paths) -> None:
    request = registered(headquarters)
    before = ledger(headquarters)
    with pytest.raises(SubjectRefused, match="received cannot be moved by answer"):
        take(headquarters, request, step=Step.ANSWER, given=INSTRUCTED, at=NOW)
    assert ledger(headquarters) == before
    with pytest.raises(SubjectRefused, match="at most 2000 characters"):
        take(headquarters, request, step=Step.RETURN, given=Given(reason="x" * 2001), at=NOW)
    with pytest.raises(SubjectRequestUnknown):
        take(headquarters, "2026-9999", step=Step.ACCEPT, given=Given(), at=NOW)


def test_a_row_and_its_line_stand_or_fall_together(headquarters: Paths, counter: Counter) -> None:
    request = registered(headquarters)
    refuse(counter.engine, "ledger_line")
    with pytest.raises(Exception, match="full"):
        take(headquarters, request, step=Step.ACCEPT, given=Given(), at=NOW)
    with opened_beside(headquarters) as session:
        assert known(session, request).state == RequestState.RECEIVED
        assert steps(session, known(session, request)) == []


def test_only_what_is_in_order_is_worked_on(headquarters: Paths) -> None:
    request = registered(headquarters)
    with opened_beside(headquarters) as session, pytest.raises(SubjectRefused, match="must be in order first"):
        in_hand(session, request)
    take(headquarters, request, step=Step.ACCEPT, given=Given(), at=NOW)
    with opened_beside(headquarters) as session:
        assert in_hand(session, request).id == request
        with pytest.raises(SubjectRefused, match="not done for a request for access"):
            in_hand(session, request, kinds=frozenset({RequestKind.ERASURE}))


def test_nothing_is_answered_while_a_recipient_does_not_know(headquarters: Paths) -> None:
    request = in_order(headquarters, RequestKind.ERASURE)
    with writing_beside(headquarters) as session:
        name(session, request, recipient=MIGRIS)
    with pytest.raises(SubjectRefused, match="Recipients were not told yet: migris"):
        take(headquarters, request, step=Step.ANSWER, given=INSTRUCTED, at=NOW)
    with writing_beside(headquarters) as session:
        with pytest.raises(SubjectRefused, match="no such recipient"):
            was_told(session, request, recipient="nobody", reference="x", at=NOW)
        cannot_be_told(session, request, recipient=MIGRIS, because="It has closed.", at=NOW)
        was_told(session, request, recipient=MIGRIS, reference="MD-1", at=NOW)
    assert take(headquarters, request, step=Step.ANSWER, given=INSTRUCTED, at=NOW).state == RequestState.ANSWERED


def test_an_access_is_answered_whoever_has_the_data(headquarters: Paths) -> None:
    request = in_order(headquarters)
    with writing_beside(headquarters) as session:
        name(session, request, recipient=MIGRIS)
    assert take(headquarters, request, step=Step.ANSWER, given=INSTRUCTED, at=NOW).state == RequestState.ANSWERED


def test_open_requests_are_those_that_wait_for_somebody(headquarters: Paths) -> None:
    first, second = registered(headquarters), registered(headquarters)
    take(headquarters, first, step=Step.WITHDRAW, given=Given(), at=NOW)
    with opened_beside(headquarters) as session:
        assert [row.id for row in requests(session, open_only=True)] == [second]
        assert [row.id for row in requests(session, open_only=False)] == [first, second]


def test_the_bridge_goes_on_after_what_was_written_beside_it(headquarters: Paths) -> None:
    counter = opened(headquarters)
    registered(headquarters)
    counter.delivery.finish_wipes()
    assert counter.kinds() == ["subject-registered"]
    counter.engine.dispose()


def test_without_headquarters_there_is_no_register(tmp_path: Path) -> None:
    with pytest.raises(SetUpError):
        registered(Paths(tmp_path / "nothing"))
