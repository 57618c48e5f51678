"""A person and a plate: what lies on it at each exposure. Pictures come from outside: this needs nothing but Python."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH_PX, HEIGHT_PX = 320, 480
PICTURE_BYTES = WIDTH_PX * HEIGHT_PX

_DARK = 3


@dataclass(frozen=True)
class Pictures:
    """Pictures of one plate, top row first, ridges dark, a byte a pixel."""

    bare: tuple[bytes, ...]
    pressed: tuple[bytes, ...]

    def packed(self) -> bytes:
        """Half of them bare, half of them pressed."""
        assert len(self.bare) == len(self.pressed)
        return b"".join(self.bare + self.pressed)

    @classmethod
    def unpacked(cls, data: bytes, *, picture_bytes: int = PICTURE_BYTES) -> "Pictures":
        pictures = tuple(data[at : at + picture_bytes] for at in range(0, len(data), picture_bytes))
        return cls(pictures[: len(pictures) // 2], pictures[len(pictures) // 2 :])


class Plate:
    """The person lays the finger down when the lamp has been lit for a while, and lifts it when it goes out."""

    def __init__(self, pictures: Pictures, *, landing: int = 1, touches: Sequence[bool] = ()) -> None:
        """:param landing: how many exposures pass with the lamp lit before the finger lies on the plate.
        :param touches: whether it lies there at the first exposures, whatever the lamp does.
        """
        self._pictures, self._landing, self._touches = pictures, landing, touches
        self._lit_for = 0
        self.exposures = 0
        """How many pictures were taken."""

    def earlier(self) -> bytes:
        """A picture that somebody else had taken before."""
        return self._pictures.pressed[-1]

    def light(self, level: int) -> None:
        """The lamp was set."""
        if level == 0:
            self._lit_for = 0

    def expose(self, *, lit: bool) -> bytes:
        """One picture; no two are the same."""
        number, self.exposures = self.exposures, self.exposures + 1
        touched = self._touches[number] if number < len(self._touches) else self._lit_for >= self._landing
        if not lit:
            return numbered(bytes([_DARK]) * PICTURE_BYTES, number)
        self._lit_for += 1
        chosen = self._pictures.pressed if touched else self._pictures.bare
        return numbered(chosen[number % len(chosen)], number)


def numbered(picture: bytes, number: int) -> bytes:
    """A picture that is like no other: the number in the lowest bits of the first pixels, where noise is."""
    first = bytes(level & 0xFE | number >> bit & 1 for bit, level in enumerate(picture[:16]))
    return first + picture[16:]
