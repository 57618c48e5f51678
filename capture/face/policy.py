"""Which gates count, and how much: what may not be demanded of some clients, and which of several portraits is best.

Pure. What is mandatory and what is relaxed is the profile's. Source: facts/standards.md section 2.6 (selection rule of
BSI TR-03121: most mandatory criteria met, then most optional, then the most recent).
"""

from dataclasses import replace
from math import inf

from capture.face.limits import Limit
from capture.profile import Bounds, FaceRule, Relaxation
from capture.sample import WAIVED, Gate, Verdict


def relaxed(gates: tuple[Gate, ...], relaxation: Relaxation) -> tuple[Gate, ...]:
    """The gates as they are for a client of whom less may be demanded.

    A waived gate that failed keeps its value and is *not assessed*: it stops nothing, and it is no pass either, so that
    nobody downstream takes the portrait for one that meets the whole standard.
    """
    return tuple(_relaxed(gate, relaxation) for gate in gates)


def demanded(limit: Limit, relaxation: Relaxation) -> Limit | None:
    """The limit as it is for a client of whom less may be demanded; None where it is waived."""
    return None if limit.id in relaxation.waived else bounded(limit, relaxation)


def bounded(limit: Limit, relaxation: Relaxation) -> Limit:
    """The limit with the relaxation's bounds in place of its own, if there are any."""
    bounds = relaxation.bounds.get(limit.id)
    return limit if bounds is None else replace(limit, low=_low(bounds), high=_high(bounds))


def rank(gates: tuple[Gate, ...], rule: FaceRule) -> tuple[int, int]:
    """How many mandatory gates passed, and how many others: of two portraits the higher is better, else the later."""
    passed = [gate.id for gate in gates if gate.verdict is Verdict.PASS]
    mandatory = sum(gate in rule.mandatory for gate in passed)
    return mandatory, len(passed) - mandatory


def _relaxed(gate: Gate, relaxation: Relaxation) -> Gate:
    bounds = relaxation.bounds.get(gate.id)
    if bounds is not None:
        gate = _within(gate, bounds)
    if gate.id in relaxation.waived and gate.verdict is Verdict.FAIL:
        return gate.model_copy(update={"verdict": Verdict.NOT_ASSESSED, "limit": WAIVED})
    return gate


def _within(gate: Gate, bounds: Bounds) -> Gate:
    limit = Limit(gate.id, gate.unit, gate.sentence, gate.client_sentence, _low(bounds), _high(bounds))
    return limit.gate(gate.value)


def _low(bounds: Bounds) -> float:
    return -inf if bounds.low is None else bounds.low


def _high(bounds: Bounds) -> float:
    return inf if bounds.high is None else bounds.high
