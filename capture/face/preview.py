"""A quick look at a small frame: where the face is, and the gates that can be measured there many times a second.

The face is followed: its points are looked for where they were in the frame before, and the whole frame is searched
only now and then, for a second face, or when the face was lost. What the detail of a full frame is needed for
(sharpness, encoding) is not looked at here.
"""

import cv2
import numpy as np

from capture.face import eyes, limits, measures, skin
from capture.face.background import Background, BackgroundCheck
from capture.face.geometry import Head, framed, head_of
from capture.face.iris import IrisReader
from capture.face.live import Preview, Reading
from capture.face.mesh import Mesh
from capture.face.points import Points
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
LOST_NS = 500_000_000
"""A face that was not looked for so long is searched anew."""


class FacePreview:
    """Follows one face from frame to frame; constructed once, used by one thread at a time."""

    def __init__(self, search: FaceSearch, background: BackgroundCheck, *, irises: IrisReader) -> None:
        """Share the judge's networks."""
        self._irises = irises
        self._eyes: tuple[Reading, ...] = ()
        self._spots: tuple[Reading, ...] = ()
        self._search = search
        self._check = background
        self._last: Mesh | None = None
        self._background: Background | None = None
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
        head = head_of(points)
        readings = (
            *_pose(held),
            *self._look_of(pyramid, face.points),
            *_expression(portrait, points, head=head),
            *_framing(portrait, head),
            *_light(portrait, points, head=head),
            *self._lamps(portrait, points, head=head),
            *self._behind(portrait, head),
        )
        return Preview(readings, frame.taken_ns)

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
        self._last = self._background = None
        self._eyes = self._spots = ()
        self._frames = 0

    def _look_of(self, pyramid: Pyramid, points: Points) -> tuple[Reading, ...]:
        if not self._eyes or self._frames % IRIS_EVERY == 0:
            irises = self._irises.irises(pyramid, points)
            lids = Reading(limits.EYES_OPEN, eyes.opening_ratio(points, irises))
            # the irises of an eye that is shut are guessed
            shut = lids.value is not None and lids.value < limits.EYES_OPEN.low
            self._eyes = lids, Reading(limits.GAZE, None if shut else eyes.gaze_ratio(points, irises))
        return self._eyes

    def _lamps(self, portrait: RgbPixels, points: Points, *, head: Head) -> tuple[Reading, ...]:
        if not self._spots or self._frames % SPOTS_EVERY == 0:
            self._spots = (
                Reading(limits.GLARE, eyes.glare_ratio(portrait, points, head=head)),
                Reading(limits.HOT_SPOTS, skin.hot_spot_ratio(portrait, points, head=head)),
                Reading(limits.EYE_SHADOW, skin.socket_ratio(portrait, points, head=head)),
            )
        return self._spots

    def _behind(self, portrait: RgbPixels, head: Head) -> tuple[Reading, ...]:
        if self._background is None or self._frames % BACKGROUND_EVERY == 0:
            self._background = self._check.of(portrait, head)
        return (
            Reading(limits.BACKGROUND_SPREAD, self._background.spread),
            Reading(limits.BACKGROUND_BALANCE, self._background.balance),
            Reading(limits.BACKGROUND_SHADOW, self._background.shadow),
        )


def _cut_out(pixels: RgbPixels, affine: Affine, *, rule: FaceRule) -> RgbPixels:
    size = (rule.width_px, rule.height_px)
    cut = cv2.warpAffine(pixels, affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _pose(held: Head) -> tuple[Reading, ...]:
    return (
        Reading(limits.YAW, held.yaw_deg),
        Reading(limits.PITCH, held.pitch_deg),
        Reading(limits.ROLL, held.roll_deg),
    )


def _expression(portrait: RgbPixels, points: Points, *, head: Head) -> tuple[Reading, ...]:
    return (
        Reading(limits.EYE_CONTRAST, measures.eye_contrast_ratio(measures.grey_of(portrait), points)),
        Reading(limits.MOUTH_CLOSED, measures.mouth_open_ratio(points, head)),
    )


def _framing(portrait: RgbPixels, head: Head) -> tuple[Reading, ...]:
    height_px, width_px = portrait.shape[:2]
    return (
        Reading(limits.INTER_EYE, head.inter_eye_px),
        Reading(limits.HEAD_WIDTH, head.width_px / width_px),
        Reading(limits.HEAD_LENGTH, head.length_px / height_px),
        Reading(limits.CENTRING, (head.centre_px[0] + 0.5) / width_px),
        Reading(limits.EYE_LINE, (head.centre_px[1] + 0.5) / height_px),
    )


def _light(portrait: RgbPixels, points: Points, *, head: Head) -> tuple[Reading, ...]:
    grey = measures.grey_of(portrait)
    face = measures.face_region(points, grey.shape)
    right, left = measures.cheeks(portrait, points, head=head)
    return (
        Reading(limits.OVER_EXPOSED, measures.burnt_ratio(grey, face)),
        Reading(limits.UNDER_EXPOSED, measures.black_ratio(grey, face)),
        Reading(limits.GREY_LEVELS, measures.grey_level_count(grey, face)),
        Reading(limits.CHEEK_LIGHT, measures.light_overlap_ratio(right, left)),
        Reading(limits.NATURAL_COLOUR, measures.skin_colour_distance(right, left)),
    )
