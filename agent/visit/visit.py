"""What the station knows of a visit: progress and decisions, no picture and nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent.visit.event import PoseSeen
from agent.visit.state import VisitState
from capture.finger.choice import Shortage
from capture.missing import MissingReason
from capture.profile import Profile
from capture.rejection import RejectionReason
from capture.sample import Gate, Quality
from drivers.contract import Approach, Finger, Hint


class Wait(StrEnum):
    """What the operator is asked."""

    DOUBTFUL = "doubtful-portrait"
    """A portrait whose gates failed: accept it with a reason, or take it again."""
    NOTHING = "nothing-taken"
    """A step that gave nothing: try again, mark the finger missing, or refuse."""
    SHORTAGE = "fingers-short"
    """Fewer fingers than wanted and no rule for it: a supervisor may accept with a reason."""
    CONFIRM = "confirm"
    """Everything is there: confirm, or take a step again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open question."""

    what: Wait
    """What is asked."""
    step: str | None = None
    """About which step."""
    hint: Hint | None = None
    """Why a step gave nothing."""
    same_as: Finger | None = None
    """The finger that was given again in the step's place: one of the two was the wrong one."""
    approach: Approach | None = None
    """How near the client must come."""
    gates: tuple[str, ...] = ()
    """Ids of the gates that failed."""
    shortage: Shortage | None = None
    """Why there are fewer fingers."""


@dataclass(frozen=True, slots=True)
class PortraitSoFar:
    """The portrait that the worker holds."""

    gates: tuple[Gate, ...] = field(repr=False)
    """Everything that was measured on it."""
    failed: tuple[str, ...]
    """Ids of the gates that did not pass."""
    accepted_with_reason: str | None = None
    """Why it was taken all the same."""

    @property
    def questions(self) -> tuple[Gate, ...]:
        """The gates that nothing could assess: whoever confirms the portrait answers them."""
        return tuple(gate for gate in self.gates if gate.asks)


@dataclass(frozen=True, slots=True)
class End:
    """Why a visit ended before it was done."""

    code: str
    """Stable code."""
    sentence: str
    """One sentence for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Frozen; the machine makes the next one of it."""

    profile: Profile
    """What is asked for."""
    state: VisitState = VisitState.IDLE
    """Where it is."""
    missing: Mapping[Finger, MissingReason] = field(default_factory=dict)
    """Fingers that the operator has marked."""
    step: str | None = None
    """What is being captured now."""
    hints: tuple[Hint, ...] = ()
    """What the person can do better in this step than when it was tried before."""
    same_as: Finger | None = None
    """The finger that was given again when this step was tried before."""
    approach: Approach | None = None
    """How near the client must come, as this step said when it was tried before."""
    empty_handed: int = 0
    """How often in a row the step gave nothing."""
    portrait: PortraitSoFar | None = None
    """The portrait, once there is one."""
    pose: PoseSeen | None = None
    """What the live picture says while the portrait is being taken."""
    rejected: tuple[RejectionReason, ...] = ()
    """Why the operator rejected portraits, oldest first."""
    relaxation: str | None = None
    """By which of the profile's relaxations the portrait is judged; None where everything is demanded."""
    prints: Mapping[Finger, tuple[Quality, ...]] = field(default_factory=dict)
    """The quality of every print taken, oldest first; the worker holds the best."""
    shortage_accepted: str | None = None
    """A supervisor's reason for fewer fingers."""
    chosen: tuple[Finger, ...] = ()
    """The fingers that go into the package."""
    exempt: bool = False
    """No finger can ever be captured."""
    waiting: Waiting | None = None
    """What the operator is asked."""
    sealed: tuple[str, int] | None = None
    """Digest and size of the parcel."""
    end: End | None = None
    """Why it ended early."""
