"""Pictures made from the one photograph, and pictures of nothing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.points import LIDS, LIPS_LOWER, LIPS_UPPER, Points
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from drivers.contract import RgbPixels


def enlarged(picture: RgbPixels, factor: float) -> RgbPixels:
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def reduced(picture: RgbPixels, factor: float) -> RgbPixels:
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def turned(picture: RgbPixels, degrees: float) -> RgbPixels:
    """Turned about its middle; positive tilts the head to the client's left shoulder."""
    height, width = picture.shape[:2]
    affine = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, affine, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def plain(height_px: int, width_px: int, level: int = 180) -> RgbPixels:
    return np.full((height_px, width_px, 3), level, np.uint8)


def placed(picture: RgbPixels, on: RgbPixels, *, left_px: int, top_px: int) -> RgbPixels:
    result = on.copy()
    picture = picture[: on.shape[0] - top_px, : on.shape[1] - left_px]
    result[top_px : top_px + picture.shape[0], left_px : left_px + picture.shape[1]] = picture
    return result


def noise(height_px: int, width_px: int) -> RgbPixels:
    return np.random.default_rng(1).integers(0, 256, (height_px, width_px, 3), np.uint8)


def blobs(height_px: int, width_px: int, *, sigma_px: float) -> RgbPixels:
    """Smooth random texture with details of about this size."""
    rough = np.random.default_rng(2).normal(size=(height_px, width_px, 3)).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(rough, (0, 0), sigma_px), np.float64)
    return np.asarray(np.clip(128 + 50 * smooth / smooth.std(), 0, 255), np.uint8)


def checkers(height_px: int, width_px: int, *, cell_px: int) -> RgbPixels:
    rows, columns = np.mgrid[:height_px, :width_px] // cell_px
    return np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)


def text_page(height_px: int, width_px: int) -> RgbPixels:
    page = plain(height_px, width_px, 250)
    for top in range(20, height_px, 14):
        cv2.putText(page, "Lorem ipsum dolor sit amet, consectetur" * 3, (10, top), 0, 0.35, (20, 20, 20), 1)
    return page


def side_lit(picture: RgbPixels, *, middle_px: float, reach_px: float) -> RgbPixels:
    """As if one lamp had failed: to the left of the middle it gets darker, down to nothing at `reach_px`."""
    share = np.clip(1 + (np.arange(picture.shape[1]) - middle_px) / reach_px, 0.05, 1.0)
    return np.asarray(picture * share[None, :, None], np.uint8)


def eyes_shut(picture: RgbPixels, points: Points) -> RgbPixels:
    """The upper lids drawn down over the eyes."""
    for outer, upper, inner, lower in LIDS:
        above, below = points[[outer, *upper, inner], :2], points[[outer, *lower[::-1], inner], :2]
        gap_px = float((below[:, 1] - above[:, 1]).max())
        margin = np.array([0, 0.25 * gap_px])
        picture = _shut(picture, above - margin, below + margin, meet=0.9, reach=0.8)
    return picture


def mouth_shut(picture: RgbPixels, points: Points) -> RgbPixels:
    """The lips drawn together over the teeth."""
    corners = points[[78, 308], :2]
    above = np.vstack([corners, points[list(LIPS_UPPER), :2]])
    below = np.vstack([corners, points[list(LIPS_LOWER), :2]])
    return _shut(picture, above, below, meet=0.5, reach=1.5)


def points_in(search: FaceSearch, pyramid: Pyramid) -> Points:
    """The points of the largest face, looked at closely."""
    return search.refined(pyramid, search.faces(pyramid)[0]).points


def _shut(
    picture: RgbPixels, above: NDArray[np.float64], below: NDArray[np.float64], *, meet: float, reach: float
) -> RgbPixels:
    """What lies between two curves is taken out and the tissue above and below stretched until it meets."""
    above, below = (curve[np.argsort(curve[:, 0])] for curve in (above, below))
    columns = np.arange(picture.shape[1])
    upper = np.interp(columns, above[:, 0], above[:, 1])
    lower = np.maximum(np.interp(columns, below[:, 0], below[:, 1]), upper)
    inside = (columns >= above[0, 0]) & (columns <= above[-1, 0])
    reach *= float((lower - upper).max())
    seam = upper + meet * (lower - upper)
    x, y = np.meshgrid(columns.astype(np.float32), np.arange(picture.shape[0], dtype=np.float32))
    top, bottom = upper - reach, lower + reach
    down = top + (y - top) * reach / (seam - top)
    up = bottom - (bottom - y) * reach / (bottom - seam)
    source = np.where(inside & (y >= top) & (y <= seam), down, y)
    source = np.where(inside & (y > seam) & (y <= bottom), up, source)
    return np.asarray(cv2.remap(picture, x, source.astype(np.float32), cv2.INTER_CUBIC), np.uint8)
