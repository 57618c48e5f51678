"""The section `courier`: how to reach central, and when to refuse more parcels."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.config.keys import KeysChoice
from agent.config.retention import ParcelPeriods


class CourierSection(BaseModel):
    """Read by `python -m agent courier`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker_host: str = Field(min_length=1)
    """Name or address of the broker, as its certificate has it."""
    broker_port: int = Field(gt=0, le=65535)
    """The broker's TLS port."""
    mqtt_version: Literal["auto", "5", "3.1.1"]
    """The MQTT that is spoken: `auto` is 5, and 3.1.1 with a broker that answers that it does not speak 5. With 3.1.1
    nobody can see what a broker refuses."""
    keepalive_s: int = Field(ge=5, le=1200)
    """MQTT keep-alive."""
    bytes_per_s: int = Field(ge=0, le=1 << 30)
    """What goes up keeps within so many bytes a second; 0 is no limit. Questions, alarms and what was done about
    commands are not made to wait for it: parcels pay for them."""
    burst_bytes: int = Field(ge=1, le=1 << 30)
    """So many bytes that were not used before may go at once."""
    echo_every_s: float = Field(ge=5, le=3600)
    """How often central is asked for an echo when nothing was heard from it. Without one for twice as long, while
    central says that it is there, the connection is begun anew: it only looks alive."""
    retry_max_s: float = Field(ge=1, le=3600)
    """The longest pause between two attempts; pauses grow to it with full jitter and fall back on progress."""
    free_bytes_min: int = Field(ge=0)
    """With less free space than this a new visit is refused; nothing is ever wiped for space."""
    ballast_bytes: int = Field(ge=0, le=1 << 30)
    """Space that is held back for receipts and wipes: a disk that became full all the same is still emptied by them."""
    dwell_alarm_hours: float = Field(gt=0, le=8760)
    """A parcel that has waited for longer is said once, to central and in the log. It is never wiped for it."""
    reads_per_hour: int = Field(ge=1)
    """One user who is shown more different parcels over the courier's socket within an hour than this is a mass read,
    said once to central; the station asks there for all its users."""
    question_time_limit_s: float = Field(gt=0, le=45)
    """How long a question to MIGRIS may take before the station is told that nobody answers; the station's own
    patience with the courier ends a little above the limit."""
    keys: KeysChoice
    """Where the link's key and the parcels' keys live."""
    retention: ParcelPeriods
    """How long the courier's records are kept."""
    peer_users: tuple[Annotated[int, Field(ge=0)], ...]
    """User ids, beside root and the courier's own, that may talk to the courier."""
