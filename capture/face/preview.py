"""A quick look at a small frame: where the face is, and the gates that can be measured there many times a second.

The face is followed: its points are looked for where they were in the frame before, and the whole frame is searched
only now and then, for a second face, or when the face was lost. What the detail of a full frame is needed for
(sharpness, encoding) is not looked at here.
"""

import cv2
import numpy as np

from capture.face import limits
from capture.face.background import Background, BackgroundCheck
from capture.face.gates import MEASURES, Seen
from capture.face.geometry import framed, head_of
from capture.face.iris import IrisReader
from capture.face.limits import Limit
from capture.face.live import Preview, Reading
from capture.face.mesh import Mesh
from capture.face.pyramid import Affine, Pyramid, after, moved, resized
from capture.face.search import FaceSearch, only
from capture.profile import FaceRule
from drivers.contract import Frame, Retake, RgbPixels

SEARCH_EVERY = 10
"""Frames from one search of the whole frame to the next while a face is followed: three a second at a usual camera."""
IRIS_EVERY = 3
"""Frames from one look at the irises to the next: a blink is caught, and two eyes cost as much as the rest."""
BACKGROUND_EVERY = 8
"""Frames from one look at the background to the next; it does not move, and its network is the slowest."""
SPOTS_EVERY = 4
"""Frames from one look at mirrored light and at the shadow below the eyes to the next: lamps do not move, heads do."""
SELDOM = {
    limits.EYES_OPEN: IRIS_EVERY,
    limits.GAZE: IRIS_EVERY,
    limits.GLARE: SPOTS_EVERY,
    limits.HOT_SPOTS: SPOTS_EVERY,
    limits.EYE_SHADOW: SPOTS_EVERY,
    limits.BACKGROUND_SPREAD: BACKGROUND_EVERY,
    limits.BACKGROUND_BALANCE: BACKGROUND_EVERY,
    limits.BACKGROUND_SHADOW: BACKGROUND_EVERY,
}
"""What is not measured in every frame."""
LOOKED_AT = (
    *(limits.YAW, limits.PITCH, limits.ROLL),
    *(limits.EYES_OPEN, limits.GAZE, limits.EYE_CONTRAST, limits.MOUTH_CLOSED),
    *(limits.INTER_EYE, limits.HEAD_WIDTH, limits.HEAD_LENGTH, limits.CENTRING, limits.EYE_LINE),
    *(limits.OVER_EXPOSED, limits.UNDER_EXPOSED, limits.GREY_LEVELS, limits.CHEEK_LIGHT, limits.NATURAL_COLOUR),
    *(limits.GLARE, limits.HOT_SPOTS, limits.EYE_SHADOW),
    *(limits.BACKGROUND_SPREAD, limits.BACKGROUND_BALANCE, limits.BACKGROUND_SHADOW),
)
"""What is measured, in the order in which it is said: what the client can mend comes before what the room needs."""
LOST_NS = 500_000_000
"""A face that was not looked for so long is searched anew."""


class FacePreview:
    """Follows one face from frame to frame; constructed once, used by one thread at a time."""

    def __init__(self, search: FaceSearch, background: BackgroundCheck, *, irises: IrisReader) -> None:
        """Share the judge's networks."""
        self._irises = irises
        self._search = search
        self._check = background
        self._last: Mesh | None = None
        self._values: dict[Limit, float | None] = {}
        self._frames = 0
        self._taken_ns = 0

    def look(self, frame: Frame, rule: FaceRule) -> Preview | Retake:
        """What can be measured quickly, as it would be in the portrait that the rule asks for; or what prevents one.

        :param frame: its `reduced_ratio` says how many pixels a full frame has.
        :raises: FrameUnusable when it is not 8-bit colour.
        """
        pyramid = Pyramid.of(frame)
        if frame.taken_ns - self._taken_ns > LOST_NS:
            self._forget()
        self._taken_ns = frame.taken_ns
        face = self._face(pyramid)
        if isinstance(face, Retake):
            self._forget()
            return face
        self._last, self._frames = face, self._frames + 1
        # from the small frame's pixels to those that a full frame would have
        enlarge = resized(1 / frame.reduced_ratio, 1 / frame.reduced_ratio)
        held = head_of(moved(face.points, enlarge))
        height_px, width_px = (round(side / frame.reduced_ratio) for side in frame.pixels.shape[:2])
        framing = framed(held, rule, height_px=height_px, width_px=width_px, focal_px=frame.focal_px)
        if isinstance(framing, Retake):
            return framing
        into_portrait = after(framing.affine, enlarge)
        # enlarged, and all the same measured in the portrait's pixels: a few hundred of a cheek would fill no histogram
        portrait = _cut_out(frame.pixels, into_portrait, rule=rule)
        points = moved(face.points, into_portrait)
        head, due = head_of(points, held=held), [limit for limit in LOOKED_AT if self._is_due(limit)]
        seen = Seen(
            portrait=portrait,
            points=points,
            head=head,
            held=held,
            background=self._check.of(portrait, head) if limits.BACKGROUND_SPREAD in due else Background(None, None),
            irises=self._irises.irises(pyramid, face.points).moved(into_portrait) if limits.GAZE in due else None,
        )
        self._values |= {limit: MEASURES[limit](seen) for limit in due}
        return Preview(tuple(Reading(limit, self._values[limit]) for limit in LOOKED_AT), frame.taken_ns)

    def _is_due(self, limit: Limit) -> bool:
        return limit not in self._values or self._frames % SELDOM.get(limit, 1) == 0

    def _face(self, pyramid: Pyramid) -> Mesh | Retake:
        """The face where it was, or where a search of the whole frame finds it."""
        followed = None if self._last is None else self._search.refined(pyramid, self._last)
        if followed is not None and followed.is_face and self._frames % SEARCH_EVERY:
            return followed
        found = only(self._search.faces(pyramid))
        if isinstance(found, Retake):
            return found
        # points that were followed tremble less than those that are found anew
        return followed if followed is not None and followed.is_face else self._search.refined(pyramid, found)

    def _forget(self) -> None:
        self._last, self._frames = None, 0
        self._values.clear()


def _cut_out(pixels: RgbPixels, affine: Affine, *, rule: FaceRule) -> RgbPixels:
    size = (rule.width_px, rule.height_px)
    cut = cv2.warpAffine(pixels, affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)
