"""Make drivers/world/person.json: where the features of the simulated person are in her photograph.

Made from what the landmark network says of the one bundled photograph, which is in the public domain; so that the
simulated camera, which has no networks, can have her blink, speak and turn. Nothing is fetched when it runs.

    PYTHONPATH=. python image-build/person_sidecar.py
"""

import json

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.models import load_models
from capture.face.points import LIDS, LIPS_LOWER, LIPS_OUTER, LIPS_UPPER
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from drivers.contract import RgbPixels
from drivers.world.person import FILE
from drivers.world.photograph import astronaut

ENLARGEMENT = 3.2
"""The network wants more pixels between the eyes than the photograph has."""
LIP_CORNERS = (78, 308)
SOURCE = "MediaPipe face_landmark (Apache-2.0) on scikit-image's astronaut.png: image-build/person_sidecar.py"


def sidecar(photograph: RgbPixels) -> dict[str, object]:
    """What the file says: places as x, y (and z, away from the camera) in the photograph's pixels."""
    search = FaceSearch(load_models())
    large = cv2.resize(photograph, None, fx=ENLARGEMENT, fy=ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
    pyramid = Pyramid(np.asarray(large, np.uint8))
    points = search.refined(pyramid, search.faces(pyramid)[0]).points / ENLARGEMENT
    right, left = ({"upper": [a, *up, b], "lower": [a, *down[::-1], b]} for a, up, b, down in LIDS)
    first, last = LIP_CORNERS
    corner = LIPS_OUTER.index(291)
    mouth = {
        "upper": [first, *LIPS_UPPER, last],
        "lower": [first, *LIPS_LOWER, last],
        "above": [*LIPS_OUTER[: corner + 1]],
        "below": [LIPS_OUTER[0], *LIPS_OUTER[:corner:-1], LIPS_OUTER[corner]],
    }
    curves = {"right_eye": right, "left_eye": left, "mouth": mouth}
    return {
        "source": SOURCE,
        "face": _places(points),
        **{part: {name: _places(points[one, :2]) for name, one in lines.items()} for part, lines in curves.items()},
    }


def _places(points: NDArray[np.float64]) -> list[list[float]]:
    return [[round(float(one), 1) for one in place] for place in points]


if __name__ == "__main__":
    FILE.write_text(json.dumps(sidecar(astronaut()), separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE} was written.")
