"""A picture as a device gives it: uint8, row-major, (height_px, width_px) or (height_px, width_px, 3).

Grey frames are fingerprints: 0 is ridge, 255 is bare plate, the finger's tip is at row 0; a driver turns what its
sensor gives into that. Colour frames are RGB in sRGB, as a person standing opposite sees the scene: never mirrored.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from drivers.contract.settings import CameraSettings

if TYPE_CHECKING:
    # not at run time: processes that never see a picture import this contract too, and NumPy is 17 MB of memory
    import numpy as np
    from numpy.typing import NDArray

GreyPixels: TypeAlias = "NDArray[np.uint8]"
"""Shape (height_px, width_px), 0 = ridge or black."""

RgbPixels: TypeAlias = "NDArray[np.uint8]"
"""Shape (height_px, width_px, 3), sRGB."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture, with what is known of its taking. It has no repr of its pixels."""

    pixels: "GreyPixels | RgbPixels" = field(repr=False)
    """Shape (height_px, width_px[, 3]), uint8, C-contiguous."""

    taken_ns: int
    """The monotonic clock's reading when the picture was complete, in nanoseconds."""

    ppi: float | None = None
    """Calibrated resolution in pixels an inch, or None where the device has none (a camera)."""

    settings: CameraSettings | None = None
    """What a camera took it with; None where it tells nothing."""

    reduced_ratio: float = 1.0
    """Pixels of this picture for one of a full one's, along a side: 1, or less for a preview."""

    focal_px: float | None = None
    """The camera's focal length over its pixels' pitch, in pixels of a full frame; None where nobody knows it."""

    @property
    def height_px(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width_px(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    def zero(self) -> None:
        """Overwrite the pixels: the frame is forgotten before its memory is given back."""
        self.pixels.setflags(write=True)
        self.pixels.fill(0)
