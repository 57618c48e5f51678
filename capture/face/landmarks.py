"""The 98 landmarks in which ISO/IEC 29794-5's components are defined, as far as they are used, out of the 468 points.

The standard's reference implementation finds its landmarks with a network of its own (order of the WFLW data set); here
each is the point of the mesh that lies nearest to it by the anatomy. That is why no figure made from them is an OFIQ
value. Source: facts/face-quality.md, common preparation, step 3.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from capture.face.points import CHIN, EYE_LEFT_INNER, EYE_LEFT_OUTER, EYE_RIGHT_INNER, EYE_RIGHT_OUTER, Points

Landmark = NDArray[np.float64]
"""Shape (2,): x and y in pixels."""
Landmarks = Mapping[int, Landmark]
"""Landmarks by their numbers in the WFLW order."""

MESH_POINTS: Mapping[int, int] = {
    # Outline of the face from the picture's left temple over the chin to the right one. WFLW spaces 33 points evenly;
    # the mesh has 23 on the same curve, each under the number to which its share of the curve's length comes closest.
    **{0: 127, 1: 234, 3: 93, 5: 132, 6: 58, 8: 172, 9: 136, 11: 150, 12: 149, 13: 176, 14: 148, 16: CHIN},
    **{18: 377, 19: 400, 20: 378, 21: 379, 23: 365, 24: 397, 26: 288, 27: 361, 29: 323, 31: 454, 32: 356},
    # Upper edges of the brows, from the picture's left to its right: nothing else reaches as high.
    **{33: 70, 34: 63, 35: 105, 36: 66, 37: 107, 42: 336, 43: 296, 44: 334, 45: 293, 46: 300},
    # Tip of the nose.
    54: 4,
    # Eyes: left corner, three of the upper lid, right corner, three of the lower lid back.
    **{60: EYE_RIGHT_OUTER, 61: 161, 62: 159, 63: 157, 64: EYE_RIGHT_INNER, 65: 154, 66: 145, 67: 163},
    **{68: EYE_LEFT_INNER, 69: 384, 70: 386, 71: 388, 72: EYE_LEFT_OUTER, 73: 390, 74: 374, 75: 381},
    # Corners of the outer lips; the inner lips in pairs one above the other.
    **{76: 61, 82: 291, 89: 81, 90: 13, 91: 311, 93: 402, 94: 14, 95: 178},
}
"""WFLW number to number in the mesh."""

CHIN_POINT, NOSE_TIP = 16, 54
EYE_CORNERS = ((60, 64), (68, 72))
"""Of the eye on the picture's left, and of the one on its right."""
LID_PAIRS = (((61, 67), (62, 66), (63, 65)), ((69, 75), (70, 74), (71, 73)))
"""Each eye's lids, one above the other."""
MOUTH_CORNERS = (76, 82)
LIP_PAIRS = ((89, 95), (90, 94), (91, 93))
"""The inner lips, one above the other."""
MOUTH_CENTRE = (90, 94)


def landmarks_of(points: Points) -> Landmarks:
    """The landmarks, rounded to whole pixels as the standard's reference does. :param points: shape (468, 3)."""
    return {number: np.rint(points[index, :2]) for number, index in MESH_POINTS.items()}


def middle(landmarks: Landmarks, pair: tuple[int, int]) -> Landmark:
    """The place half-way between two of them."""
    place: Landmark = (landmarks[pair[0]] + landmarks[pair[1]]) / 2
    return place


def eye_centres(landmarks: Landmarks) -> tuple[Landmark, Landmark]:
    """The middle of each eye's corners: first of the eye on the picture's left."""
    left, right = (middle(landmarks, corners) for corners in EYE_CORNERS)
    return left, right


def distance(first: Landmark, second: Landmark) -> float:
    """Between two places, in pixels."""
    return float(np.hypot(*(first - second)))


def inter_eye_px(landmarks: Landmarks) -> float:
    """Between the eye centres."""
    return distance(*eye_centres(landmarks))


def between_eyes(landmarks: Landmarks) -> Landmark:
    """The middle between the eye centres."""
    left, right = eye_centres(landmarks)
    place: Landmark = (left + right) / 2
    return place


def eye_chin_px(landmarks: Landmarks) -> float:
    """T: from the middle between the eye centres to the chin."""
    return distance(between_eyes(landmarks), landmarks[CHIN_POINT])


def widest_px(landmarks: Landmarks, pairs: tuple[tuple[int, int], ...]) -> float:
    """The largest distance of several pairs."""
    return max(distance(landmarks[one], landmarks[other]) for one, other in pairs)
