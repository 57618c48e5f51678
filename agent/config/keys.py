"""Where a process's keys live: the table `keys` of its section."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.config.layers import read_section

PARCELS_HANDLE_MIN, PARCELS_HANDLE_MAX = 0x81000000, 0x817FFFFF
"""The numbers that a TPM gives to what its owner keeps in it. Source: TCG Registry of Reserved TPM 2.0 Handles."""


HomeName = Literal["file", "credential", "tpm", "otp"]


class KeysChoice(BaseModel):
    """Where keys live, and how that place is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: HomeName
    """`file` leaves them plain on the disk, and health says `software`."""
    tcti: str = Field(default="device:/dev/tpmrm0", pattern=r"^[a-z]+(:[A-Za-z0-9/_.,=-]{0,200})?$")
    """How a TPM is reached."""
    parcels_handle: int = Field(default=0x81018100, ge=PARCELS_HANDLE_MIN, le=PARCELS_HANDLE_MAX)
    """The TPM's number of the key that opens parcels' keys, free for the courier alone."""
    warn_days: int = Field(default=30, ge=0, le=3650)
    """So many days before a key of central's ends, health says so."""
    vcmailbox: Path = Path("vcmailbox")
    """The command that asks a Raspberry Pi's firmware."""


def keys_choice(layers: Mapping[str, object], process: str) -> KeysChoice:
    """What a process's section says of its keys. :raises: ConfigError."""
    section = layers.get(process)
    inside = section if isinstance(section, dict) else {}
    return read_section({f"{process}.keys": inside.get("keys", {})}, f"{process}.keys", model=KeysChoice)
