"""What happens to a visit: from the operator, from the worker, from the courier. Values only, nothing personal."""

from dataclasses import dataclass, field
from enum import StrEnum

from capture.missing import MissingReason
from capture.rejection import RejectionReason
from capture.sample import Gate, Quality
from drivers.contract import Approach, Finger, Hint

FACE_STEP = "face"
"""The portrait's step; every other step is a finger's name."""


class RefusalReason(StrEnum):
    """Why an application is refused. Duty: R-VISIT-3."""

    BADLY_FILLED = "badly-filled"
    DATA_MISSING = "data-missing-or-inexact"
    DOCUMENTS_MISSING = "documents-missing"
    BIOMETRICS_REFUSED = "biometrics-refused"
    FEE_UNPAID = "fee-unpaid-or-refused"
    FORGERY_SIGNS = "signs-of-forgery"
    DOCUMENT_INVALID = "travel-document-invalid"


@dataclass(frozen=True, slots=True)
class Reserved:
    """The courier has a place and a key for the parcel."""


@dataclass(frozen=True, slots=True)
class ApplicationFound:
    """MIGRIS knows the application and takes biometrics for it."""


@dataclass(frozen=True, slots=True)
class DevicesOpened:
    """Camera and sensor are ours alone."""


@dataclass(frozen=True, slots=True)
class PoseSeen:
    """The live picture says something else than before; the step goes on."""

    sentence: str
    """What the operator can do, the most urgent only; empty while every gate passes."""
    hint: Hint | None = None
    """Why no portrait could be cut; None where one could."""
    failed: tuple[str, ...] = ()
    """Ids of the gates that stand in the way."""
    held_ms: int = 0
    """How long every mandatory gate has passed by now."""
    approach: Approach | None = None
    """How near the client must come."""
    client_sentence: str = ""
    """The same as `sentence`, as it is said to the client."""


@dataclass(frozen=True, slots=True)
class PortraitTaken:
    """The worker holds a portrait."""

    gates: tuple[Gate, ...] = field(repr=False)
    """Everything that was measured on it."""
    failed: tuple[str, ...]
    """Ids of the gates that did not pass."""


@dataclass(frozen=True, slots=True)
class PrintTaken:
    """The worker holds a print."""

    finger: Finger
    """Whose."""
    quality: Quality
    """Its score."""
    hints: tuple[Hint, ...] = ()
    """What the person can do better, should it be taken again."""


@dataclass(frozen=True, slots=True)
class NothingTaken:
    """The step gave nothing usable in its time."""

    step: str
    """Which step."""
    hint: Hint
    """What the person can do."""
    same_as: Finger | None = None
    """The finger that was given again in this one's place."""
    approach: Approach | None = None
    """How near the client must come."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The records are written."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The parcel is on the disk, whole and synced."""

    digest: str
    """SHA-256 of the sealed bytes."""
    size: int
    """Their size in bytes."""


@dataclass(frozen=True, slots=True)
class NotSealed:
    """The worker ended while sealing; the parcel was looked for, and it is not there."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A machine failed."""

    code: str
    """Stable code."""
    sentence: str
    """One sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A rule or MIGRIS says no."""

    code: str
    """Stable code."""
    sentence: str
    """One sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The operator accepts what is asked about, for a reason that travels in the manifest."""

    reason: str
    """Typed by the operator."""


@dataclass(frozen=True, slots=True)
class RetakeAsked:
    """The operator wants a step again."""

    step: str
    """Which step."""
    reason: RejectionReason | None = None
    """Why a portrait is rejected; it travels in the manifest."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The operator says by which of the profile's relaxations the portrait is judged; the visit goes on by it."""

    relaxation: str | None
    """Its name; None where everything is demanded again."""


@dataclass(frozen=True, slots=True)
class ShutterPressed:
    """The operator wants the portrait taken now, whatever the live picture says; the step goes on."""


@dataclass(frozen=True, slots=True)
class FingerMissing:
    """The operator says that a finger cannot be given."""

    finger: Finger
    """Which."""
    reason: MissingReason
    """Why."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The operator confirms what was taken."""


@dataclass(frozen=True, slots=True)
class RefusedByOperator:
    """The operator refuses the application."""

    reason: RefusalReason
    """From the list."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The operator cancels, nobody acted for too long, or the station stops."""

    code: str
    """`cancelled`, `idle`, or `stopped` when the station was told to stop."""


Event = (
    Reserved
    | ApplicationFound
    | DevicesOpened
    | PoseSeen
    | PortraitTaken
    | PrintTaken
    | NothingTaken
    | Packed
    | Sealed
    | NotSealed
    | Failed
    | Declined
    | Accepted
    | RetakeAsked
    | Relaxed
    | ShutterPressed
    | FingerMissing
    | Confirmed
    | RefusedByOperator
    | Cancelled
)

OPERATORS = (Accepted, RetakeAsked, Relaxed, ShutterPressed, FingerMissing, Confirmed, RefusedByOperator, Cancelled)
"""What comes from the operator; everything else comes from our own processes."""

BESIDE = (PoseSeen, ShutterPressed)
"""What happens beside a step that goes on: nothing that is under way ends by it."""
