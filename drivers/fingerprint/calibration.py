"""A sensor's calibration: what its pixels measure, who says so, and how sure that is; kept as a small file.

A frame carries one resolution for both directions, as records do. So a sensor whose pixels are not square gives
pictures that were made smaller along the direction with more pixels; nothing is ever enlarged.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drivers.contract import Facts, GreyPixels, UncalibratedFault
from drivers.fingerprint.ruling import Ruling, measure

ERROR_MAX_RATIO: Final = 0.01
"""A resolution that may be more wrong than this is none. Source: facts/standards.md section 7.2 (500 ppi +/- 1 %)."""

_METHOD: Final = "ruling, two directions, phase of the first harmonic"
_BYTES_MAX = 10_000

_Finite = Annotated[float, Field(allow_inf_nan=False)]


class Calibration(BaseModel):
    """One sensor's, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    """Of this form."""
    model: str
    """The sensor's, as it says."""
    serial: str
    """The sensor's, as it says: a calibration is of one unit, empty where the unit does not say."""
    taken_on: date
    """When it was measured."""
    method: str
    """How it was measured."""
    period_mm: _Finite = Field(gt=0)
    """Of the ruling."""
    pictures: int = Field(ge=1)
    """How many were measured."""
    width_px: int = Field(gt=0)
    """Of a picture."""
    height_px: int = Field(gt=0)
    """Of a picture."""
    ppi_x: _Finite = Field(gt=0)
    """Along a row, pixels an inch."""
    ppi_y: _Finite = Field(gt=0)
    """Along a column."""
    uncertainty_ratio: _Finite = Field(ge=0)
    """Of both, expanded (k = 2)."""
    unevenness_ratio: _Finite = Field(ge=0)
    """How far the zone of the plate that differs most is from them."""

    @property
    def ppi(self) -> float:
        """Of a picture that was made square."""
        return min(self.ppi_x, self.ppi_y)

    @property
    def error_ratio(self) -> float:
        """How wrong the resolution may be somewhere on the plate."""
        return self.uncertainty_ratio + self.unevenness_ratio

    def need_for(self, facts: Facts) -> None:
        """It may label this sensor's prints. :raises: UncalibratedFault when it is another's, or not exact enough."""
        if (self.model, self.serial) != (facts.model, facts.serial):
            raise UncalibratedFault("The calibration file is of another fingerprint sensor: calibrate this one.")
        if self.error_ratio > ERROR_MAX_RATIO:
            raise UncalibratedFault(
                f"The fingerprint sensor's resolution may be wrong by {100 * self.error_ratio:.1f} % and by "
                f"{100 * ERROR_MAX_RATIO:.0f} % at most it may: calibrate it again, or use another sensor."
            )

    def squared(self, pixels: GreyPixels) -> GreyPixels:
        """A picture of this sensor with square pixels, `ppi` in both directions, in memory of its own."""
        assert pixels.shape == (self.height_px, self.width_px), "a sensor's pictures are of one size"
        across, down = self.ppi / self.ppi_x, self.ppi / self.ppi_y
        # by the factors and not by the sizes, which are rounded
        smaller = cv2.resize(pixels, None, fx=across, fy=down, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(smaller, dtype=np.uint8)

    def store(self, path: Path) -> None:
        """Write the file, over an older one."""
        path.write_text(self.model_dump_json(indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """The one in the file. :raises: UncalibratedFault when there is none, or it cannot be read."""
        try:
            with path.open("rb") as file:
                return cls.model_validate_json(file.read(_BYTES_MAX))
        except (OSError, ValidationError):
            raise UncalibratedFault("The fingerprint sensor's calibration file cannot be read.") from None


def calibrate(pictures: Sequence[GreyPixels], *, ruling: Ruling, facts: Facts, taken_on: date) -> Calibration:
    """The calibration of the sensor that took these pictures; it may still be too poor for prints (`need_for`).

    :param pictures: as `ruling.measure` wants them, out of the sensor's frames without a resolution.
    :param facts: the sensor's, read while it was open.
    :raises: UncalibratedFault when the pictures cannot be measured.
    """
    shapes = {picture.shape for picture in pictures}
    if len(shapes) != 1:
        raise UncalibratedFault("A calibration needs pictures, and all of one size.")
    scale = measure(pictures, ruling=ruling)
    height_px, width_px = shapes.pop()
    return Calibration(
        model=facts.model,
        serial=facts.serial,
        taken_on=taken_on,
        method=_METHOD,
        period_mm=ruling.period_mm,
        pictures=len(pictures),
        width_px=width_px,
        height_px=height_px,
        ppi_x=scale.ppi_x,
        ppi_y=scale.ppi_y,
        uncertainty_ratio=scale.uncertainty_ratio,
        unevenness_ratio=scale.unevenness_ratio,
    )
