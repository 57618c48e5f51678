"""How the simulated person holds still and moves: her photograph, warped by a sidecar of its landmarks.

`person.json` says where her face, lids and lips are in the photograph; it is made by image-build/person_sidecar.py and
read from this folder. What is modelled: lids that fall, lips that meet or part, and a head that turns and nods within
what one photograph shows (nothing that it hides can come into sight). What is not: the eyes' own movement, hair that
falls otherwise, light that changes on a face that turns.

No warp moves anything that its feature does not reach: at rest the photograph is the photograph, byte for byte.
"""

from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from drivers.contract import RgbPixels
from drivers.world.photograph import astronaut

FILE: Final = Path(__file__).resolve().parent / "person.json"

TURN_MAX_DEG: Final = 20.0
"""Farther than so much the photograph would have to show what it does not."""
_ROUNDS: Final = 5
"""Steps by which the place that comes to lie at a pixel is found."""
_MARGIN: Final = 0.2
"""The landmarks lie within the lashes and the lips' inner edges by so much of the gap."""
_LID_ROOM: Final = 1.3
"""The skin above an eye that its lid is stretched from, in heights of the open eye."""
_LIP_ROOM: Final = 1.0
"""The skin above and below the lips that gives way, in thicknesses of the lip."""
_PIVOT: Final = 0.9
"""Behind the tip of the nose, in widths of the face: where the neck is."""
_NECK: Final = 0.55
"""How far out from the face, in its widths, a turn of the head still moves hair and neck."""

Curve: TypeAlias = tuple[tuple[float, float], ...]
"""Places x, y, with x growing."""
Rows: TypeAlias = NDArray[np.float32]
"""For each pixel a row (or a column) of the photograph."""


class _Lines(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    upper: Curve
    lower: Curve
    above: Curve = ()
    below: Curve = ()


class _Sidecar(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    face: tuple[tuple[float, float, float], ...]
    right_eye: _Lines
    left_eye: _Lines
    mouth: _Lines


@dataclass(frozen=True, slots=True)
class Pose:
    """How the person holds still; as it stands, she does as in the photograph."""

    eyes_open_ratio: float = 1.0
    """Of what the photograph shows; 0 is shut."""
    mouth_open_ratio: float = 1.0
    """Of what the photograph shows, a smile with teeth; 0 is shut, more is wider."""
    yaw_deg: float = 0.0
    """The head's turn to its own left, `TURN_MAX_DEG` at most."""
    pitch_deg: float = 0.0
    """The head's nod, downwards."""


AT_REST: Final = Pose()


class _Seen(NamedTuple):
    """Which place of the photograph each pixel shows."""

    columns: Rows
    rows: Rows


def posed(pose: Pose) -> RgbPixels:
    """The photograph with the person in that pose, shape (512, 512, 3). :raises: GoneFault, as `astronaut`."""
    photograph = _photograph()
    if pose == AT_REST:
        return photograph.copy()
    height_px, width_px = photograph.shape[:2]
    rows, columns = np.mgrid[:height_px, :width_px].astype(np.float32)
    seen = _turned(_Seen(columns, rows), pose)
    told = _sidecar()
    for eye in (told.right_eye, told.left_eye):
        seen = _opened(seen, _lids(eye), ratio=pose.eyes_open_ratio, meet=0.9)
    seen = _opened(seen, _lips(told.mouth), ratio=pose.mouth_open_ratio, meet=0.5)
    return np.asarray(
        cv2.remap(photograph, seen.columns, seen.rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


@cache
def _photograph() -> RgbPixels:
    photograph = astronaut()
    photograph.setflags(write=False)
    return photograph


@cache
def _sidecar() -> _Sidecar:
    return _Sidecar.model_validate_json(FILE.read_bytes())


class _Slit(NamedTuple):
    """What opens and shuts between two curves, and the skin above and below that gives way."""

    upper: Curve
    lower: Curve
    above_px: float
    below_px: float


def _lids(eye: _Lines) -> _Slit:
    room_px = _LID_ROOM * _gap_px(eye.upper, eye.lower)
    # the lower lid hardly moves
    return _Slit(eye.upper, eye.lower, room_px, 0.4 * room_px)


def _lips(mouth: _Lines) -> _Slit:
    above_px, below_px = _gap_px(mouth.above, mouth.upper), _gap_px(mouth.lower, mouth.below)
    return _Slit(mouth.upper, mouth.lower, (1 + _LIP_ROOM) * above_px, (1 + _LIP_ROOM) * below_px)


def _gap_px(upper: Curve, lower: Curve) -> float:
    """How far apart they are where they are farthest."""
    columns = np.linspace(max(upper[0][0], lower[0][0]), min(upper[-1][0], lower[-1][0]), 64)
    return float((_at(columns, lower) - _at(columns, upper)).max())


def _at(columns: NDArray[np.floating], curve: Curve) -> NDArray[np.float64]:
    places = np.array(curve)
    return np.asarray(np.interp(columns, places[:, 0], places[:, 1]), np.float64)


def _opened(seen: _Seen, slit: _Slit, *, ratio: float, meet: float) -> _Seen:
    """What each pixel shows when the slit is open by that ratio.

    :param meet: where its edges meet when it is shut: 0 at the upper, 1 at the lower.
    """
    if ratio == 1:
        return seen
    near = _within(seen, slit)
    columns, rows = seen.columns[near].astype(np.float64), seen.rows[near].astype(np.float64)
    upper, lower = _at(columns, slit.upper), _at(columns, slit.lower)
    # nothing moves at the corners, where there is no gap
    margin = _MARGIN * np.maximum(lower - upper, 0)
    upper, lower = upper - margin, lower + margin
    gap = lower - upper
    new_upper, new_lower = upper + meet * (1 - ratio) * gap, lower - (1 - meet) * (1 - ratio) * gap
    top, bottom = upper - slit.above_px, lower + slit.below_px
    above = top + (rows - top) * (upper - top) / (new_upper - top)
    between = upper + (rows - new_upper) * gap / np.maximum(new_lower - new_upper, 1e-3)
    below = bottom - (bottom - rows) * (bottom - lower) / (bottom - new_lower)
    moved = seen.rows.copy()
    moved[near] = np.select(
        [rows <= top, rows < new_upper, rows <= new_lower, rows < bottom], [rows, above, between, below], rows
    )
    return _Seen(seen.columns, moved)


def _within(seen: _Seen, slit: _Slit) -> NDArray[np.bool_]:
    """Which pixels show a place that the slit can move."""
    (first, _), *_, (last, _) = slit.upper
    top = min(y for _, y in slit.upper) - slit.above_px
    bottom = max(y for _, y in slit.lower) + slit.below_px
    return (seen.columns > first) & (seen.columns < last) & (seen.rows > top) & (seen.rows < bottom)


def _turned(seen: _Seen, pose: Pose) -> _Seen:
    if pose.yaw_deg == 0 and pose.pitch_deg == 0:
        return seen
    relief = _relief(seen.rows.shape)
    turn, nod = radians(pose.yaw_deg), radians(pose.pitch_deg)
    columns, rows = seen
    for _ in range(_ROUNDS):
        # where the place that is shown would come to lie, and how far that is from the pixel
        x, y, z, share = relief.at(columns, rows)
        nodded_y, nodded_z = y * cos(nod) - z * sin(nod), y * sin(nod) + z * cos(nod)
        moved_x, moved_y = x * cos(turn) - nodded_z * sin(turn) - x, nodded_y - y
        columns = np.asarray(seen.columns - share * moved_x, np.float32)
        rows = np.asarray(seen.rows - share * moved_y, np.float32)
    return _Seen(columns, rows)


class _Relief(NamedTuple):
    """How near everything in the photograph is, about the neck, and how much of the head's turn it takes part in."""

    neck: tuple[float, float]
    depth: Rows
    share: Rows

    def at(self, columns: Rows, rows: Rows) -> tuple[Rows, Rows, Rows, Rows]:
        """Places about the neck and their share of the turn."""
        depth, share = (
            np.asarray(cv2.remap(one, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
            for one in (self.depth, self.share)
        )
        return columns - np.float32(self.neck[0]), rows - np.float32(self.neck[1]), depth, share


@cache
def _relief(shape_px: tuple[int, int]) -> _Relief:
    points = np.array(_sidecar().face, np.float64)
    width_px = float(np.ptp(points[:, 0]))
    hull = cv2.convexHull(points[:, :2].astype(np.float32)).round().astype(np.int32)
    face = np.zeros(shape_px, np.uint8)
    cv2.fillConvexPoly(face, hull, (1,))
    far_px = np.asarray(cv2.distanceTransform(1 - face, cv2.DIST_L2, 5), np.float64)
    # a smooth fall from all at the face to nothing beyond the hair
    fall = np.clip(1 - far_px / (_NECK * width_px), 0, 1)
    share = fall * fall * (3 - 2 * fall)
    depth = _spread(points, shape_px, reach_px=0.06 * width_px)
    depth -= float(points[:, 2].min()) + _PIVOT * width_px
    neck = (float(points[:, 0].mean()), float(points[:, 1].mean()))
    return _Relief(neck, depth.astype(np.float32), share.astype(np.float32))


def _spread(points: NDArray[np.float64], shape_px: tuple[int, int], *, reach_px: float) -> NDArray[np.float64]:
    """Depth everywhere: that of the points nearby, each the less the farther it is."""
    rows, columns = np.mgrid[: shape_px[0] : 4, : shape_px[1] : 4].astype(np.float64)
    places = np.stack([columns.ravel(), rows.ravel()], axis=1)
    apart = ((places[:, None] - points[None, :, :2]) ** 2).sum(axis=2)
    weights = 1 / (apart + reach_px**2) ** 2
    coarse = ((weights @ points[:, 2]) / weights.sum(axis=1)).reshape(rows.shape)
    return np.asarray(cv2.resize(coarse, shape_px[::-1], interpolation=cv2.INTER_LINEAR), np.float64)
