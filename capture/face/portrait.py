"""The portrait: cut out of the sensor's pixels once, encoded as JPEG once.

Reduced by averaging areas, which does not alias, to its final scale; then turned and shifted at that scale. No
sharpening, no correction, no metadata beyond the resolution in the JFIF header.
"""

import struct
from bisect import bisect_right
from dataclasses import dataclass, field

import cv2
import numpy as np

from capture.errors import PortraitTooLarge
from capture.face.geometry import Framing
from capture.face.pyramid import Pyramid, after, inverse, moved, resized
from capture.profile import CardRule, FaceRule
from drivers.contract import RgbPixels

QUALITY_FIRST = 95
"""JPEG quality that is tried first."""
QUALITY_RANGE = range(11, 101)
"""Qualities at all; the gate on quality is far above the lowest."""
QUALITY_STEP = 3
"""Between the qualities that are tried downwards: finer steps cost time and change nothing that can be seen."""
SETTINGS = (cv2.IMWRITE_JPEG_PROGRESSIVE, 0, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422)
"""Baseline, colour at half the width. Source: clause 7.4.2.3 (24-bit RGB or YUV422), facts/standards.md section 2.6."""
DENSITY_PPI = 300
"""Written into the header: 480 x 640 pixels print as 41 x 54 mm."""
JFIF_START = bytes.fromhex("ffd8ffe000104a46494600")
"""SOI, APP0, its length, `JFIF`; two bytes of version follow, then unit and densities.

Source: facts/face-cctv-console.md section 1."""
PER_INCH = 1
EDGE_PX = 8
"""Frame pixels kept around the cut, so that interpolation at its edge reads real ones."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A JPEG with what its encoding took."""

    jpeg: bytes = field(repr=False)
    """Baseline, three components, JFIF, no EXIF."""
    quality: int
    """The encoder's setting, 1 to 100."""
    compression_ratio: float
    """Raw size over encoded size."""


def cut_out(pyramid: Pyramid, framing: Framing, *, width_px: int, height_px: int) -> RgbPixels:
    """The part of the frame that the framing names, shape (height_px, width_px, 3)."""
    pixels, factor = pyramid.reaching(framing.scale)
    affine = after(framing.affine, resized(1 / factor, 1 / factor))
    corners = np.array([[0.0, 0.0], [width_px, 0.0], [0.0, height_px], [width_px, height_px]])
    area = moved(corners, inverse(affine))
    left, top = np.clip(np.floor(area.min(axis=0)).astype(int) - EDGE_PX, 0, None)
    right, bottom = np.ceil(area.max(axis=0)).astype(int) + EDGE_PX
    part = pixels[top:bottom, left:right]
    rows, columns = (max(1, round(side * framing.scale / factor)) for side in part.shape[:2])
    reduced = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    into_part = resized(part.shape[1] / columns, part.shape[0] / rows)
    into_part[:, 2] += (left, top)
    turned = cv2.warpAffine(
        reduced,
        after(affine, into_part),
        (width_px, height_px),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(turned, np.uint8)


def encoded(portrait: RgbPixels, rule: FaceRule | CardRule) -> Encoded:
    """The JPEG of the highest quality, 95 at most, that is not larger than the rule allows.

    Where that compresses more than the rule allows, quality is raised as far as it helps; a picture without content
    may stay below the wanted size even so, which its compression ratio shows.

    :param portrait: shape (height_px, width_px, 3), RGB, uint8.
    :raises: PortraitTooLarge when not even the lowest quality fits.
    """
    sizes = _Encodings(portrait)
    quality = QUALITY_FIRST
    if sizes.of(quality) > rule.size_bytes_max:
        lower = QUALITY_RANGE[: QUALITY_RANGE.index(QUALITY_FIRST)][::QUALITY_STEP]
        fitting = bisect_right(lower, rule.size_bytes_max, key=sizes.of)
        if fitting == 0:
            raise PortraitTooLarge("The profile's size limit for the portrait cannot be kept at any JPEG quality.")
        quality = lower[fitting - 1]
    while quality < QUALITY_RANGE[-1] and sizes.of(quality) * rule.compression_ratio_max < portrait.size:
        if sizes.of(quality + 1) > rule.size_bytes_max:
            break
        quality += 1
    jpeg = sizes.jpeg(quality)
    return Encoded(_with_density(jpeg), quality, portrait.size / len(jpeg))


def decoded(jpeg: bytes) -> RgbPixels:
    """What a receiver will see, shape (height_px, width_px, 3), RGB. :param jpeg: one of our own."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    assert picture is not None, "what was just encoded can be decoded"
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


class _Encodings:
    """Each quality is encoded at most once."""

    def __init__(self, portrait: RgbPixels) -> None:
        self._bgr = cv2.cvtColor(portrait, cv2.COLOR_RGB2BGR)
        self._jpegs: dict[int, bytes] = {}

    def jpeg(self, quality: int) -> bytes:
        if quality not in self._jpegs:
            _, buffer = cv2.imencode(".jpg", self._bgr, (cv2.IMWRITE_JPEG_QUALITY, quality, *SETTINGS))
            self._jpegs[quality] = buffer.tobytes()
        return self._jpegs[quality]

    def of(self, quality: int) -> int:
        return len(self.jpeg(quality))


def _with_density(jpeg: bytes) -> bytes:
    assert jpeg.startswith(JFIF_START), "the encoder writes JFIF"
    at = len(JFIF_START) + 2
    return jpeg[:at] + struct.pack(">BHH", PER_INCH, DENSITY_PPI, DENSITY_PPI) + jpeg[at + 5 :]
