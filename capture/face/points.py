"""The 468 points by name. *Right* and *left* are the client's own sides: the right eye is on the picture's left.

Source: the network's published map of points, checked by drawing them on two photographs.
"""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape (468, 3): x and y in pixels, z in the same unit, growing away from the camera."""

COUNT = 468

EYE_RIGHT_OUTER, EYE_RIGHT_INNER = 33, 133
EYE_LEFT_INNER, EYE_LEFT_OUTER = 362, 263
LIDS = (
    (EYE_RIGHT_OUTER, (246, 161, 160, 159, 158, 157, 173), EYE_RIGHT_INNER, (155, 154, 153, 145, 144, 163, 7)),
    (EYE_LEFT_INNER, (398, 384, 385, 386, 387, 388, 466), EYE_LEFT_OUTER, (249, 390, 373, 374, 380, 381, 382)),
)
"""Each eye's outline: a corner, the upper lid, the other corner, the lower lid back."""

LIP_UPPER, LIP_LOWER = 13, 14
LIPS_UPPER = (81, 82, LIP_UPPER, 312, 311)
LIPS_LOWER = (178, 87, LIP_LOWER, 317, 402)
"""The inner lips, in pairs one above the other."""

LIPS_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
"""The outline of the mouth."""
LIP_BELOW = 17
"""Lower edge of the lower lip."""

CHIN, FOREHEAD, BRIDGE, GLABELLA = 152, 10, 168, 9
EAR_RIGHT, EAR_LEFT = 234, 454
