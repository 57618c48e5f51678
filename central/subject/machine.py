"""The request machine: pure. A step that is not in the table raises; what a step needs beside itself stands next to it.

`received → in-order | not-in-order → extended → answered | refused | withdrawn`. No step is taken by the machine alone:
each is a person's command, and what says something to the outside rests on the controller's instruction (R-DSR-0, 5).
"""

from enum import StrEnum

from central.errors import SubjectRefused


class RequestKind(StrEnum):
    """What a person asks for. Duty: R-DSR-1."""

    ACCESS = "access"
    """To learn what is held about them, and to have a copy."""
    RECTIFICATION = "rectification"
    """To have it put right."""
    ERASURE = "erasure"
    """To have it erased."""
    RESTRICTION = "restriction"
    """To have it kept and not processed."""
    PORTABILITY = "portability"
    """To have what they supplied, in a form that machines read."""
    OBJECTION = "objection"
    """That it is not processed at all."""
    INFORMATION = "information"
    """To be told how and why it is processed."""


class RequestForm(StrEnum):
    """How a request came, and so how it is answered. Duty: R-DSR-5."""

    LETTER = "letter"
    """On paper, by post."""
    EMAIL = "email"
    """By electronic mail, signed."""
    PORTAL = "portal"
    """Through the state's gateway of electronic services."""
    IN_PERSON = "in-person"
    """At a desk."""


class RequestState(StrEnum):
    """Where a request is."""

    RECEIVED = "received"
    """In the register; nobody has said yet whether it is in order."""
    IN_ORDER = "in-order"
    """Who asks is proven and what they want is clear: it must be answered."""
    NOT_IN_ORDER = "not-in-order"
    """The person was told what is lacking, and it is their turn."""
    EXTENDED = "extended"
    """The person was told, in time and with reasons, that it takes up to two months more."""
    ANSWERED = "answered"
    """What they asked for was done, and they were told."""
    REFUSED = "refused"
    """They were told why not, and where they can complain."""
    WITHDRAWN = "withdrawn"
    """They do not want it any more."""


class Step(StrEnum):
    """What a person at headquarters says of a request."""

    ACCEPT = "accept"
    """It is in order; also after the person brought what had been lacking."""
    RETURN = "return"
    """It is not in order, and the person was told why."""
    EXTEND = "extend"
    """It takes longer, and the person was told why."""
    ANSWER = "answer"
    """It was done, and the person was told."""
    REFUSE = "refuse"
    """It is not done, and the person was told why."""
    WITHDRAW = "withdraw"
    """The person has withdrawn it."""


_S, _T = RequestState, Step

TABLE: dict[RequestState, dict[Step, RequestState]] = {
    _S.RECEIVED: {_T.ACCEPT: _S.IN_ORDER, _T.RETURN: _S.NOT_IN_ORDER, _T.WITHDRAW: _S.WITHDRAWN},
    _S.NOT_IN_ORDER: {_T.ACCEPT: _S.IN_ORDER, _T.REFUSE: _S.REFUSED, _T.WITHDRAW: _S.WITHDRAWN},
    _S.IN_ORDER: {
        _T.EXTEND: _S.EXTENDED,
        _T.ANSWER: _S.ANSWERED,
        _T.REFUSE: _S.REFUSED,
        _T.WITHDRAW: _S.WITHDRAWN,
    },
    _S.EXTENDED: {_T.ANSWER: _S.ANSWERED, _T.REFUSE: _S.REFUSED, _T.WITHDRAW: _S.WITHDRAWN},
    _S.ANSWERED: {},
    _S.REFUSED: {},
    _S.WITHDRAWN: {},
}
"""Every step there is."""

CLOSED = frozenset(state for state, steps in TABLE.items() if not steps)
"""States that nothing leaves."""

ANSWERABLE = frozenset({_S.IN_ORDER, _S.EXTENDED})
"""States in which something may be done for the person: who asks is proven."""

WITH_REASON = frozenset({_T.RETURN, _T.EXTEND, _T.REFUSE})
"""Steps that a person is told the reason of."""

WITH_INSTRUCTION = frozenset({_T.EXTEND, _T.ANSWER, _T.REFUSE})
"""Steps that rest on the controller's instruction."""


def after(state: RequestState, step: Step) -> RequestState:
    """The state after the step. :raises: SubjectRefused when the table has none."""
    try:
        return TABLE[state][step]
    except KeyError:
        raise SubjectRefused(f"A request that is {state} cannot be moved by {step}.") from None
