"""The configuration that headquarters wants a station to have: whole, versioned, signed, retained at the broker.

It is a layer of TOML above the station's own files, and may set only what is listed here: not whom the station
believes, who may talk to it, where its keys live, which programs and devices it uses. Nothing in it can begin a visit.
"""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from agent.errors import WireError
from agent.wire.document import Document, Instant
from agent.wire.ident import DigestText, Kid, Name

LAYER_CHARACTERS_MAX: Final = 32_768
"""A layer is one document, and one packet of the broker's."""

SETTABLE: Final = (
    "courier.broker_host",
    "courier.broker_port",
    "courier.keepalive_s",
    "courier.retry_max_s",
    "courier.free_bytes_min",
    "courier.ballast_bytes",
    "courier.dwell_alarm_hours",
    "courier.reads_per_hour",
    "courier.question_time_limit_s",
    "courier.retention",
    "station.guard",
    "station.nfiq2.use",
    "station.profile",
    "station.retention",
)
"""What headquarters may set: these keys, and what is below them."""


class Configuration(Document):
    """Signed by central, for one station; the newest replaces all before it."""

    content_type: ClassVar[str] = "application/x.smilius.configuration+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station that it is for."""
    number: Annotated[int, Field(ge=1)]
    """Grows with each for this station: what is not newer is not taken."""
    layer: Annotated[str, Field(max_length=LAYER_CHARACTERS_MAX)]
    """TOML; an empty one leaves the station to its own files."""
    revert_after_s: Annotated[int, Field(ge=10, le=3600)]
    """If the link is not back so long after the change, the station goes back to what it had."""
    issued: Instant
    """When it was signed."""
    expires: Instant
    """What is not in force by then is refused."""
    key: Kid
    """The key that signs it."""

    @property
    def signed_at(self) -> datetime:
        """When it was signed."""
        return self.issued


ConfigurationState = Literal["staged", "trying", "applied", "refused", "reverted"]
"""Waits for the processes' word; in force until the link is back or not; in force; not taken; taken and given up."""


class TwinConfiguration(Document):
    """What a station says of it, in its twin."""

    applied: Annotated[int, Field(ge=1)] | None
    """The number that is in force; None while only the station's own files are."""
    digest: DigestText | None
    """SHA-256 of what is in force, as it was signed."""
    newest: Annotated[int, Field(ge=1)] | None
    """The newest number that was heard."""
    state: ConfigurationState | None
    """What became of the newest."""
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")] | None
    """Why it was refused or reverted."""
    sentence: Annotated[str, Field(max_length=300)] | None
    """The same for people: which keys, and never a value."""


def read_layer(text: str) -> dict[str, object]:
    """The layer's tables. :raises: WireError when it is not TOML, or sets what headquarters may not set."""
    try:
        layer = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise WireError("The configuration is not TOML.") from None
    foreign = sorted({name for name in _names(layer) if not _settable(name)})
    if foreign:
        raise WireError(f"Headquarters may not set: {', '.join(foreign)[:200]}.")
    return layer


def _settable(name: str) -> bool:
    return any(name == known or name.startswith(known + ".") for known in SETTABLE)


def _names(table: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        above = any(known.startswith(name + ".") for known in SETTABLE)
        if isinstance(value, dict) and (value or above) and not _settable(name):
            yield from _names(value, f"{name}.")
        else:
            yield name
