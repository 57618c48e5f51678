"""What is known of what went in, cut into pieces that are looked for: a copy of any part of it shows.

Every piece is unlike anything else on a machine: it is taken from content that was made for this run alone.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

PIECE_BYTES = 24
_DISTINCT_MIN = 10
"""A piece with fewer different bytes says nothing about where it comes from."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One run of bytes that may be nowhere."""

    name: str
    """What it is a piece of, and how it is written."""
    content: bytes
    """The bytes; at least eight."""


def written(name: str, content: bytes) -> list[Mark]:
    """The content as it is, in hex of both cases, and in base64 wherever it begins in what was encoded."""
    marks = [
        Mark(name, content),
        Mark(f"{name} in hex", content.hex().encode()),
        Mark(f"{name} in hex", content.hex().upper().encode()),
    ]
    for shift in range(3):
        coded = b64encode(bytes(shift) + content)
        # the letters at both ends depend on what stands beside the content
        first, last = -(-shift * 8 // 6), len(content) + shift
        marks.append(Mark(f"{name} in base64", coded[first : last * 8 // 6]))
    return [mark for mark in marks if len(mark.content) >= len(content)]


def text_marks(name: str, text: str) -> list[Mark]:
    """A number or a name, as bytes of UTF-8 and of UTF-16, each in the usual encodings."""
    return [
        *written(name, text.encode()),
        *(Mark(f"{name} in UTF-16", text.encode(coding)) for coding in ("utf-16-le", "utf-16-be")),
    ]


def piece_marks(name: str, content: bytes, *, count: int = 24) -> list[Mark]:
    """Pieces from all over the content, past its head."""
    return [mark for piece in _pieces(content, count=count) for mark in written(name, piece)]


def row_marks(name: str, pixels: np.ndarray, *, count: int = 40) -> list[Mark]:
    """Pieces of a frame's middle: of each of so many rows, what a crop or a copy of it still has in one run."""
    height, width = pixels.shape[:2]
    marks: list[Mark] = []
    for row in np.linspace(height * 0.3, height * 0.7, count).astype(int):
        for column in (width * 2 // 5, width // 2, width * 3 // 5):
            run = np.ascontiguousarray(pixels[row, column:]).tobytes()[:PIECE_BYTES]
            if _telling(run):
                marks += written(name, run)
    return marks


def _pieces(content: bytes, *, count: int) -> Iterator[bytes]:
    step = max(1, len(content) // (count + 1))
    for number in range(1, count + 1):
        piece = content[number * step : number * step + PIECE_BYTES]
        if len(piece) == PIECE_BYTES and _telling(piece):
            yield piece


def _telling(piece: bytes) -> bool:
    return len(set(piece)) >= _DISTINCT_MIN
