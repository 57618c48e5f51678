"""What `ids.toml` says: which hardware the drivers know, and which is known to have none.

It is the source of the udev rules, the hardware database, the page of what is supported, and of `smilius devices`.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from drivers.contract import DeviceKind

Tried = Literal["emulator", "metal"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    """As people know it."""


class Driven(_Entry):
    """Hardware that a driver takes."""

    kind: DeviceKind
    """What it is used for."""
    driver: str
    """The driver's name in its kind."""
    tried: Tried
    """On what the driver was tried."""


class UsbDriven(Driven):
    """A USB device by its ids."""

    vendor: int = Field(ge=0, le=0xFFFF)
    """idVendor."""
    product: int = Field(ge=0, le=0xFFFF)
    """idProduct."""
    option: str | None = None
    """The option without which the driver leaves the device alone."""
    needs: str | None = None
    """What it wants beside its driver before it can be used, as a sentence."""


class CsiDriven(Driven):
    """A camera on a Raspberry Pi's ribbon connector."""

    sensor: str
    """Its sensor, as the kernel's name for it begins."""


class NodeDriven(Driven):
    """Anything of a subsystem of the kernel's that its driver takes, whoever made it."""

    subsystem: Literal["video4linux", "gpio"]
    """The kernel's subsystem."""


class Closed(_Entry):
    """A sensor that nothing here drives."""

    vendor: int = Field(ge=0, le=0xFFFF)
    """idVendor."""
    product: int = Field(ge=0, le=0xFFFF)
    """idProduct."""


class Ids(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usb: tuple[UsbDriven, ...]
    """USB devices with a driver."""
    csi: tuple[CsiDriven, ...]
    """Cameras with a ribbon."""
    node: tuple[NodeDriven, ...]
    """What is driven by its subsystem."""
    closed: tuple[Closed, ...]
    """Sensors without a driver."""


@cache
def known_ids() -> Ids:
    """What the package brings with it."""
    text = resources.files("drivers").joinpath("ids.toml").read_text(encoding="utf-8")
    return Ids.model_validate(tomllib.loads(text))
