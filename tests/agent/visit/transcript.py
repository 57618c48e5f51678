"""A visit as a transcript: events in, effects out, no clock, no loop, no device."""

from collections.abc import Mapping

from agent.visit.effect import Effect
from agent.visit.event import ApplicationFound, DevicesOpened, Event, PortraitTaken, PrintTaken, Reserved
from agent.visit.machine import Move, advance, begin
from agent.visit.visit import Visit, Wait, Waiting
from capture.missing import MissingReason
from capture.profile import Profile
from capture.sample import Gate, Quality, Verdict
from drivers.contract import Finger

RIGHT, LEFT = Finger.RIGHT_INDEX, Finger.LEFT_INDEX


class Transcript:
    """What the machine said, move by move."""

    def __init__(
        self, *events: Event, missing: Mapping[Finger, MissingReason] | None = None, profile: Profile | None = None
    ) -> None:
        self.moves: list[Move] = [begin(profile or Profile(), missing or {})]
        for event in events:
            self.hear(event)

    @property
    def visit(self) -> Visit:
        return self.moves[-1].visit

    @property
    def effects(self) -> list[Effect]:
        """All of them, in their order."""
        return [effect for move in self.moves for effect in move.effects]

    @property
    def asked(self) -> Waiting | None:
        return self.visit.waiting

    def asks(self) -> Wait | None:
        """What the operator is asked."""
        return None if self.asked is None else self.asked.what

    def hear(self, event: Event) -> tuple[Effect, ...]:
        """The effects of this event."""
        self.moves.append(advance(self.visit, event))
        return self.moves[-1].effects


def gate(name: str, verdict: Verdict = Verdict.PASS) -> Gate:
    return Gate(
        id=name,
        value=1.0,
        unit="px",
        limit="<= 2",
        verdict=verdict,
        sentence="It is a test.",
        client_sentence="Please wait.",
    )


def portrait(*failed: str) -> PortraitTaken:
    """A portrait that fails these gates and passes another."""
    return PortraitTaken((*(gate(name, Verdict.FAIL) for name in failed), gate("roll")), failed)


def scored(finger: Finger, score: int | None = 60) -> PrintTaken:
    failure = "too little" if score is None else None
    return PrintTaken(finger, Quality(score=score, algorithm="a", version="1", failure=failure))


READY: tuple[Event, ...] = (Reserved(), ApplicationFound(), DevicesOpened())
"""Until the portrait is asked for."""

CAPTURED: tuple[Event, ...] = (*READY, portrait(), scored(RIGHT), scored(LEFT))
"""Until everything is there and the operator is asked to confirm."""
