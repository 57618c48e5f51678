"""What the operator may ask for, and what is refused with a code and without an echo."""

import pytest

from agent.console.request import Decision, Opening, read_body
from agent.errors import Refused
from agent.visit.event import (
    Accepted,
    Cancelled,
    Confirmed,
    Event,
    FingerMissing,
    RefusalReason,
    RefusedByOperator,
    Relaxed,
    RetakeAsked,
    ShutterPressed,
)
from capture.missing import MissingReason
from capture.rejection import RejectionReason
from drivers.contract import Finger

OPENING = b'{"application":"EA-2026/1.b_c","operator":"op.7","notice_language":"lt"}'


def test_an_opening_is_read() -> None:
    opening = read_body(OPENING[:-1] + b',"missing":{"left-index":"bandaged"}}', Opening)
    assert (opening.application, opening.operator, opening.notice_language) == ("EA-2026/1.b_c", "op.7", "lt")
    assert opening.missing == {Finger.LEFT_INDEX: MissingReason.BANDAGED}
    assert "EA-2026" not in repr(opening)


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (b'{"decision":"accept","reason":"  smiles "}', Accepted("smiles")),
        (b'{"decision":"retake","step":"face"}', RetakeAsked("face")),
        (b'{"decision":"retake","step":"face","reason":"gaze"}', RetakeAsked("face", RejectionReason.GAZE)),
        (b'{"decision":"relax","relaxation":"child"}', Relaxed("child")),
        (b'{"decision":"relax","relaxation":null}', Relaxed(None)),
        (b'{"decision":"shutter"}', ShutterPressed()),
        (b'{"decision":"retake","step":"left-index"}', RetakeAsked("left-index")),
        (
            b'{"decision":"finger-missing","finger":"left-index","reason":"amputated"}',
            FingerMissing(Finger.LEFT_INDEX, MissingReason.AMPUTATED),
        ),
        (b'{"decision":"confirm"}', Confirmed()),
        (b'{"decision":"refuse","reason":"fee-unpaid-or-refused"}', RefusedByOperator(RefusalReason.FEE_UNPAID)),
        (b'{"decision":"cancel"}', Cancelled("cancelled")),
    ],
)
def test_a_decision_is_an_event_of_the_machine(body: bytes, event: Event) -> None:
    read = read_body(body, Decision).root.event()
    assert read == event
    assert type(read) is type(event)


@pytest.mark.parametrize("number", ["", " ", "a b", "-a", "a" * 65, "a\\n", "ąžuolas", "a;b", "<b>"])
def test_what_is_no_application_number_is_called_so(number: str) -> None:
    body = f'{{"application":"{number}","operator":"op","notice_language":"lt"}}'.encode()
    with pytest.raises(Refused, match="not an application number") as caught:
        read_body(body, Opening)
    assert caught.value.reason == "application-invalid"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"nonsense", "body"),
        (b"\xff\xfe", "body"),
        (b"[" * 100_000, "body"),
        (b"null", "body"),
        (b"{}", "application, notice_language, operator"),
        (OPENING[:-1] + b',"missing":{"left-toe":"bandaged"}}', "missing"),
        (OPENING[:-1] + b',"missing":{"left-index":"lost in 1999"}}', "missing"),
        (OPENING[:-1] + b',"Jonas Jonaitis":1}', "body"),
        (OPENING.replace(b'"lt"', b'"LT"'), "notice_language"),
        (OPENING[:-1] + b',"relaxation":"Deaf Jonas"}', "relaxation"),
        (OPENING.replace(b"op.7", b"op 7"), "operator"),
    ],
)
def test_what_does_not_fit_is_named_and_never_repeated(body: bytes, named: str) -> None:
    with pytest.raises(Refused) as caught:
        read_body(body, Opening)
    assert caught.value.reason == "request-unreadable"
    assert caught.value.sentence == f"The request does not fit: {named}."


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"{}", "body"),
        (b'{"decision":"destroy"}', "body"),
        (b'{"decision":"accept"}', "reason"),
        (b'{"decision":"accept","reason":"  a  "}', "reason"),
        (b'{"decision":"accept","reason":"' + b"a" * 201 + b'"}', "reason"),
        (b'{"decision":"retake","step":"left-toe"}', "step"),
        (b'{"decision":"relax"}', "relaxation"),
        (b'{"decision":"relax","relaxation":"Deaf Jonas"}', "relaxation"),
        (b'{"decision":"refuse","reason":"because"}', "reason"),
        (b'{"decision":"retake","step":"face","reason":"ugly"}', "reason"),
        (b'{"decision":"retake","step":"left-index","reason":"gaze"}', "body"),
        (b'{"decision":"finger-missing","finger":"left-index","reason":"lost in 1999"}', "reason"),
        (b'{"decision":"confirm","Jonas Jonaitis":1}', "body"),
        # one request is one decision
        (b'{"decision":"cancel"},"of":{"decision":"confirm"}', "body"),
        (b'{"decision":"cancel"}{"decision":"confirm"}', "body"),
        (b'[{"decision":"cancel"}]', "body"),
    ],
)
def test_what_is_no_decision_is_named_and_never_repeated(body: bytes, named: str) -> None:
    with pytest.raises(Refused) as caught:
        read_body(body, Decision)
    assert caught.value.reason == "request-unreadable"
    assert caught.value.sentence == f"The request does not fit: {named}."
