"""The section `station`: devices, profile, who may drive visits."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from capture.face.fallback import FaceFallback
from capture.profile import Profile


class DeviceChoice(BaseModel):
    """Which driver drives a device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    """The driver's name in its kind."""
    options: dict[str, object] = {}
    """The driver's own options; the driver refuses what it does not know."""


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
    nfiq2: Nfiq2Choice
    """What scores the prints that are kept; else the built-in score does."""
    profile: Profile
    """What an enrolment visit asks for."""
    peer_users: tuple[Annotated[int, Field(ge=0)], ...]
    """User ids, beside root and the station's own, that may drive visits over the Unix socket."""
    face_fallback: FaceFallback
    """What reads faces where the networks' files are missing: `none` (no visit is then possible) or `haar` (OpenCV's
    cascades find the eyes, most gates are not assessed, the operator is asked)."""
    worker_memory_locked: bool
    """Whether a visit worker that cannot lock its memory (no swap) refuses to work."""
