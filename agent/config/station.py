"""The section `station`: devices, profile, who may drive visits."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.config.guard import GuardSection
from agent.config.keys import KeysChoice
from agent.config.line import claimed_twice
from agent.config.retention import VisitPeriods
from capture.face.fallback import FaceFallback
from capture.profile import Profile


class DeviceChoice(BaseModel):
    """Which driver drives a device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    """The driver's name in its kind."""
    options: dict[str, object] = {}
    """The driver's own options; the driver refuses what it does not know."""


class CctvChoice(DeviceChoice):
    """One of the room's surveillance cameras or recorders."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    """What people call it, such as `entrance`."""


OutputName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class Nfiq2Choice(BaseModel):
    """Whether the official finger score is used, and which installation makes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: Literal["when-installed", "always", "never"]
    """`always` refuses to work without it; whatever made a score is named beside it."""
    command: str = Field(min_length=1)
    """The `nfiq2` command: a name on the PATH, or a path."""
    model: Path | None = None
    """The official model's information file, where it is not the command's own."""


class StationSection(BaseModel):
    """Read by `python -m agent station` and by its visit workers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: DeviceChoice
    """The portrait camera."""
    fingerprint: DeviceChoice
    """The fingerprint sensor."""
    safe: DeviceChoice
    """The contacts of the safe and its room."""
    cctv: tuple[CctvChoice, ...] = ()
    """The room's surveillance cameras and recorders, each with a name."""
    relay: dict[OutputName, DeviceChoice] = {}
    """What is switched, by name; the one called `cctv-trigger` is what has a recorder mark an event."""
    guard: GuardSection
    """What a person at headquarters is to look at, because it may be a breach."""
    nfiq2: Nfiq2Choice
    """What scores the prints that are kept; else the built-in score does."""
    profile: Profile
    """What an enrolment visit asks for."""
    keys: KeysChoice
    """Where the seal key and the pseudonyms' key live."""
    retention: VisitPeriods
    """How long the station's records of visits are kept."""
    peer_users: tuple[Annotated[int, Field(ge=0)], ...]
    """User ids, beside root and the station's own, that may drive visits over the Unix socket."""
    face_fallback: FaceFallback
    """What reads faces where the networks' files are missing: `none` (no visit is then possible) or `haar` (OpenCV's
    cascades find the eyes, most gates are not assessed, the operator is asked)."""
    worker_memory_locked: bool
    """Whether a visit worker that cannot lock its memory (no swap) refuses to work."""

    @field_validator("cctv")
    @classmethod
    def _named_once(cls, cctv: tuple[CctvChoice, ...]) -> tuple[CctvChoice, ...]:
        if len({one.name for one in cctv}) != len(cctv):
            raise ValueError("two of them have the same name")
        return cctv

    @model_validator(mode="after")
    def _lines_claimed_once(self) -> "StationSection":
        relays = {f"relay.{name}": choice for name, choice in self.relay.items()}
        twice = claimed_twice({"safe": self.safe, **relays})
        if twice is not None:
            raise ValueError(f"{twice[0]} and {twice[1]} claim the same GPIO line")
        return self
