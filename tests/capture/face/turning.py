"""A photograph turned in space: its own mesh is a relief, and what is around it falls back behind."""

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.points import Points
from capture.face.shape import shape
from drivers.contract import RgbPixels

RINGS = ((1.12, 0.1), (1.3, 0.3), (1.6, 0.45), (2.2, 0.5))
"""Around the face: how far out, as a multiple of its outline, and how far back, as a share of its width."""
BORDER_STEPS = 9
OUTSIDE = 2.6
"""The grid behind the head begins at this multiple of the face's outline."""


def rotation(*, yaw_deg: float, pitch_deg: float) -> NDArray[np.float64]:
    """Nodded first, then turned, as `capture.face.pose` has it."""
    nod, turn = np.radians([pitch_deg, -yaw_deg])
    first, second = (cv2.Rodrigues(np.array(axis))[0] for axis in ((nod, 0.0, 0.0), (0.0, turn, 0.0)))
    return np.asarray(second @ first, np.float64)


class Relief:
    """A photograph with a depth everywhere."""

    def __init__(self, picture: RgbPixels, points: Points) -> None:
        """:param points: the face's, shape (468, 3), in the picture's pixels."""
        self._picture = picture
        self._centre = points.mean(axis=0)
        self._corners = np.vstack([points, *self._rings(points), self._background(points)])

    def turned(self, *, yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> RgbPixels:
        """The picture with head and body turned about the face's middle."""
        turn = rotation(yaw_deg=yaw_deg, pitch_deg=pitch_deg)
        seen = (self._corners - self._centre) @ turn.T + self._centre
        height, width = self._picture.shape[:2]
        source = np.full((height, width, 2), -1, np.float32)
        far_first = np.argsort(-seen[self._triangles, 2].mean(axis=1))
        for triangle in self._triangles[far_first]:
            _fill(source, seen[triangle, :2], self._corners[triangle, :2])
        return np.asarray(
            cv2.remap(self._picture, source[..., 0], source[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )

    def _rings(self, points: Points) -> list[Points]:
        outline = points[cv2.convexHull(shape()[:, :2].astype(np.float32), returnPoints=False).ravel()]
        width, out = np.ptp(points[:, 0]), (outline - self._centre) * (1, 1, 0)
        return [
            outline * (0, 0, 1) + self._centre * (1, 1, 0) + far * out + (0, 0, back * width) for far, back in RINGS
        ]

    def _background(self, points: Points) -> Points:
        height, width = self._picture.shape[:2]
        x, y = np.meshgrid(*(np.linspace(-0.1 * side, 1.1 * side, BORDER_STEPS) for side in (width, height)))
        depth = points[:, 2].max() + np.ptp(points[:, 0]) / 2
        grid = np.stack([x.ravel(), y.ravel(), np.full(x.size, depth)], axis=1)
        reach = np.abs(points - self._centre).max(axis=0)[:2]
        outside = np.linalg.norm((grid - self._centre)[:, :2] / reach, axis=1) > OUTSIDE
        return np.asarray(grid[outside], np.float64)

    @cached_property
    def _triangles(self) -> NDArray[np.intp]:
        flat = self._corners[:, :2].astype(np.float32)
        low, high = np.floor(flat.min(axis=0)) - 2, np.ceil(flat.max(axis=0)) + 2
        plane = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])))
        plane.insert(flat.tolist())
        triangles = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2)
        gaps = np.abs(triangles[:, :, None] - flat).sum(axis=3)
        known = (gaps.min(axis=2) < 0.01).all(axis=1)
        return np.asarray(gaps.argmin(axis=2)[known], np.intp)


def _fill(source: NDArray[np.float32], seen: NDArray[np.float64], taken: NDArray[np.float64]) -> None:
    """Write into the seen triangle where its pixels are taken from."""
    height, width = source.shape[:2]
    left, top = np.clip(np.floor(seen.min(axis=0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(seen.max(axis=0)).astype(int) + 1, 0, (width, height))
    corners = np.vstack([seen.T, np.ones(3)])
    if abs(np.linalg.det(corners)) < 1e-6 or left >= right or top >= bottom:
        return
    x, y = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    shares = np.linalg.inv(corners) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    inside = (shares >= -1e-3).all(axis=0)
    source[y.ravel()[inside], x.ravel()[inside]] = (taken.T @ shares[:, inside]).T
