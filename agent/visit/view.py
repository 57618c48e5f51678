"""A visit as the operator's page shows it. The applicant is in it only while the visit lasts; no picture ever is."""

from dataclasses import asdict
from typing import Any

from agent.visit.runner import Running
from agent.visit.state import ENDED
from agent.visit.visit import Visit, Waiting

View = dict[str, Any]


def show(running: Running, *, sequence: int, settled: bool) -> View:
    """JSON-ready.

    :param sequence: counts the changes, so that a page can wait for the next one.
    :param settled: the visit has ended and everything about it was cleaned up.
    """
    ended = running.visit.state in ENDED
    return {
        "visit": running.id,
        "sequence": sequence,
        "settled": settled,
        "parcel": running.parcel,
        "applicant": None if running.applicant is None or ended else running.applicant.model_dump(),
        "timeline": [asdict(entry) for entry in running.timeline.entries()],
        **_progress(running.visit),
    }


def _progress(visit: Visit) -> View:
    portrait = visit.portrait
    return {
        "state": visit.state.value,
        "profile": f"{visit.profile.name}/{visit.profile.version}",
        "step": visit.step,
        "hints": [{"hint": hint.value, "sentence": hint.sentence} for hint in visit.hints],
        "same_as": None if visit.same_as is None else visit.same_as.value,
        "waiting": None if visit.waiting is None else _question(visit.waiting),
        "portrait": None
        if portrait is None
        else {
            "gates": [gate.model_dump(mode="json") for gate in portrait.gates],
            "accepted_with_reason": portrait.accepted_with_reason,
        },
        "prints": {finger.value: [quality.model_dump() for quality in taken] for finger, taken in visit.prints.items()},
        "missing": {finger.value: reason.value for finger, reason in visit.missing.items()},
        "chosen": [finger.value for finger in visit.chosen],
        "exempt": visit.exempt,
        "sealed": None if visit.sealed is None else {"digest": visit.sealed[0], "size": visit.sealed[1]},
        "end": None if visit.end is None else asdict(visit.end),
    }


def _question(waiting: Waiting) -> View:
    return {
        "what": waiting.what.value,
        "step": waiting.step,
        "hint": None if waiting.hint is None else waiting.hint.value,
        "sentence": None if waiting.hint is None else waiting.hint.sentence,
        "same_as": None if waiting.same_as is None else waiting.same_as.value,
        "gates": list(waiting.gates),
        "shortage": None if waiting.shortage is None else waiting.shortage.value,
    }
