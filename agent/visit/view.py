"""A visit as the operator's page shows it. The applicant is in it only while the visit lasts; no picture ever is."""

from dataclasses import asdict
from typing import Any

from agent.visit.event import PoseSeen
from agent.visit.runner import Running
from agent.visit.state import ENDED
from agent.visit.visit import PortraitSoFar, Visit, Wait, Waiting
from drivers.contract import Approach, Retake

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
        "relaxation": visit.relaxation,
        "relaxations": sorted(visit.profile.face.relaxations),
        "step": visit.step,
        "hints": [_hint(Retake(hint, visit.approach)) for hint in visit.hints],
        "same_as": None if visit.same_as is None else visit.same_as.value,
        "live": None if visit.pose is None or visit.step is None else _live(visit.pose),
        "waiting": None if visit.waiting is None else _question(visit.waiting, visit.portrait),
        "portrait": None
        if portrait is None
        else {
            "gates": [gate.model_dump(mode="json") for gate in portrait.gates],
            "accepted_with_reason": portrait.accepted_with_reason,
            "rejected_before": [reason.value for reason in visit.rejected],
        },
        "prints": {finger.value: [quality.model_dump() for quality in taken] for finger, taken in visit.prints.items()},
        "missing": {finger.value: reason.value for finger, reason in visit.missing.items()},
        "chosen": [finger.value for finger in visit.chosen],
        "exempt": visit.exempt,
        "sealed": None if visit.sealed is None else {"digest": visit.sealed[0], "size": visit.sealed[1]},
        "end": None if visit.end is None else asdict(visit.end),
    }


def _live(pose: PoseSeen) -> View:
    return {
        "sentence": pose.sentence,
        "client_sentence": pose.client_sentence,
        "hint": None if pose.hint is None else pose.hint.value,
        "approach": _approach(pose.approach),
        "failed": list(pose.failed),
        "held_ms": pose.held_ms,
    }


def _hint(retake: Retake) -> View:
    return {
        "hint": retake.hint.value,
        "sentence": retake.sentence,
        "client_sentence": retake.client_sentence,
    }


def _approach(approach: Approach | None) -> View | None:
    """How near to come, for a page that has words of its own."""
    return None if approach is None else asdict(approach)


def _question(waiting: Waiting, portrait: PortraitSoFar | None) -> View:
    retake = None if waiting.hint is None else Retake(waiting.hint, waiting.approach)
    asked = portrait is not None and waiting.what in {Wait.DOUBTFUL, Wait.CONFIRM}
    return {
        "what": waiting.what.value,
        "step": waiting.step,
        **({"hint": None, "sentence": None, "client_sentence": None} if retake is None else _hint(retake)),
        "approach": _approach(waiting.approach),
        "same_as": None if waiting.same_as is None else waiting.same_as.value,
        "gates": list(waiting.gates),
        # what nothing here could assess: whoever accepts or confirms has looked
        "questions": [
            {"gate": gate.id, "sentence": gate.sentence, "client_sentence": gate.client_sentence}
            for gate in (portrait.questions if portrait and asked else ())
        ],
        "shortage": None if waiting.shortage is None else waiting.shortage.value,
    }
