"""One good portrait at sensor resolution, made from the one photograph, and what makes portraits bad.

The photograph's lips are drawn together, its background is taken away by the person mask, and it is set before a plain
wall as a camera of five megapixels would see it. The photograph has 43 pixels between the eyes and the sensor 164, so
the picture is sharpened to the detail that a lens in focus would give.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.geometry import head_of
from capture.face.iris import Irises, IrisReader
from capture.face.models import FaceModels
from capture.face.points import Points
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from drivers.contract import RgbPixels
from drivers.world.photograph import astronaut
from tests.capture.face.pictures import enlarged, mouth_shut, points_in

WIDTH_PX, HEIGHT_PX = 1944, 2592
ENLARGEMENT = WIDTH_PX / 512
WALL = 190.0
NOISE_LEVELS = 1.5

Levels = NDArray[np.float32]
"""Shape (height_px, width_px, 3), 0 to 255."""


@dataclass(frozen=True)
class Sitting:
    """The person and the wall, still apart."""

    person: Levels
    cover: NDArray[np.float32]
    """Shape (height_px, width_px, 1): 1 where the person is."""
    wall: Levels
    points: Points
    """In the picture's pixels."""
    irises: Irises
    """In the picture's pixels."""

    @property
    def picture(self) -> Levels:
        """What the lens gives, without noise."""
        return _before(self.wall, self.person, self.cover)

    def on(self, wall: Levels) -> "Sitting":
        return replace(self, wall=wall)


def plain_wall() -> Levels:
    """As light as the simulated camera's wall or a little lighter, and lighter above, where the lamp is."""
    down = np.linspace(4.0, -4.0, HEIGHT_PX, dtype=np.float32)[:, None, None]
    return np.broadcast_to(np.float32(WALL) + down, (HEIGHT_PX, WIDTH_PX, 3)).copy()


def exposed(light: Levels, *, noise_levels: float = NOISE_LEVELS) -> RgbPixels:
    """What the sensor makes of it."""
    patch = np.random.default_rng(7).normal(0, noise_levels, (432, 324, 3)).astype(np.float32)
    return np.clip(light + np.tile(patch, (6, 6, 1)), 0, 255).astype(np.uint8)


def sat(models: FaceModels, *, smiling: bool = False) -> Sitting:
    """The good sitting, or the one with the photograph's own smile."""
    search = FaceSearch(models)
    photograph = astronaut()
    large = enlarged(photograph, ENLARGEMENT)
    if not smiling:
        points = points_in(search, Pyramid(large))
        large = _rested(mouth_shut(large, points), points)
    top = HEIGHT_PX - WIDTH_PX
    person, cover = plain_wall(), np.zeros((HEIGHT_PX, WIDTH_PX, 1), np.float32)
    person[top:] = _sharpened(large.astype(np.float32))
    cover[top:, :, 0] = _cover(models.person, photograph)
    pyramid = Pyramid(exposed(_before(plain_wall(), person, cover)))
    points = points_in(search, pyramid)
    return Sitting(person, cover, plain_wall(), points, IrisReader(models.iris).irises(pyramid, points))


def _before(wall: Levels, person: Levels, cover: NDArray[np.float32]) -> Levels:
    return person * cover + wall * (1 - cover)


def _rested(picture: RgbPixels, points: Points) -> RgbPixels:
    """The corners of the mouth let down and in: lips that meet still smile."""
    corners = points[[61, 291], :2]
    width = float(np.linalg.norm(corners[1] - corners[0]))
    x, y = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in picture.shape[1::-1]))
    from_x, from_y = x.copy(), y.copy()
    for corner, side in zip(corners, (1, -1), strict=True):
        step_x, step_y = side * 0.05 * width, 0.1 * width
        near = np.exp(-((x - corner[0] - step_x) ** 2 + (y - corner[1] - step_y) ** 2) / (2 * (0.25 * width) ** 2))
        from_x -= (near * step_x).astype(np.float32)
        from_y -= (near * step_y).astype(np.float32)
    return np.asarray(cv2.remap(picture, from_x, from_y, cv2.INTER_CUBIC), np.uint8)


def _cover(net: cv2.dnn.Net, photograph: RgbPixels) -> NDArray[np.float32]:
    net.setInput(cv2.dnn.blobFromImage(cv2.resize(photograph, (256, 256), interpolation=cv2.INTER_AREA), 1 / 255))
    raw = np.asarray(net.forward(), np.float32).reshape(256, 256)
    _, labels, sizes, _ = cv2.connectedComponentsWithStats((raw > 0.5).astype(np.uint8))
    largest = 1 + int(sizes[1:, cv2.CC_STAT_AREA].argmax())
    alone = np.where(labels == largest, raw, 0).astype(np.float32)
    solid = cv2.morphologyEx(alone, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    grown = cv2.resize(solid, (WIDTH_PX, WIDTH_PX), interpolation=cv2.INTER_CUBIC)
    soft = np.asarray(cv2.GaussianBlur(grown, (0, 0), 3.0), np.float32)
    return np.asarray(np.clip((soft - 0.35) / 0.4, 0, 1), np.float32)


def _sharpened(light: Levels, *, amount: float = 1.7, sigma_px: float = 3.0) -> Levels:
    soft = cv2.GaussianBlur(light, (0, 0), sigma_px)
    return np.asarray(np.clip(light + amount * (light - soft), 0, 255), np.float32)


def blurred(light: Levels, sigma_px: float) -> Levels:
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma_px), np.float32)


def dragged(light: Levels, length_px: int) -> Levels:
    """As if the head had moved sideways by so much while the shutter was open."""
    return np.asarray(cv2.blur(light, (length_px, 1)), np.float32)


def gained(light: Levels, gain: float) -> Levels:
    """More or less light, in linear light, clipped as a sensor does."""
    linear = (light / 255) ** np.float32(2.2) * np.float32(gain)
    return np.asarray(255 * np.clip(linear, 0, 1) ** np.float32(1 / 2.2), np.float32)


def hazed(light: Levels, contrast: float) -> Levels:
    return np.asarray(128 + contrast * (light - 128), np.float32)


def lit_from_side(sitting: Sitting, share: float) -> Levels:
    """One side of the person gets only this share of the light; negative: the other side. The wall has its own."""
    head = head_of(sitting.points)
    across = (np.arange(WIDTH_PX, dtype=np.float32) - head.centre_px[0]) / head.width_px * np.sign(share)
    falling = np.clip(0.5 + across, 0, 1)
    light = (abs(share) + (1 - abs(share)) * falling)[None, :, None]
    shaded = 255 * ((sitting.person / 255) ** np.float32(2.2) * light) ** np.float32(1 / 2.2)
    return replace(sitting, person=np.asarray(shaded, np.float32)).picture


def tinted(light: Levels, gains: tuple[float, float, float]) -> Levels:
    return np.asarray(np.clip(light * np.array(gains, np.float32), 0, 255), np.float32)


def grey(light: Levels) -> Levels:
    return np.repeat((light @ np.array([0.299, 0.587, 0.114], np.float32))[..., None], 3, axis=2)


def leaned(sitting: Sitting, degrees: float) -> Sitting:
    """The whole person turned in the picture's plane; positive to the client's left shoulder."""
    head = head_of(sitting.points)
    centre = (float(head.centre_px[0]), float(head.centre_px[1]))
    affine = cv2.getRotationMatrix2D(centre, -degrees, 1.0)
    return _moved(sitting, lambda plane: cv2.warpAffine(plane, affine, (WIDTH_PX, HEIGHT_PX), borderMode=_EDGE))


def away(sitting: Sitting, share: float, *, right_px: float = 0.0, down_px: float = 0.0) -> Sitting:
    """The person at this share of the size, moved; the bottom of the picture stays the bottom of the person."""
    affine = np.array(
        [[share, 0, (1 - share) * WIDTH_PX / 2 + right_px], [0, share, (1 - share) * HEIGHT_PX + down_px]]
    )
    return _moved(sitting, lambda plane: cv2.warpAffine(plane, affine, (WIDTH_PX, HEIGHT_PX)))


_EDGE = cv2.BORDER_REPLICATE


def _moved(sitting: Sitting, move: Callable[[NDArray[np.float32]], cv2.typing.MatLike]) -> Sitting:
    cover = np.asarray(move(sitting.cover[..., 0]), np.float32)[..., None]
    return replace(sitting, person=np.asarray(move(sitting.person), np.float32), cover=np.clip(cover, 0, 1))
