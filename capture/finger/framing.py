"""From any sensor's frame to the print that records carry: the finger found, cut out, and nothing else done to it."""

from dataclasses import dataclass, field
from math import isfinite

import cv2
import numpy as np

from capture.finger.errors import PrintFrameUnusable, PrintInverted, PrintResolutionUnfit
from capture.finger.measures import MEASURES_PPI
from capture.finger.plate import name_plate, square_mm
from capture.finger.segment import Contact, look
from capture.profile import FingerRule
from capture.sample import PrintArea
from drivers.contract import Frame, GreyPixels, Retake

SIDE_MIN_PX, SIDE_MAX_PX = 64, 3200
"""Sides that a sensor's frame can have: an eighth of an inch at 500 ppi to 3.2 inches at 1000 ppi."""

RESOLUTION_TOLERANCE = 0.01
"""A sensor so near to the wanted resolution counts as having it. Source: facts/standards.md section 7.2."""

BARE = 255
"""What lies beyond a sensor that is smaller than the print."""


@dataclass(frozen=True, slots=True)
class FramedPrint:
    """A print of the profile's size and resolution. Its memory is its own: the frame may be zeroed."""

    pixels: GreyPixels = field(repr=False)
    """Shape (rule.height_px, rule.width_px), uint8, 0 = ridge, C-contiguous."""
    area: PrintArea
    """Where the finger lies in the print, and how it came there."""
    contact: Contact
    """What was measured on the whole frame, in pixels of the profile's resolution."""
    residue_mm2: float
    """Dirt on the whole plate beside the finger."""

    @property
    def area_mm2(self) -> float:
        """Ridged area of the finger in the whole frame."""
        return self.area.area_mm2

    def zero(self) -> None:
        """Overwrite the pixels."""
        self.pixels.fill(0)


def frame_print(frame: Frame, *, rule: FingerRule) -> FramedPrint | Retake:
    """Cut the print out of a frame, its middle on the finger's as far as the frame reaches.

    Pixels are taken over as they are. Only a sensor with another calibrated resolution is brought to the profile's, in
    one step and never from a coarser one; a frame smaller than the print gets bare plate around it.

    :param frame: grey, shape (height_px, width_px), uint8, tip up, with its resolution.
    :returns: the print; or what the person should do, where the plate shows no finger or too little of one.
    :raises: PrintFrameUnusable, PrintInverted, PrintResolutionUnfit.
    Duty: R-FINGER-2.
    """
    scale = _scale(frame, rule=rule)
    given = _grey(frame)
    pixels = _scaled(given, scale=scale)
    try:
        return _framed(pixels, sensor_ppi=frame.ppi or 0.0, scale=scale, rule=rule)
    finally:
        if pixels is not given:  # a second copy of somebody's finger
            pixels.fill(0)


def _framed(pixels: GreyPixels, *, sensor_ppi: float, scale: float, rule: FingerRule) -> FramedPrint | Retake:
    contact = look(pixels)
    if contact.is_finger and contact.inverted:
        raise PrintInverted("The sensor's picture is inverted: its ridges are bright. Its driver or options are wrong.")
    height_px, width_px = pixels.shape
    hint = name_plate(contact, shape_px=(height_px, width_px), ppi=rule.ppi).hint
    if hint is not None:
        return Retake(hint)
    corner = _corner(contact, shape_px=(height_px, width_px), rule=rule)
    return FramedPrint(
        _cut(pixels, corner=corner, rule=rule),
        area=_area(contact, corner=corner, rule=rule, sensor=(sensor_ppi, scale)),
        contact=contact,
        residue_mm2=square_mm(contact.residue_px, ppi=rule.ppi),
    )


def _scale(frame: Frame, *, rule: FingerRule) -> float:
    """By how much the frame is to be made smaller, 1 where it is not."""
    if rule.ppi != MEASURES_PPI:
        raise PrintResolutionUnfit(f"The profile asks for prints at another resolution than {MEASURES_PPI} ppi.")
    if frame.ppi is None or not isfinite(frame.ppi) or frame.ppi <= 0:
        raise PrintResolutionUnfit("The sensor does not say its resolution.")
    scale = rule.ppi / frame.ppi
    if abs(frame.ppi - rule.ppi) <= RESOLUTION_TOLERANCE * rule.ppi:
        return 1.0
    if scale > 1:
        raise PrintResolutionUnfit("The sensor's resolution is too low: a print is never enlarged.")
    return scale


def _grey(frame: Frame) -> GreyPixels:
    pixels = frame.pixels
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        raise PrintFrameUnusable("The sensor's picture is not grey with 8 bits a pixel.")
    if not all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in pixels.shape):
        raise PrintFrameUnusable(f"A side of the sensor's picture is not {SIDE_MIN_PX} to {SIDE_MAX_PX} pixels long.")
    return pixels


def _scaled(pixels: GreyPixels, *, scale: float) -> GreyPixels:
    if scale == 1:
        return pixels
    height_px, width_px = (round(side * scale) for side in pixels.shape)
    if min(height_px, width_px) < SIDE_MIN_PX:
        raise PrintFrameUnusable("The sensor's picture is too small for its resolution.")
    smaller = cv2.resize(np.ascontiguousarray(pixels), (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8)


def _corner(contact: Contact, *, shape_px: tuple[int, int], rule: FingerRule) -> tuple[int, int]:
    """Where the print begins in the frame as (left, top), negative where it begins before it."""
    middle_x, middle_y = contact.middle_px
    height_px, width_px = shape_px
    return (
        _start(middle_x, side_px=width_px, wanted_px=rule.width_px),
        _start(middle_y, side_px=height_px, wanted_px=rule.height_px),
    )


def _start(middle_px: float, *, side_px: int, wanted_px: int) -> int:
    """Invariant: a frame that is large enough is never left, and one that is too small is never cut."""
    spare_px = side_px - wanted_px
    return min(max(round(middle_px - wanted_px / 2), min(0, spare_px)), max(0, spare_px))


def _cut(pixels: GreyPixels, *, corner: tuple[int, int], rule: FingerRule) -> GreyPixels:
    """The one copy of the pixels: out of the frame, into a print of its own."""
    left, top = corner
    print_ = np.full((rule.height_px, rule.width_px), BARE, np.uint8)
    part = pixels[max(0, top) : top + rule.height_px, max(0, left) : left + rule.width_px]
    down, right = max(0, -top), max(0, -left)
    print_[down : down + part.shape[0], right : right + part.shape[1]] = part
    return print_


def _area(contact: Contact, *, corner: tuple[int, int], rule: FingerRule, sensor: tuple[float, float]) -> PrintArea:
    """The finger's box moved into the print; what the print does not hold of it is cut off the box."""
    left, top, right, bottom = contact.box_px
    x_px, y_px = max(0, left - corner[0]), max(0, top - corner[1])
    width_px = min(rule.width_px, right - corner[0]) - x_px
    height_px = min(rule.height_px, bottom - corner[1]) - y_px
    sensor_ppi, scale = sensor
    return PrintArea(
        x_px=x_px,
        y_px=y_px,
        width_px=width_px,
        height_px=height_px,
        area_mm2=square_mm(contact.finger_px, ppi=rule.ppi),
        sensor_ppi=sensor_ppi,
        scale_ratio=scale,
    )
