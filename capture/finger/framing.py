"""From any sensor's frame to the print that records carry: the finger found, cut out, and nothing else done to it."""

from dataclasses import dataclass, field
from math import isfinite

import cv2
import numpy as np

from capture.finger.errors import PrintFrameUnusable, PrintResolutionUnfit
from capture.finger.measures import MEASURES_PPI
from capture.finger.segment import Contact, look
from capture.profile import FingerRule
from drivers.contract import Frame, GreyPixels, Hint, Retake

SIDE_MIN_PX, SIDE_MAX_PX = 64, 3200
"""Sides that a sensor's frame can have: an eighth of an inch at 500 ppi to 3.2 inches at 1000 ppi."""

RESOLUTION_TOLERANCE = 0.01
"""A sensor so near to the wanted resolution counts as having it. Source: facts/standards.md section 7.2."""

FINGER_MIN_MM2 = 90.0
"""Less of a finger than this is not worth a print: about a third of a pad. Ours; NFIQ 2's own warning is at 129."""

SPECK_MAX_MM2 = 12.0
"""What is not larger than this is no part of a finger."""

BARE = 255
"""What lies beyond a sensor that is smaller than the print."""

_MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class FramedPrint:
    """A print of the profile's size and resolution. Its memory is its own: the frame may be zeroed."""

    pixels: GreyPixels = field(repr=False)
    """Shape (rule.height_px, rule.width_px), uint8, 0 = ridge, C-contiguous."""
    area_mm2: float
    """Ridged area of the finger in the whole frame."""


def frame_print(frame: Frame, *, rule: FingerRule) -> FramedPrint | Retake:
    """Cut the print out of a frame, its middle on the finger's as far as the frame reaches.

    Pixels are taken over as they are. Only a sensor with another calibrated resolution is brought to the profile's, and
    never a coarser one; a frame smaller than the print gets bare plate around it.

    :param frame: grey, shape (height_px, width_px), uint8, tip up, with its resolution.
    :raises: PrintFrameUnusable, PrintResolutionUnfit.
    Duty: R-FINGER-2.
    """
    scale = _scale(frame, rule=rule)
    pixels = _scaled(_grey(frame), scale=scale)
    contact = look(pixels)
    hint = _hint(contact, ppi=rule.ppi)
    if hint is not None:
        return Retake(hint)
    return FramedPrint(_cut(pixels, contact=contact, rule=rule), area_mm2=_mm2(contact.finger_px, ppi=rule.ppi))


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


def _hint(contact: Contact, *, ppi: int) -> Hint | None:
    """What the person should do, or None where there is a finger and enough of it."""
    finger_mm2 = _mm2(contact.finger_px, ppi=ppi)
    if contact.is_finger and finger_mm2 >= FINGER_MIN_MM2:
        return None
    if _mm2(contact.smear_px, ppi=ppi) >= FINGER_MIN_MM2:
        return Hint.PRESS_LIGHTER
    # Pale ridges around a small dark part are a finger that hardly touches; around a large part they are its rim.
    if _mm2(contact.trace_px, ppi=ppi) >= max(FINGER_MIN_MM2, 2 * finger_mm2):
        return Hint.PRESS_HARDER
    if contact.is_finger and finger_mm2 > SPECK_MAX_MM2:
        return Hint.CENTRE_FINGER
    return Hint.NO_FINGER


def _mm2(area_px: int, *, ppi: int) -> float:
    return area_px * (_MM_PER_INCH / ppi) ** 2


def _cut(pixels: GreyPixels, *, contact: Contact, rule: FingerRule) -> GreyPixels:
    """The one copy of the pixels: out of the frame, into a print of its own."""
    height_px, width_px = pixels.shape
    middle_x, middle_y = contact.middle_px
    left = _start(middle_x, side_px=width_px, wanted_px=rule.width_px)
    top = _start(middle_y, side_px=height_px, wanted_px=rule.height_px)
    print_ = np.full((rule.height_px, rule.width_px), BARE, np.uint8)
    part = pixels[max(0, top) : top + rule.height_px, max(0, left) : left + rule.width_px]
    down, right = max(0, -top), max(0, -left)
    print_[down : down + part.shape[0], right : right + part.shape[1]] = part
    return print_


def _start(middle_px: float, *, side_px: int, wanted_px: int) -> int:
    """Where the print begins in the frame, negative where it begins before it.

    Invariant: a frame that is large enough is never left, and one that is too small is never cut.
    """
    spare_px = side_px - wanted_px
    return min(max(round(middle_px - wanted_px / 2), min(0, spare_px)), max(0, spare_px))
