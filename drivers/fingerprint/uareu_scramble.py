"""How a U.are.U 4000 scrambles its pictures, undone.

Scrambled bytes stand one place late and are added to a stream of key bytes, so the last byte of each such block is
lost; it is 0 here. Whether a picture is scrambled at all its head does not say, and a wrong key is not noticed by
anybody; but what is scrambled looks like noise, and a finger does not. That decides the one and finds the other. A few
keys make a stream that is no noise; with such a one nobody can tell, and the picture is refused.

The key is a shift register: each step puts the parity of some of its 32 bits in at the top. Read as one long row of
bits it is a linear recurrence over the field of two elements, and squaring its polynomial doubles every distance in
it. So the row is made in runs that grow with it, and not bit by bit.

Source: facts/fingerprint-sensors.md section 5.7. There, scrambled is what varies much in its first two lines; finger
ridges with full contrast can do that too, so it is neighbouring pixels that are compared here.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.contract import GreyPixels, ProtocolFault
from drivers.fingerprint.uareu_wire import HEAD_BYTES, HEIGHT_PX, WIDTH_PX, Head

_BITS: Final = 32
_TAPS: Final = tuple(bit for bit in range(_BITS) if 0x9248144D >> bit & 1)
_KEY_BITS: Final = (4, 8, 11, 14, 18, 21, 24, 29)
"""Which bits of the key make bit 0 to 7 of a key byte."""

_NOISY_LEVELS: Final = 60.0
"""Neighbouring pixels of a scrambled line differ by 85 levels in the mean, those of a real picture by 5."""


class KeyRow:
    """A key and all that follow it, one a step."""

    def __init__(self, key: int, *, steps: int) -> None:
        """:param key: 32 bits.
        :param steps: how far it will be asked for.
        """
        self._bits = _row(key, length=_BITS + steps)

    def stream(self, count: int, *, start: int) -> NDArray[np.uint8]:
        """So many key bytes, from this step on."""
        stream = np.zeros(count, np.uint8)
        for place, bit in enumerate(_KEY_BITS):
            stream |= self._bits[start + bit : start + bit + count] << place
        return stream

    def after(self, steps: int) -> int:
        """The key as it is then."""
        return sum(int(bit) << place for place, bit in enumerate(self._bits[steps : steps + _BITS]))


def _row(key: int, *, length: int) -> NDArray[np.uint8]:
    row = np.empty(length, np.uint8)
    row[:_BITS] = [key >> bit & 1 for bit in range(_BITS)]
    made, stretch = _BITS, 1
    while made < length:
        if made >= 2 * _BITS * stretch:
            stretch *= 2
        begin, count = made - _BITS * stretch, min(stretch, length - made)
        earlier = [row[begin + tap * stretch : begin + tap * stretch + count] for tap in _TAPS]
        row[made : made + count] = np.bitwise_xor.reduce(earlier)
        made += count
    return row


def assembled(data: bytes | memoryview, found: Head, *, keys: Sequence[int]) -> GreyPixels:
    """The picture as it went over the wire, shape (290, 384), ridges bright, in memory of its own.

    :param data: a picture's bytes, with its head.
    :param keys: the keys with the numbers of `Head.keys`.
    :raises: ProtocolFault when a key is wrong, or too weak to tell whether anything was scrambled with it.
    """
    assert len(keys) == len(found.keys), "every key of the picture is needed"
    pixels = np.empty((HEIGHT_PX, WIDTH_PX), np.uint8)
    try:
        _place(pixels, found, lines=_lines(data, found))
        _unscramble(pixels, found, keys=keys)
        _fill(pixels, found)
        if any(_noisy(pixels[top:bottom]) for top, bottom in _spans(found)):
            raise ProtocolFault("The fingerprint sensor's picture cannot be unscrambled.")
    except ProtocolFault:
        pixels.fill(0)
        raise
    return pixels


def _lines(data: bytes | memoryview, found: Head) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8, WIDTH_PX * found.lines, HEAD_BYTES).reshape(found.lines, WIDTH_PX)


def _spans(found: Head) -> Iterator[tuple[int, int]]:
    """The rows of each block in the picture, first and one past the last."""
    top = 0
    for block in found.blocks:
        yield top, top + block.rows
        top += block.rows


def _place(pixels: GreyPixels, found: Head, *, lines: NDArray[np.uint8]) -> None:
    at = 0
    for block, (top, bottom) in zip(found.blocks, _spans(found), strict=True):
        if block.sent:
            pixels[top:bottom] = lines[at : at + block.rows]
            at += block.rows


def _unscramble(pixels: GreyPixels, found: Head, *, keys: Sequence[int]) -> None:
    left = iter(keys)
    row, step = KeyRow(next(left), steps=pixels.size), 0
    for block, (top, bottom) in zip(found.blocks, _spans(found), strict=True):
        if block.next_key:
            row, step = KeyRow(next(left), steps=pixels.size), 0
        if block.scrambled:
            _unscramble_block(pixels[top:bottom], row.stream(WIDTH_PX * block.rows, start=step))
        if block.runs:
            step += WIDTH_PX * block.rows


def _unscramble_block(lines: GreyPixels, stream: NDArray[np.uint8]) -> None:
    """In place, unless the lines are plain already. :raises: ProtocolFault where nobody can tell."""
    if not _noisy(lines):
        if not _noisy(stream.reshape(lines.shape)):
            raise ProtocolFault("The fingerprint sensor's picture may be scrambled with a key that does not show.")
        return
    part = lines.reshape(-1)
    stream[:-1] ^= part[1:]
    part[:-1], part[-1] = stream[:-1], 0
    stream.fill(0)


def _fill(pixels: GreyPixels, found: Head) -> None:
    """What was not sent becomes what follows it."""
    for block, (top, bottom) in reversed(list(zip(found.blocks, _spans(found), strict=True))):
        if not block.sent:
            pixels[top:bottom] = pixels[bottom : bottom + 1]


def _noisy(lines: NDArray[np.uint8]) -> bool:
    return bool(np.abs(np.diff(lines.astype(np.int16), axis=1)).mean() >= _NOISY_LEVELS)
