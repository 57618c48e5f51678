"""The reader with networks: points, irises, pose and person mask."""

from dataclasses import replace

from capture.face.background import BackgroundCheck
from capture.face.geometry import head_of
from capture.face.iris import IrisReader
from capture.face.models import FaceModels
from capture.face.pyramid import Pyramid
from capture.face.reader import Face
from capture.face.search import FaceSearch


class NetworkReader:
    """Reads everything; constructed once."""

    def __init__(self, models: FaceModels) -> None:
        self.search = FaceSearch(models)
        """The search alone, for whoever follows a face from frame to frame."""
        self.irises = IrisReader(models.iris)
        """The irises alone."""
        self._background = BackgroundCheck(models.person)

    @property
    def background(self) -> BackgroundCheck:
        """What looks behind the person."""
        return self._background

    def faces(self, pyramid: Pyramid) -> list[Face]:
        """The faces that count, largest first, each confirmed by its mesh."""
        return [
            Face(side_px=mesh.side_px, head=head_of(mesh.points), points=mesh.points)
            for mesh in self.search.faces(pyramid)
        ]

    def closer(self, pyramid: Pyramid, face: Face) -> Face:
        """The face with finer points and its irises. :param face: one of `faces`."""
        assert face.points is not None, "every face of this reader has points"
        points = self.search.closer(pyramid, face.points)
        return replace(face, head=head_of(points), points=points, irises=self.irises.irises(pyramid, points))
