"""Pictures out of whole numbers only: the same on every machine, and small when they are compressed.

Rings stand for ridges; nobody has such a finger. For recordings, which are made again and compared.
"""

from functools import cache
from math import isqrt

from tests.emulators.plate import HEIGHT_PX, WIDTH_PX, Pictures

_DARK, _LIGHT = 60, 200
_DITHER = 7
"""Squared, it is about the variance of an empty plate."""


@cache
def rings(count: int = 2, *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Pictures:
    """So many bare and so many pressed ones; each finger lies a little further to the right."""
    size = (width_px, height_px)
    bare = tuple(
        bytes(_bare(x + shift, y) for y in range(height_px) for x in range(width_px)) for shift in range(count)
    )
    pressed = tuple(
        bytes(_pressed(x - 4 * shift, y, size) for y in range(height_px) for x in range(width_px))
        for shift in range(count)
    )
    return Pictures(bare, pressed)


def _bare(x: int, y: int) -> int:
    return _LIGHT + (_DITHER if (x + y) % 2 else -_DITHER)


def _pressed(x: int, y: int, size: tuple[int, int]) -> int:
    across, down = x - size[0] // 2, y - size[1] // 2
    if (4 * across * across) * size[1] ** 2 + (4 * down * down) * size[0] ** 2 > (size[0] * size[1]) ** 2 * 3 // 4:
        return _bare(x, y)
    return _DARK if isqrt(across * across + down * down) % 9 < 4 else _LIGHT
