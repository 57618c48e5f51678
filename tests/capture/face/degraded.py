"""Ways in which the good portrait goes wrong, each with the gate or the hint that has to catch it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from capture.face.geometry import head_of
from capture.face.points import LIDS
from drivers.contract import Hint, RgbPixels
from tests.capture.face.damages import looking_aside, red_pupils, shaded_eyes, shadow_behind, shining
from tests.capture.face.sitting import (
    HEIGHT_PX,
    NOISE_LEVELS,
    WIDTH_PX,
    Levels,
    Sitting,
    away,
    blurred,
    dragged,
    exposed,
    gained,
    grey,
    hazed,
    leaned,
    lit_from_side,
    plain_wall,
    tinted,
)
from tests.capture.face.turning import Relief

BROW_MIDDLE = 151
"""The point of the forehead that no fringe covers here."""


@dataclass(frozen=True)
class Degraded:
    """One row of the table."""

    what: str
    strength: str
    caught_by: str
    """The gate's id or the hint's code."""
    make: Callable[[Sitting], RgbPixels]
    smiling: bool = False


def jpeg_artefacts(picture: RgbPixels, quality: int) -> RgbPixels:
    _, data = cv2.imencode(".jpg", picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)


def busy_wall() -> Levels:
    """Shelves of books."""
    dice, wall = np.random.default_rng(5), plain_wall()
    for top in range(0, HEIGHT_PX, 320):
        left = 0
        while left < WIDTH_PX:
            width, height = int(dice.integers(28, 90)), int(dice.integers(200, 290))
            colour = dice.integers(20, 230, 3).tolist()
            cv2.rectangle(wall, (left, top + 300 - height), (left + width - 3, top + 300), colour, -1)
            left += width
        cv2.rectangle(wall, (0, top + 300), (WIDTH_PX, top + 320), (96, 70, 48), -1)
    return blurred(wall, 2.0)


def door() -> Levels:
    """A dark door that reaches behind one half of the head."""
    wall = plain_wall()
    wall[:, : int(0.43 * WIDTH_PX)] *= np.float32(0.45)
    return blurred(wall, 2.0)


def shadowed() -> Levels:
    """The head's own soft shadow on the wall beside it."""
    wall = plain_wall()
    shade = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    cv2.ellipse(shade, (int(0.62 * WIDTH_PX), int(0.5 * HEIGHT_PX)), (430, 560), 0, 0, 360, 1.0, -1)
    return wall * (1 - 0.42 * cv2.GaussianBlur(shade, (0, 0), 40.0))[..., None]


def lids_drawn(sitting: Sitting) -> RgbPixels:
    """Both eyes painted over with the skin around them, and lashes where the lids meet."""
    picture, eye_px = exposed(sitting.picture), 0.1 * head_of(sitting.points).inter_eye_px
    open_parts, lashes = np.zeros(picture.shape[:2], np.uint8), np.zeros(picture.shape[:2], np.float32)
    for outer, upper, inner, lower in LIDS:
        outline = sitting.points[[outer, *upper, inner, *lower], :2].round().astype(np.int32)
        cv2.fillPoly(open_parts, [outline], (1,))
        meeting = sitting.points[[outer, *lower[::-1], inner], :2].round().astype(np.int32)
        cv2.polylines(lashes, [meeting], False, 1.0, round(0.25 * eye_px), cv2.LINE_AA)
    covered = np.asarray(cv2.dilate(open_parts, np.ones((round(1.2 * eye_px), round(1.2 * eye_px)), np.uint8)))
    rows, columns = (slice(int(side.min()) - 40, int(side.max()) + 40) for side in np.nonzero(covered))
    skin = cv2.inpaint(picture[rows, columns], covered[rows, columns], 12, cv2.INPAINT_TELEA)
    lash = 0.8 * cv2.GaussianBlur(lashes[rows, columns], (0, 0), 2.0)[..., None]
    grain = np.random.default_rng(3).normal(0, NOISE_LEVELS, skin.shape)
    shut = picture.copy()
    shut[rows, columns] = np.clip(skin * (1 - lash) + np.array([58, 38, 30]) * lash + grain, 0, 255)
    return shut


def dark_glasses(sitting: Sitting) -> Levels:
    picture, size = sitting.picture, head_of(sitting.points).inter_eye_px
    lens, middles = np.zeros(picture.shape[:2], np.float32), []
    for outer, _, inner, _ in LIDS:
        x, y = sitting.points[[outer, inner], :2].mean(axis=0)
        middles.append((int(x), int(y + 0.05 * size)))
        cv2.ellipse(lens, middles[-1], (int(0.4 * size), int(0.29 * size)), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    cv2.line(lens, middles[0], middles[1], 1.0, int(0.06 * size), cv2.LINE_AA)
    sky = np.linspace(34, 12, HEIGHT_PX, dtype=np.float32)[:, None, None]
    return np.asarray(picture * (1 - 0.95 * lens)[..., None] + sky * lens[..., None], np.float32)


def turned_in_space(sitting: Sitting, *, yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> RgbPixels:
    return Relief(exposed(sitting.picture), sitting.points).turned(yaw_deg=yaw_deg, pitch_deg=pitch_deg)


def beside(sitting: Sitting, share: float) -> Levels:
    """A second person of this size in front of the same wall."""
    first = away(sitting, 0.8, right_px=-430)
    second = away(sitting, 0.8 * share, right_px=520)
    return second.person * second.cover + first.picture * (1 - second.cover)


def mirrored(sitting: Sitting) -> RgbPixels:
    """A lamp in the glass before the right eye, beside the pupil."""
    head = head_of(sitting.points)
    place = head.right_eye_px + np.array([0.1, -0.02]) * head.inter_eye_px
    return shining(exposed(sitting.picture), place, radius_px=0.08 * head.inter_eye_px)


def shiny(sitting: Sitting) -> RgbPixels:
    """A lamp on the forehead."""
    size = head_of(sitting.points).inter_eye_px
    return shining(exposed(sitting.picture), sitting.points[BROW_MIDDLE, :2], radius_px=0.12 * size)


def own_shadow(sitting: Sitting) -> RgbPixels:
    """The client's own on the wall, as of a lamp below and in front."""
    nobody, size = sitting.cover[..., 0] < 0.5, head_of(sitting.points).inter_eye_px
    return shadow_behind(exposed(sitting.picture), nobody, shift_px=(0.0, -0.25 * size))


def _looking(sitting: Sitting, ratio: float) -> RgbPixels:
    return looking_aside(exposed(sitting.picture), sitting.points, irises=sitting.irises, ratio=ratio)


def _of(change: Callable[[Levels], Levels]) -> Callable[[Sitting], RgbPixels]:
    return lambda sitting: exposed(change(sitting.picture))


def _moved(change: Callable[[Sitting], Sitting]) -> Callable[[Sitting], RgbPixels]:
    return lambda sitting: exposed(change(sitting).picture)


ROWS = (
    Degraded("out of focus", "blur of 5 px", "sharpness_smilius", _of(lambda light: blurred(light, 5.0))),
    Degraded("far out of focus", "blur of 12 px", "sharpness_smilius", _of(lambda light: blurred(light, 12.0))),
    Degraded("moved", "25 px sideways", "motion_blur", _of(lambda light: dragged(light, 25))),
    Degraded("dark", "a tenth of the light", "under_exposed", _of(lambda light: gained(light, 0.1))),
    Degraded("very dark", "a twentieth of the light", "under_exposed", _of(lambda light: gained(light, 0.05))),
    Degraded("bright", "twice the light", "over_exposed", _of(lambda light: gained(light, 2.0))),
    Degraded("very bright", "four times the light", "over_exposed", _of(lambda light: gained(light, 4.0))),
    Degraded("haze on the lens", "0.3 of the contrast", "grey_levels", _of(lambda light: hazed(light, 0.3))),
    Degraded("light from the left", "0.2 on the far side", "cheek_light", lambda s: exposed(lit_from_side(s, -0.2))),
    Degraded("light from the right", "0.2 on the far side", "cheek_light", lambda s: exposed(lit_from_side(s, 0.2))),
    Degraded("turned to the left", "yaw 10 deg", "yaw", lambda s: turned_in_space(s, yaw_deg=10)),
    Degraded("turned to the right", "yaw -10 deg", "yaw", lambda s: turned_in_space(s, yaw_deg=-10)),
    Degraded("chin down", "pitch 10 deg", "pitch", lambda s: turned_in_space(s, pitch_deg=10)),
    Degraded("tilted", "roll 3 + 8 deg", "roll", _moved(lambda s: leaned(s, 8))),
    Degraded("far tilted", "roll 3 + 15 deg", Hint.HEAD_TURNED, _moved(lambda s: leaned(s, 15))),
    Degraded(
        "hair beyond the upper edge", "cut 100 px above the eyes", Hint.OUT_OF_FRAME, lambda s: _cropped(s, above=True)
    ),
    Degraded(
        "ear beyond the side edge", "cut 150 px beside the eye", Hint.OUT_OF_FRAME, lambda s: _cropped(s, above=False)
    ),
    Degraded("far away", "half as large", Hint.TOO_FEW_PIXELS, _moved(lambda s: away(s, 0.5))),
    Degraded("eyes closed", "lids drawn over both", "eyes_open", lids_drawn),
    Degraded("dark glasses", "5 % of the light", "eye_contrast", lambda s: exposed(dark_glasses(s))),
    Degraded("looking to one side", "0.25 of the eye", "gaze", lambda s: _looking(s, 0.25)),
    Degraded("looking to the other side", "-0.25 of the eye", "gaze", lambda s: _looking(s, -0.25)),
    Degraded("red eyes", "flash beside the lens", "red_eye", lambda s: red_pupils(exposed(s.picture), s.irises)),
    Degraded("a lamp in the glasses", "0.16 of the eyes' distance", "glasses_glare", mirrored),
    Degraded("a lamp on the forehead", "0.24 of the eyes' distance", "hot_spots", shiny),
    Degraded(
        "lamp from above",
        "0.6 of the light below the eyes",
        "eye_shadow",
        lambda s: shaded_eyes(exposed(s.picture), s.points, gain=0.6),
    ),
    Degraded("own shadow above the head", "0.7 of the light", "background_shadow", own_shadow),
    Degraded("mouth open", "the photograph's own smile", "mouth_closed", _of(lambda light: light), smiling=True),
    Degraded("noise", "40 levels", "jpeg_quality", lambda s: exposed(s.picture, noise_levels=40)),
    Degraded("JPEG artefacts", "quality 10", "jpeg_blocks", lambda s: jpeg_artefacts(exposed(s.picture), 10)),
    Degraded("busy background", "shelves of books", "background_spread", _moved(lambda s: s.on(busy_wall()))),
    Degraded("half a door behind the head", "0.45 of the light", "background_balance", _moved(lambda s: s.on(door()))),
    Degraded("shadow on the wall", "0.58 of the light", "background_balance", _moved(lambda s: s.on(shadowed()))),
    Degraded("two faces", "the second 0.8 as large", Hint.SEVERAL_FACES, lambda s: exposed(beside(s, 0.8))),
    Degraded("no face", "the wall alone", Hint.NO_FACE, lambda s: exposed(s.wall)),
    Degraded(
        "wrong white balance", "blue 1.5, red 0.7", "natural_colour", _of(lambda light: tinted(light, (0.7, 1.0, 1.5)))
    ),
    Degraded("no colour", "grey", "natural_colour", _of(grey)),
)


def _cropped(sitting: Sitting, *, above: bool) -> RgbPixels:
    head, picture = head_of(sitting.points), exposed(sitting.picture)
    if above:
        return np.ascontiguousarray(picture[int(head.between_eyes_px[1]) - 100 :])
    return np.ascontiguousarray(picture[:, int(head.right_eye_px[0]) - 150 :])
