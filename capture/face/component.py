"""The components of ISO/IEC 29794-5 that can be computed without its reference implementation's networks.

Measured on the picture that the camera took, not on the portrait that is cut from it. Definitions and mapping are
OFIQ's; the points are not (see `landmarks`), so the figures are comparable among themselves and are no OFIQ values.
Not computed, and therefore absent: the unified score, sharpness, compression artefacts, expression, the three occlusion
measures, head coverings.
Source: facts/face-quality.md, sections Mapping and "What can be computed without OFIQ's networks".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import cos, radians

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.aligned import SIDE_PX, AlignedFace
from capture.face.background import BackgroundCheck
from capture.face.geometry import Head
from capture.face.landmarks import (
    LID_PAIRS,
    LIP_PAIRS,
    Landmarks,
    between_eyes,
    eye_centres,
    eye_chin_px,
    inter_eye_px,
    landmarks_of,
    widest_px,
)
from capture.face.mapping import ComponentName, mapped
from capture.face.measures import BLACK_LEVEL, BURNT_LEVEL, distance_from_skin, luminance_of, mean_colour
from capture.face.points import Points
from capture.sample import Component
from drivers.contract import RgbPixels

NOT_SKIN = 100.0
"""Raw distance of a colour that no skin has: a* or b* negative, or no colour at all."""
BACKGROUND_ROWS, BACKGROUND_COLUMNS = slice(0, SIDE_PX - 210), slice(62, SIDE_PX - 62)
"""The part of the aligned face whose background counts."""
BACKGROUND_PX = (354, 292)
"""Width and height to which that part is reduced."""
BACKGROUND_MARGIN = np.ones((4, 4), np.uint8)
"""Kernel by which the background is eroded."""

NO_OCCLUSION_MAP = "without an occlusion map: what covers the face is counted as face"
OWN_PERSON_MASK = "with a person mask of this station's own network"
FACES_THAT_COUNT = "faces narrower than a quarter of the largest are not counted"


@dataclass(frozen=True)
class Scene:
    """The picture that the camera took, with what was found in it."""

    picture: RgbPixels = field(repr=False)
    """Shape (height_px, width_px, 3), RGB."""
    points: Points = field(repr=False)
    """The largest face's points, shape (468, 3)."""
    head: Head = field(repr=False)
    """What they say about its pose."""
    face_sides_px: tuple[float, ...]
    """Sizes of the faces found, largest first."""
    background: BackgroundCheck = field(repr=False)
    """Knows where nobody is."""

    @cached_property
    def landmarks(self) -> Landmarks:
        """In the picture, whole pixels."""
        return landmarks_of(self.points)

    @cached_property
    def aligned(self) -> AlignedFace | None:
        """The aligned face, None where the points are no face."""
        return AlignedFace.of(self.picture, self.landmarks)


class _NotAssessed(Exception):
    """The reason is its text."""


def components(scene: Scene) -> tuple[Component, ...]:
    """Every component that can be computed, in the order of the standard's codes; failures say why."""
    return tuple(_component(name, scene) for name in ComponentName if name in _RAW)


def _component(name: ComponentName, scene: Scene) -> Component:
    deviation = _DEVIATIONS.get(name)
    try:
        raw = _RAW[name](scene)
    except _NotAssessed as reason:
        return Component(name=name, code=name.code, failure=str(reason), deviation=deviation)
    return Component(name=name, code=name.code, raw=raw, value=mapped(name, raw), deviation=deviation)


def _face(scene: Scene) -> AlignedFace:
    if scene.aligned is None:
        raise _NotAssessed("the face cannot be aligned")
    return scene.aligned


def _ratio(numerator: float, denominator: float) -> float:
    if denominator <= 0:
        raise _NotAssessed("the points of the face lie at one place")
    return numerator / denominator


def _background_uniformity(scene: Scene) -> float:
    face = _face(scene)
    empty = (scene.background.nobody(face.pixels) & face.inside)[BACKGROUND_ROWS, BACKGROUND_COLUMNS]
    small = cv2.resize(empty.astype(np.uint8), BACKGROUND_PX, interpolation=cv2.INTER_NEAREST)
    counted = cv2.erode(small, BACKGROUND_MARGIN) > 0
    if not counted.any():
        raise _NotAssessed("no background is left")
    part = cv2.resize(face.pixels[BACKGROUND_ROWS, BACKGROUND_COLUMNS], BACKGROUND_PX)
    light = luminance_of(np.asarray(part, np.uint8))
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    return float(cv2.magnitude(across, down)[counted].mean())


def _illumination_uniformity(scene: Scene) -> float:
    shares = [_shares(_face(scene).luminance[square]) for square in _face(scene).cheeks]
    return float(np.minimum(*shares).sum())


def _shares(luminance: NDArray[np.uint8]) -> NDArray[np.float64]:
    if not luminance.size:
        raise _NotAssessed("a cheek square is empty")
    return np.bincount(luminance.ravel(), minlength=256) / luminance.size


def _natural_colour(scene: Scene) -> float:
    pixels = _face(scene).pixels
    skin = np.concatenate([pixels[square].reshape(-1, 3) for square in _face(scene).cheeks])
    if not len(skin):
        raise _NotAssessed("the cheek squares are empty")
    colour = mean_colour(skin)
    is_grey = bool((pixels[..., :1] == pixels).all())
    return NOT_SKIN if is_grey or colour.min() < 0 else distance_from_skin(colour)


def _levels(scene: Scene) -> NDArray[np.float64]:
    """Share of each luminance level in the region, shape (256,)."""
    histogram = _face(scene).histogram
    if not histogram.any():
        raise _NotAssessed("the region of the face is empty")
    shares: NDArray[np.float64] = histogram / histogram.sum()
    return shares


def _luminance_mean(scene: Scene) -> float:
    return float(_levels(scene) @ np.arange(256)) / 255


def _luminance_variance(scene: Scene) -> float:
    levels = np.arange(256) / 255
    return float(_levels(scene) @ (levels - _luminance_mean(scene)) ** 2)


def _dynamic_range(scene: Scene) -> float:
    shares = _levels(scene)
    seen = shares[shares > 0]
    # A single level is 0 bits, not minus zero.
    return abs(float(seen @ np.log2(seen)))


def _eyes_open(scene: Scene) -> float:
    landmarks = _face(scene).landmarks
    return _ratio(min(widest_px(landmarks, lids) for lids in LID_PAIRS), eye_chin_px(landmarks))


def _mouth_closed(scene: Scene) -> float:
    landmarks = _face(scene).landmarks
    return _ratio(widest_px(landmarks, LIP_PAIRS), eye_chin_px(landmarks))


def _inter_eye_distance(scene: Scene) -> float:
    cosine = cos(radians(_known(scene.head.yaw_deg)))
    if cosine < 1e-6:
        raise _NotAssessed("the head is turned by 90 degrees")
    return inter_eye_px(scene.landmarks) / cosine


def _known(angle_deg: float | None) -> float:
    if angle_deg is None:
        raise _NotAssessed("how the head is turned was not read")
    return angle_deg


def _leftward_crop(scene: Scene) -> float:
    # The eye on the picture's right, as in OFIQ: the figure is larger by 1 than the name suggests.
    return _ratio(float(eye_centres(scene.landmarks)[1][0]), inter_eye_px(scene.landmarks))


def _rightward_crop(scene: Scene) -> float:
    # The eye on the picture's left, likewise.
    across = scene.picture.shape[1] - float(eye_centres(scene.landmarks)[0][0])
    return _ratio(across, inter_eye_px(scene.landmarks))


def _margin_above(scene: Scene) -> float:
    return _ratio(float(between_eyes(scene.landmarks)[1]), eye_chin_px(scene.landmarks))


def _margin_below(scene: Scene) -> float:
    below = scene.picture.shape[0] - float(between_eyes(scene.landmarks)[1])
    return _ratio(below, eye_chin_px(scene.landmarks))


def _single_face_present(scene: Scene) -> float:
    largest, *others = scene.face_sides_px or (0.0,)
    return _ratio(max(others, default=0.0) ** 2, largest**2)


_RAW: Mapping[ComponentName, Callable[[Scene], float]] = {
    ComponentName.BACKGROUND_UNIFORMITY: _background_uniformity,
    ComponentName.ILLUMINATION_UNIFORMITY: _illumination_uniformity,
    ComponentName.LUMINANCE_MEAN: _luminance_mean,
    ComponentName.LUMINANCE_VARIANCE: _luminance_variance,
    ComponentName.UNDER_EXPOSURE_PREVENTION: lambda scene: float(_levels(scene)[: BLACK_LEVEL + 1].sum()),
    ComponentName.OVER_EXPOSURE_PREVENTION: lambda scene: float(_levels(scene)[BURNT_LEVEL:].sum()),
    ComponentName.DYNAMIC_RANGE: _dynamic_range,
    ComponentName.NATURAL_COLOUR: _natural_colour,
    ComponentName.SINGLE_FACE_PRESENT: _single_face_present,
    ComponentName.EYES_OPEN: _eyes_open,
    ComponentName.MOUTH_CLOSED: _mouth_closed,
    ComponentName.INTER_EYE_DISTANCE: _inter_eye_distance,
    ComponentName.HEAD_SIZE: lambda scene: eye_chin_px(scene.landmarks) / scene.picture.shape[0],
    ComponentName.LEFTWARD_CROP: _leftward_crop,
    ComponentName.RIGHTWARD_CROP: _rightward_crop,
    ComponentName.MARGIN_ABOVE: _margin_above,
    ComponentName.MARGIN_BELOW: _margin_below,
    ComponentName.HEAD_POSE_YAW: lambda scene: _known(scene.head.yaw_deg),
    ComponentName.HEAD_POSE_PITCH: lambda scene: _known(scene.head.pitch_deg),
    ComponentName.HEAD_POSE_ROLL: lambda scene: scene.head.roll_deg,
}
"""Everything else in `ComponentName` needs a network that a station does not have."""

_DEVIATIONS: Mapping[ComponentName, str] = {
    ComponentName.BACKGROUND_UNIFORMITY: OWN_PERSON_MASK,
    ComponentName.UNDER_EXPOSURE_PREVENTION: NO_OCCLUSION_MAP,
    ComponentName.OVER_EXPOSURE_PREVENTION: NO_OCCLUSION_MAP,
    ComponentName.SINGLE_FACE_PRESENT: FACES_THAT_COUNT,
}
