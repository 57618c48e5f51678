"""A quick look at a small frame by a reader that knows only where the eyes are: is there one face, and does it fit?

Whoever is told to shoot on that alone has not been told much: the gates that nobody could assess are the operator's.
"""

from dataclasses import replace

from capture.face.geometry import Framing, framed
from capture.face.live import Preview, Reading
from capture.face.outline import outlined
from capture.face.pyramid import Pyramid, resized
from capture.face.reader import FaceReader
from capture.face.search import only
from capture.profile import FaceRule
from drivers.contract import Frame, Hint, Retake


class OutlinePreview:
    """Looks at each frame anew; used by one thread at a time."""

    def __init__(self, reader: FaceReader) -> None:
        self._reader = reader

    def look(self, frame: Frame, rule: FaceRule) -> Preview | Retake:
        """What can be said of the framing, as it would be in the portrait; or what prevents one.

        :param frame: its `reduced_ratio` says how many pixels a full frame has.
        :raises: FrameUnusable when it is not 8-bit colour.
        """
        found = only(self._reader.faces(Pyramid.of(frame)))
        if isinstance(found, Retake):
            return found
        seen = found.head
        if seen is None:
            return Retake(Hint.EYES_NOT_FOUND)
        enlarged = 1 / frame.reduced_ratio
        held = replace(seen.moved(Framing(resized(enlarged, enlarged), enlarged)), roll_deg=seen.roll_deg)
        height_px, width_px = (round(side * enlarged) for side in frame.pixels.shape[:2])
        framing = framed(held, rule, height_px=height_px, width_px=width_px, focal_px=frame.focal_px)
        if isinstance(framing, Retake):
            return framing
        values = outlined(held.moved(framing), held, rule=rule)
        return Preview(tuple(Reading(limit, value) for limit, value in values.items()), frame.taken_ns)
