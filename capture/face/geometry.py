"""Where a head is, how it is held, and which part of the frame becomes the portrait. Pure: points in, numbers out.

Terms: an *eye centre* is the middle of an eye's corners; *right* and *left* are the client's own sides, so the right
eye is on the picture's left; the *centre of face* is where the line from nose bridge to mouth crosses the eye line.
Source: facts/standards.md section 2.6, facts/face-quality.md.
"""

from dataclasses import dataclass, field, replace
from math import atan2, ceil, cos, degrees, floor, hypot, radians, sin

import numpy as np
from numpy.typing import NDArray

from capture.face.limits import EYE_LINE, HEAD_LENGTH, HEAD_WIDTH, HEAD_WIDTH_MIN_PX, INTER_EYE
from capture.face.points import (
    BRIDGE,
    CHIN,
    EAR_LEFT,
    EAR_RIGHT,
    EYE_LEFT_INNER,
    EYE_LEFT_OUTER,
    EYE_RIGHT_INNER,
    EYE_RIGHT_OUTER,
    LIP_LOWER,
    LIP_UPPER,
    Points,
)
from capture.face.policy import bounded
from capture.face.pose import pose_of
from capture.face.pyramid import Affine, inverse, moved
from capture.profile import FaceRule
from drivers.contract import Approach, Hint, Retake

CROWN_RATIO = 0.97
"""Eye line to crown as a multiple of eye line to chin: hair hides the crown, so it is estimated. Own calibration, after
facts/face-cctv-console.md section 3, whose figures make the head 1.97 times as long as eye line to chin."""
EYE_CHIN_RATIO, HEAD_WIDTH_RATIO = 1.7, 2.15
"""Eye line to chin, and a head's width, as multiples of the distance between the eye centres, where only the eyes are
known. Own calibration: two photographs."""
ROLL_MAX_DEG = 15.0
"""No portrait is made beyond; the gate, which reads how the head was held, is narrower. Own calibration."""
TURN_MAX_DEG = 20.0
"""No portrait is made beyond this yaw or pitch; the gates are far narrower. Own calibration."""
INTER_EYE_MM = 63.0
"""Mean distance between an adult's eyes: a distance that is told from it is an estimate, for people differ.

Source: N. A. Dodgson, Variation and extrema of human interpupillary distance, 2004."""
DISTANCE_STEP_RATIO, DISTANCE_STEP_CM = 0.05, 5
"""A distance is told in such steps, rounded to the nearer side: a trembling figure helps nobody."""
EYE_LINE_STEP_RATIO = 0.02
"""Between the eye lines that are tried where a client may have other ones than the rule's."""

Point = NDArray[np.float64]
"""Shape (2,): x and y."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head in a picture, in its pixels."""

    right_eye_px: Point = field(repr=False)
    """Centre of the client's right eye, on the picture's left."""
    left_eye_px: Point = field(repr=False)
    """Centre of the client's left eye."""
    centre_px: Point = field(repr=False)
    """The centre of face."""
    inter_eye_px: float
    """Distance between the eye centres."""
    eye_chin_px: float
    """From the middle between the eye centres to the chin."""
    width_px: float
    """Between the lines where the ears join the head."""
    length_px: float
    """Chin to crown; the crown is estimated."""
    yaw_deg: float | None
    """Turned: positive to the client's left; None where it is not known."""
    pitch_deg: float | None
    """Nodded: positive with the chin down; None where it is not known."""
    roll_deg: float
    """Tilted, as the line through the eye centres says: positive to the client's left shoulder."""

    @property
    def between_eyes_px(self) -> Point:
        """The middle between the eye centres."""
        return (self.right_eye_px + self.left_eye_px) / 2

    def centring_ratio(self, portrait_width_px: int) -> float:
        """Where the centre of face is in a portrait, from its left edge to its right one."""
        # half a pixel: coordinates name pixel centres, shares are of the picture from edge to edge
        return float((self.centre_px[0] + 0.5) / portrait_width_px)

    def eye_line_ratio(self, portrait_height_px: int) -> float:
        """Where the eye line is in a portrait, from its top edge to its bottom one."""
        return float((self.centre_px[1] + 0.5) / portrait_height_px)

    def moved(self, framing: "Framing") -> "Head":
        """The head in the portrait, which has its eyes level."""
        right, left, centre = moved(np.stack([self.right_eye_px, self.left_eye_px, self.centre_px]), framing.affine)
        return replace(
            self,
            right_eye_px=right,
            left_eye_px=left,
            centre_px=centre,
            inter_eye_px=self.inter_eye_px * framing.scale,
            eye_chin_px=self.eye_chin_px * framing.scale,
            width_px=self.width_px * framing.scale,
            length_px=self.length_px * framing.scale,
            roll_deg=0.0,
        )


@dataclass(frozen=True, slots=True)
class Framing:
    """Which part of the frame becomes the portrait."""

    affine: Affine = field(repr=False)
    """From frame to portrait: a turn, a reduction and a shift, never more."""
    scale: float
    """Portrait pixels a frame pixel, at most 1."""


def head_of(points: Points, *, held: Head | None = None) -> Head:
    """What the points say about the head.

    :param points: shape (468, 3).
    :param held: the same head where these points come from by a similarity: its yaw and pitch need not be found again.
    """
    flat = points[:, :2]
    right, left = (flat[EYE_RIGHT_OUTER] + flat[EYE_RIGHT_INNER]) / 2, (flat[EYE_LEFT_OUTER] + flat[EYE_LEFT_INNER]) / 2
    eye_chin_px, pose = _length(flat[CHIN] - (right + left) / 2), held or pose_of(points)
    return Head(
        right_eye_px=right,
        left_eye_px=left,
        centre_px=_crossing(right, left, top=flat[BRIDGE], bottom=(flat[LIP_UPPER] + flat[LIP_LOWER]) / 2),
        inter_eye_px=_length(left - right),
        eye_chin_px=eye_chin_px,
        width_px=_length(flat[EAR_LEFT] - flat[EAR_RIGHT]),
        length_px=(1 + CROWN_RATIO) * eye_chin_px,
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=degrees(atan2(left[1] - right[1], left[0] - right[0])),
    )


def estimated(right_eye: Point, left_eye: Point) -> Head:
    """What two eye centres say about a head of average proportions; its yaw and pitch are not known."""
    across = left_eye - right_eye
    inter_eye_px = _length(across)
    return Head(
        right_eye_px=right_eye,
        left_eye_px=left_eye,
        centre_px=(right_eye + left_eye) / 2,
        inter_eye_px=inter_eye_px,
        eye_chin_px=EYE_CHIN_RATIO * inter_eye_px,
        width_px=HEAD_WIDTH_RATIO * inter_eye_px,
        length_px=(1 + CROWN_RATIO) * EYE_CHIN_RATIO * inter_eye_px,
        yaw_deg=None,
        pitch_deg=None,
        roll_deg=degrees(atan2(across[1], across[0])),
    )


def framed(
    head: Head, rule: FaceRule, *, height_px: int, width_px: int, focal_px: float | None = None
) -> Framing | Retake:
    """The portrait's place in a frame of this size: eyes level, centred and on the rule's line; or what prevents it.

    Never enlarged, never padded, never mirrored.

    :param focal_px: the camera's focal length, by which a distance can be told in centimetres.
    """
    turn_deg = max(abs(head.yaw_deg or 0.0), abs(head.pitch_deg or 0.0))
    if abs(head.roll_deg) > ROLL_MAX_DEG or turn_deg > TURN_MAX_DEG:
        return Retake(Hint.HEAD_TURNED)
    smallest, scale = _scales(head, rule)
    if smallest > 1:
        return Retake(Hint.TOO_FEW_PIXELS, _approach(1 / smallest, head, focal_px=focal_px))
    for eye_line_ratio in _eye_lines(rule):
        affine = _levelled(head, rule, scale=scale, eye_line_ratio=eye_line_ratio)
        corners = np.array([[x, y] for x in (-0.5, rule.width_px - 0.5) for y in (-0.5, rule.height_px - 0.5)])
        in_frame = moved(corners, inverse(affine))
        if in_frame.min() >= -0.5 and bool((in_frame.max(axis=0) <= (width_px - 0.5, height_px - 0.5)).all()):
            return Framing(affine, scale)
    return Retake(Hint.OUT_OF_FRAME)


def _eye_lines(rule: FaceRule) -> list[float]:
    """Where the eye line may be, best first: the rule's, and wherever a client may have it of whom less is demanded.

    A child sits lower in a frame than the camera was set up for, and cannot be asked to grow.
    """
    own, allowed = rule.eye_line_ratio, rule.relaxation.bounds.get(EYE_LINE.id)
    if allowed is None:
        return [own]
    limit = bounded(EYE_LINE, rule.relaxation)
    low, high = max(0.0, limit.low), min(1.0, limit.high)
    steps = np.linspace(low, high, 1 + ceil((high - low) / EYE_LINE_STEP_RATIO))
    return [own, *sorted((float(step) for step in steps), key=lambda step: abs(step - own))]


def _approach(ratio: float, head: Head, *, focal_px: float | None) -> Approach:
    """Where a head has pixels enough that has this share of them here: what is half as far is twice as large."""
    share = max(1, floor(ratio / DISTANCE_STEP_RATIO)) * DISTANCE_STEP_RATIO
    if focal_px is None:
        return Approach(round(share, 2))
    enough_cm = ratio * focal_px * INTER_EYE_MM / head.inter_eye_px / 10
    return Approach(round(share, 2), max(1, floor(enough_cm / DISTANCE_STEP_CM)) * DISTANCE_STEP_CM)


def _scales(head: Head, rule: FaceRule) -> tuple[float, float]:
    """The smallest scale that is within the limits of a Full Frontal image, and the one to use.

    The rule's distance between the eyes decides, unless a narrow, wide, short or long head would then be outside the
    limits; the head is kept within them as far as the camera's pixels reach.
    """
    width, length = rule.width_px / head.width_px, rule.height_px / head.length_px
    head_width, head_length = bounded(HEAD_WIDTH, rule.relaxation), bounded(HEAD_LENGTH, rule.relaxation)
    smallest = max(
        head_width.low * width,
        head_length.low * length,
        bounded(INTER_EYE, rule.relaxation).low / head.inter_eye_px,
        HEAD_WIDTH_MIN_PX / head.width_px,
    )
    largest = min(head_width.high * width, head_length.high * length, rule.inter_eye_px / head.inter_eye_px)
    return smallest, min(1.0, max(smallest, largest))


def _levelled(head: Head, rule: FaceRule, *, scale: float, eye_line_ratio: float) -> Affine:
    turn = radians(-head.roll_deg)
    linear = scale * np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
    target = np.array([rule.width_px / 2 - 0.5, eye_line_ratio * rule.height_px - 0.5])
    return np.hstack([linear, (target - linear @ head.between_eyes_px)[:, None]])


def _length(vector: Point) -> float:
    return hypot(vector[0], vector[1])


def _crossing(right: Point, left: Point, *, top: Point, bottom: Point) -> Point:
    """Where the line from top to bottom crosses the line through both eyes."""
    across, down = left - right, bottom - top
    share = float(np.linalg.solve(np.column_stack([across, -down]), top - right)[0])
    crossing: Point = right + share * across
    return crossing
