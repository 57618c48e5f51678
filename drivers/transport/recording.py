"""Reads a recorded picture as a device would have given it. Bounded before anything is decoded.

The file is an operator's or a test's own choice; still it may be anything, so only formats that Pillow reads without
helpers are allowed, and size and shade depth are looked at in the head before memory is spent. Of an animation the
first picture counts; colour with sixteen bits a channel loses its lower eight, grey with sixteen is refused.
"""

import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from drivers.contract import GreyPixels, RgbPixels, UnreadableFault

FORMATS = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP")
FILE_BYTES_MAX = 64 * 1024 * 1024
PIXELS_MAX = 64_000_000
"""More than any camera here gives."""

_LYING = frozenset({5, 6, 7, 8})
"""EXIF orientations whose rows are the picture's columns."""

_EIGHT_BIT = frozenset({"1", "L", "P", "RGB", "RGBA", "LA", "PA", "CMYK", "YCbCr"})


def read_rgb(path: Path, *, name: str) -> RgbPixels:
    """The picture upright (its EXIF orientation applied), shape (height_px, width_px, 3).

    :param name: what to call it in a fault, such as `the photo`; paths are not repeated.
    :raises: UnreadableFault.
    """
    # copied: what Pillow lends is read-only, and whoever holds a recording overwrites it in the end
    return np.array(_picture(path, name=name).convert("RGB"), order="C")


def read_grey(path: Path, *, name: str) -> GreyPixels:
    """The picture in grey, shape (height_px, width_px). :raises: UnreadableFault, as `read_rgb`."""
    return np.array(_picture(path, name=name).convert("L"), order="C")


def reduced(pixels: RgbPixels, *, long_px: int) -> RgbPixels:
    """A copy whose longer side is `long_px` at most, averaged so that nothing aliases."""
    height_px, width_px = pixels.shape[:2]
    factor = max(1.0, max(height_px, width_px) / long_px)
    picture = Image.fromarray(pixels)
    small = picture.resize((max(1, round(width_px / factor)), max(1, round(height_px / factor))), Image.Resampling.BOX)
    return np.array(small, order="C")


def upright_size_px(path: Path, *, name: str) -> tuple[int, int]:
    """Rows and columns that `read_rgb` would give, from the file's head. :raises: UnreadableFault, as `read_rgb`."""
    with _opened(path, name=name) as picture:
        if picture.format == "TIFF":
            # some releases of Pillow turn it when they read its head, and some when it is decoded
            upright = ImageOps.exif_transpose(picture)
            return upright.height, upright.width
        # not the PNG reader's own, which decodes the picture first, for an orientation that may come after it
        lies = Image.Image.getexif(picture).get(ExifTags.Base.Orientation) in _LYING
        return (picture.width, picture.height) if lies else (picture.height, picture.width)


def _picture(path: Path, *, name: str) -> Image.Image:
    with _opened(path, name=name) as picture:
        return ImageOps.exif_transpose(picture)


@contextmanager
def _opened(path: Path, *, name: str) -> Iterator[Image.Image]:
    """The file with its head read and found harmless; whatever its decoder says inside is a fault of ours."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableFault(f"What is named for {name} is not a file.")
        if found.st_size > FILE_BYTES_MAX:
            raise UnreadableFault(f"The file for {name} is too large.")
        with Image.open(path, formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise UnreadableFault(f"The picture for {name} has too many pixels.")
            if picture.mode not in _EIGHT_BIT:
                raise UnreadableFault(f"The picture for {name} does not have eight bits a channel.")
            yield picture
    except FileNotFoundError:
        raise UnreadableFault(f"There is no file for {name}.") from None
    except PermissionError:
        raise UnreadableFault(f"The file for {name} may not be read by the station.") from None
    except Image.DecompressionBombError:
        raise UnreadableFault(f"The picture for {name} has too many pixels.") from None
    except UnidentifiedImageError:
        raise UnreadableFault(
            f"The file for {name} is not a picture that is read here (JPEG, PNG, PNM, BMP, TIFF or WebP)."
        ) from None
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, TypeError, struct.error):
        # Pillow's decoders raise all of these on damaged files
        raise UnreadableFault(f"The picture for {name} is damaged.") from None
