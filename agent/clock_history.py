"""How far the clocks of cameras and recorders were off, as it was measured: one small file of the station's.

A recording's times are the recorder's own; whoever looks for a visit in it later needs to know how far they were off
then. One line a measurement, the newest of each device kept, replaced whole and synced. It is no proof and signed by
nobody: what must be proven goes into a ledger.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from agent.errors import WireError
from vault.disk import is_there, read_file, write_durably

if TYPE_CHECKING:
    # the contract's words bring numpy along, which no daemon loads for this
    from drivers.contract.cctv import ClockDifference

KEPT: Final = 400
"""Measurements a device: more than a year of one a day."""

DEVICES_MAX: Final = 64

_BYTES_MAX: Final = 16 << 20


class Measured(BaseModel):
    """One measurement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_at: AwareDatetime
    """When, by the station's clock."""
    difference_ms: float = Field(allow_inf_nan=False)
    """The device's clock less the station's."""
    uncertainty_ms: float = Field(ge=0, allow_inf_nan=False)
    """The true difference is at most so far from it, either way."""
    source: str = Field(max_length=40)
    """How it was measured (`drivers.contract.cctv.ClockSource`)."""
    readings: int = Field(ge=1)
    """How many readings of the device's clock went into it."""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    devices: dict[str, tuple[Measured, ...]] = {}


class ClockHistory:
    """The file; one process writes it."""

    def __init__(self, path: Path) -> None:
        """:param path: in a folder of the station's, which must be there."""
        self._path = path

    def add(self, device: str, measured: "ClockDifference") -> None:
        """Keep one more, on the disk when this returns; older ones give way.

        :param device: the installer's name for it.
        :raises: DiskFailed; WireError when the file is damaged, or for more devices than a station has.
        """
        one = Measured(
            measured_at=measured.measured_at,
            difference_ms=measured.difference_ms,
            uncertainty_ms=measured.uncertainty_ms,
            source=str(measured.source),
            readings=measured.readings,
        )
        devices = dict(self.all())
        devices[device] = (*devices.get(device, ()), one)[-KEPT:]
        if len(devices) > DEVICES_MAX:
            raise WireError("There are more devices in the history of clocks than a station has.")
        write_durably(self._path, _File(devices=devices).model_dump_json().encode())

    def all(self) -> dict[str, tuple[Measured, ...]]:
        """Every device's by its name, oldest first. :raises: DiskFailed, WireError when the file is damaged."""
        return self._read().devices

    def of(self, device: str) -> tuple[Measured, ...]:
        """All of a device that are kept, oldest first. :raises: DiskFailed, WireError when the file is damaged."""
        return self.all().get(device, ())

    def at(self, device: str, when: datetime) -> Measured | None:
        """The last one before a time, by the station's clock. :raises: as `of`."""
        before = [one for one in self.of(device) if one.measured_at <= when]
        return max(before, key=lambda one: one.measured_at, default=None)

    def _read(self) -> _File:
        if not is_there(self._path):
            return _File()
        try:
            return _File.model_validate_json(read_file(self._path, bytes_max=_BYTES_MAX))
        except ValidationError:
            raise WireError("The history of the recorders' clocks is damaged: move it away.") from None
