"""The four networks that read a face, loaded from the files that the build put beside this module.

Source: facts/face-cctv-console.md, first section (MediaPipe's .tflite files, run by OpenCV's own reader).
"""

from dataclasses import dataclass, field
from pathlib import Path

import cv2

from capture.errors import FaceModelsMissing

FOLDER = Path(__file__).resolve().parent / "models"
"""Where the build puts the files; nothing is ever fetched at run time."""

SENTENCE = "A face model is missing or damaged: install the package again, or allow the fallback in the configuration."


@dataclass(frozen=True, slots=True)
class FaceModels:
    """Loaded networks. A network keeps its last input: one thread at a time."""

    detector: cv2.dnn.Net = field(repr=False)
    """128 x 128 RGB in -1..1 to 896 scores and 896 rows of 16 numbers (box and six points)."""
    mesh: cv2.dnn.Net = field(repr=False)
    """192 x 192 RGB in 0..1 to a face flag and 468 points of three numbers."""
    iris: cv2.dnn.Net = field(repr=False)
    """64 x 64 RGB in 0..1, an eye with its outer corner on the left, to 71 points of its contour and 5 of its iris."""
    person: cv2.dnn.Net = field(repr=False)
    """256 x 256 RGB in 0..1 to the probability, per pixel, that a person is there."""


def load_models(folder: Path = FOLDER) -> FaceModels:
    """The four networks.

    :raises: FaceModelsMissing when a file is absent or damaged.
    """
    return FaceModels(
        detector=_net(folder / "face_detection_short_range.tflite"),
        mesh=_net(folder / "face_landmark.tflite"),
        iris=_net(folder / "iris_landmark.tflite"),
        person=_net(folder / "selfie_segmentation.tflite"),
    )


def _net(path: Path) -> cv2.dnn.Net:
    try:
        return cv2.dnn.readNetFromTFLite(str(path))
    except cv2.error:
        raise FaceModelsMissing(SENTENCE) from None
