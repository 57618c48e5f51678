"""Who reads faces out of a frame: one small interface, whatever looks for them.

Two readers exist: `networks` knows everything that a portrait is judged by, `haar` only where the eyes are. What a
reader does not know is None, and a gate that would need it is not assessed: the operator is asked.
"""

from dataclasses import dataclass, field
from typing import Protocol

from capture.face.background import BackgroundCheck
from capture.face.geometry import Head
from capture.face.iris import Irises
from capture.face.points import Points
from capture.face.pyramid import Pyramid


@dataclass(frozen=True, slots=True)
class Face:
    """What is known of one face, in frame pixels."""

    side_px: float
    """The longer side of the box around it."""
    head: Head | None
    """Where the head is and how it is held; None where not both eyes were found."""
    points: Points | None = field(default=None, repr=False)
    """All 468 points; None where the reader has none."""
    irises: Irises | None = field(default=None, repr=False)
    """Both irises, after `closer`; None before, and where the reader has none."""


class FaceReader(Protocol):
    """Holds what it needs for reading; constructed once, used by one thread at a time."""

    @property
    def background(self) -> BackgroundCheck | None:
        """What looks behind the person by means of a mask; None where the reader has no mask."""

    def faces(self, pyramid: Pyramid) -> list[Face]:
        """The faces that count, largest first; empty when there is none."""

    def closer(self, pyramid: Pyramid, face: Face) -> Face:
        """The same face, looked at once more with all that the reader has."""
