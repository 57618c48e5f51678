"""What the operator may ask for: every body is a frozen model, and what does not fit is refused with a code."""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, ValidationError, model_validator

from agent.errors import Refused
from agent.visit.event import (
    FACE_STEP,
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
from capture.profile import RelaxationName
from capture.rejection import RejectionReason
from drivers.contract import Finger

APPLICATION_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,63}$"
"""What an application's number may look like; the records carry nothing else."""


class _Body(BaseModel):
    # a cache of what was read would know the application's number for as long as the station lives
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, cache_strings="keys")


class Opening(_Body):
    """Begins a visit."""

    application: str = Field(pattern=APPLICATION_PATTERN, repr=False)
    """The application's number."""
    operator: str = Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")
    """Who drives the visit."""
    notice_language: str = Field(pattern=r"^[a-z]{2}$")
    """In which language the privacy notice was shown."""
    missing: dict[Finger, MissingReason] = {}
    """Fingers that the operator can see to be missing."""
    relaxation: RelaxationName | None = None
    """What is not demanded of the portrait, by its name in the profile."""


class Accept(_Body):
    """Accept what is asked about."""

    decision: Literal["accept"]
    """Tells the decisions apart."""
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
    """Why; it travels in the manifest."""

    def event(self) -> Event:
        """What it means to the machine."""
        return Accepted(self.reason)


class Retake(_Body):
    """Take a step again."""

    decision: Literal["retake"]
    """Tells the decisions apart."""
    step: Literal["face"] | Finger
    """Which step."""
    reason: RejectionReason | None = None
    """Why a portrait is rejected; needed when every gate passed, and it travels in the manifest."""

    @model_validator(mode="after")
    def _reasons_are_the_portraits(self) -> Self:
        if self.reason is not None and self.step != FACE_STEP:
            raise ValueError("only a portrait is rejected for a reason")
        return self

    def event(self) -> Event:
        """What it means to the machine."""
        return RetakeAsked(str(self.step), self.reason)


class Relax(_Body):
    """Judge the portrait by one of the profile's relaxations."""

    decision: Literal["relax"]
    """Tells the decisions apart."""
    relaxation: RelaxationName | None
    """Its name in the profile; null where everything is demanded again."""

    def event(self) -> Event:
        """What it means to the machine."""
        return Relaxed(self.relaxation)


class Shutter(_Body):
    """Take the portrait now, whatever the live picture says."""

    decision: Literal["shutter"]
    """Tells the decisions apart."""

    def event(self) -> Event:
        """What it means to the machine."""
        return ShutterPressed()


class MarkMissing(_Body):
    """Say that a finger cannot be given."""

    decision: Literal["finger-missing"]
    """Tells the decisions apart."""
    finger: Finger
    """Which."""
    reason: MissingReason
    """Why."""

    def event(self) -> Event:
        """What it means to the machine."""
        return FingerMissing(self.finger, self.reason)


class Confirm(_Body):
    """Confirm what was taken."""

    decision: Literal["confirm"]
    """Tells the decisions apart."""

    def event(self) -> Event:
        """What it means to the machine."""
        return Confirmed()


class Refuse(_Body):
    """Refuse the application."""

    decision: Literal["refuse"]
    """Tells the decisions apart."""
    reason: RefusalReason
    """From the list of R-VISIT-3."""

    def event(self) -> Event:
        """What it means to the machine."""
        return RefusedByOperator(self.reason)


class Cancel(_Body):
    """Cancel the visit; everything that was taken is forgotten."""

    decision: Literal["cancel"]
    """Tells the decisions apart."""

    def event(self) -> Event:
        """What it means to the machine."""
        return Cancelled("cancelled")


_Decision = Accept | Retake | Relax | Shutter | MarkMissing | Confirm | Refuse | Cancel


class Decision(RootModel[Annotated[_Decision, Field(discriminator="decision")]]):
    """One of the decisions."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


_FIELDS = frozenset(
    name for body in (Opening, Accept, Retake, Relax, MarkMissing, Refuse) for name in body.model_fields
)

_Known = TypeVar("_Known", bound=BaseModel)


def read_body(content: bytes, model: type[_Known]) -> _Known:
    """The body as its model. :raises: Refused naming the fields that do not fit, never what is in them."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        fields = sorted({_field(item["loc"]) for item in error.errors()})
        if fields == ["application"]:
            raise Refused("application-invalid", "This is not an application number.") from None
        raise Refused("request-unreadable", f"The request does not fit: {', '.join(fields)}.") from None


def _field(location: tuple[int | str, ...]) -> str:
    """Our own name of the field; of what the request itself named, nothing is repeated."""
    return next((str(part) for part in reversed(location) if part in _FIELDS), "body")
