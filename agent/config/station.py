"""The section `station`: devices, profile, who may drive visits."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from capture.profile import Profile


class DeviceChoice(BaseModel):
    """Which driver drives a device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    """The driver's name in its kind."""
    options: dict[str, object] = {}
    """The driver's own options; the driver refuses what it does not know."""


class StationSection(BaseModel):
    """Read by `python -m agent station` and by its visit workers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: DeviceChoice
    """The portrait camera."""
    fingerprint: DeviceChoice
    """The fingerprint sensor."""
    profile: Profile
    """What an enrolment visit asks for."""
    peer_users: tuple[Annotated[int, Field(ge=0)], ...]
    """User ids, beside root and the station's own, that may drive visits over the Unix socket."""
    worker_memory_locked: bool
    """Whether a visit worker that cannot lock its memory (no swap) refuses to work."""
