"""The faces in a frame that count, largest first, each confirmed by its mesh."""

from collections.abc import Sequence
from typing import TypeVar

from capture.face.detect import FACE_PX, LEVELS_PX, FaceBox, FaceDetector
from capture.face.mesh import FaceMesh, Mesh
from capture.face.models import FaceModels
from capture.face.points import Points
from capture.face.pyramid import Pyramid
from drivers.contract import Hint, Retake

SECOND_FACE_RATIO = 0.25
"""A second face narrower than this share of the first does not count (6 % of its area): a portrait printed on a card
held beside the face is narrower, a person standing behind the client is not. Own calibration."""
CANDIDATES_MAX = 8
"""Boxes that are confirmed at one look, surest first: bounds the time that a busy texture can cost."""
ENLARGED_MAX = 2.0
"""A small frame is not enlarged further to look for faces in it."""


_Found = TypeVar("_Found")


def only(faces: Sequence[_Found]) -> _Found | Retake:
    """The one face that counts, or what to tell whoever sits there."""
    if len(faces) > 1:
        return Retake(Hint.SEVERAL_FACES)
    return faces[0] if faces else Retake(Hint.NO_FACE)


class FaceSearch:
    """Looks coarsely and then once more, as finely as faces that count can be small; constructed once."""

    def __init__(self, models: FaceModels) -> None:
        self._detector = FaceDetector(models.detector)
        self._mesh = FaceMesh(models.mesh)

    def faces(self, pyramid: Pyramid) -> list[Mesh]:
        """The faces that count, largest first; empty when there is none."""
        found: list[Mesh] = []
        self._add(found, pyramid, long_px=LEVELS_PX[0])
        finer_px = _finer_px(pyramid, found)
        if finer_px is not None:
            self._add(found, pyramid, long_px=finer_px)
        found.sort(key=lambda face: -face.side_px)
        return [face for face in found if face.side_px >= _counting_px(found)]

    def refined(self, pyramid: Pyramid, face: Mesh) -> Mesh:
        """The face's points, once more and closer."""
        return self._mesh.refined(pyramid, face.points)

    def closer(self, pyramid: Pyramid, points: Points) -> Points:
        """The same of points alone. :param points: shape (468, 3), in frame pixels."""
        return self._mesh.refined(pyramid, points).points

    def _add(self, found: list[Mesh], pyramid: Pyramid, *, long_px: int) -> None:
        """Look once, and keep what is a face and was not found before."""
        boxes = self._detector.look(pyramid, long_px=long_px)
        for box in [box for box in boxes if not _known(box, found)][:CANDIDATES_MAX]:
            mesh = self._mesh.placed(pyramid, box)
            if mesh.is_face and not _known(box, found):
                found.append(mesh)


def _known(box: FaceBox, found: list[Mesh]) -> bool:
    return any(face.holds(box.centre_px) for face in found)


def _finer_px(pyramid: Pyramid, found: list[Mesh]) -> int | None:
    """The coarsest look that shows every face that would count, or None when the first one did."""
    counting_px = _counting_px(found)
    looks = [px for px in LEVELS_PX if px == LEVELS_PX[0] or px <= ENLARGED_MAX * pyramid.long_px]
    enough = (px for px in looks if px * counting_px >= FACE_PX * pyramid.long_px)
    needed_px = next(enough, looks[-1])
    return None if needed_px == LEVELS_PX[0] else needed_px


def _counting_px(found: list[Mesh]) -> float:
    """The narrowest face that counts beside those found; 0 when none is."""
    return SECOND_FACE_RATIO * max((face.side_px for face in found), default=0.0)
