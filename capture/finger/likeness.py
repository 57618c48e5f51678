"""Likeness: a print's score from the table's prints that are like it, and how well the table knows prints like it.

A smooth curve through the table's rows (a Gaussian process): prints near each other in their measures have scores near
each other. Far from every row the curve falls back to the table's mean, and `familiarity` says so: 1 in the middle of
the table, 0 where nothing in it is like the print.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, pi, sin, sqrt
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Vector = NDArray[np.float64]

_BINS = {"FDA": range(10), "LCS": range(1, 10), "OCL": range(10), "OF": range(10), "RVUP": range(8)}
"""Bins that are not empty in every print: no clarity is below 0, no ratio of widths is above 24."""

_PARTS = 3


def _groups() -> tuple[tuple[str, ...], ...]:
    groups: list[tuple[str, ...]] = []
    for prefix, bins in _BINS.items():
        parts = np.array_split(np.array(bins), _PARTS)
        groups += [tuple(f"{prefix}_Bin10_{place}" for place in part) for part in parts]
        groups.append((f"{prefix}_Bin10_Mean", f"{prefix}_Bin10_StdDev"))
    groups.append(("Mu", "MMB", "ImgProcROIArea_Mean"))
    groups.append(("OrientationMap_ROIFilter_CoherenceRel", "OrientationMap_ROIFilter_CoherenceSum"))
    return tuple(groups)


GROUPS = _groups()
"""The measures that are compared, in groups that count alike."""

_NAMES = tuple(name for group in GROUPS for name in group)
_IS_COUNT = np.array([name[-1].isdigit() for name in _NAMES])
GROUP_OF = np.repeat(np.arange(len(GROUPS)), [len(group) for group in GROUPS])
"""Which group each coordinate is in."""


def coordinates_of(values: Mapping[str, float]) -> _Vector:
    """Where a print stands: its measures, shape (coordinates,); of counts the root, which noise moves alike everywhere.

    :param values: all native measures, as `measure` gives them where nothing failed.
    """
    plain = np.array([values[name] for name in _NAMES])
    return np.where(_IS_COUNT, np.sqrt(np.where(_IS_COUNT, plain, 0)), plain)


def angle_of(score: float) -> float:
    """A score as an angle, 0 to a quarter turn: shares near 0 and 1 vary less, and angles do not."""
    return asin(sqrt(score / 100))


def score_of(angle_rad: float) -> float:
    """The score of an angle, 0 to 100."""
    return 100 * sin(min(max(angle_rad, 0.0), pi / 2)) ** 2


class LikenessData(BaseModel):
    """The table's rows as the installed model has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    centre: tuple[_Finite, ...]
    """Mean of each coordinate over the table."""
    spread: tuple[_Positive, ...]
    """Deviation of each coordinate over the table."""
    weights: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...]
    """How much a group's distance counts."""
    strength: _Positive
    """Variance that the rows explain, in the scores' deviations squared."""
    noise: _Positive
    """Variance that they do not explain."""
    scores: tuple[Annotated[int, Field(ge=0, le=100)], ...] = Field(min_length=10)
    """The score of each row."""
    rows: tuple[tuple[_Finite, ...], ...]
    """The coordinates of each row, centred and in deviations."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        places = len(_NAMES)
        widths = {len(self.centre), len(self.spread), *(len(row) for row in self.rows)}
        if widths != {places} or len(self.weights) != len(GROUPS) or len(self.rows) != len(self.scores):
            raise ValueError("the model was fitted on other measures")
        return self


@dataclass(frozen=True, slots=True)
class Likeness:
    """The curve, ready to be read."""

    data: LikenessData
    """The rows it goes through."""
    rows: _Vector
    """Shape (rows, coordinates), each coordinate scaled so that distances are plain."""
    scale: _Vector
    """Shape (coordinates,): what a centred print is multiplied with for that."""
    inverse: _Vector
    """Shape (rows, rows): of the rows' covariance."""
    pull: _Vector
    """Shape (rows,): what each row adds to a print that is like it, in radians."""
    level_rad: float
    """The table's mean as an angle."""

    @classmethod
    def of(cls, data: LikenessData) -> Self:
        """Lay the curve through the rows."""
        share = np.array(data.weights)[GROUP_OF] / np.bincount(GROUP_OF)[GROUP_OF]
        rows = np.array(data.rows) * np.sqrt(share)
        distance = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
        covariance = data.strength * np.exp(-distance / 2) + data.noise * np.eye(len(rows))
        inverse = np.linalg.inv(covariance)
        angles = np.array([angle_of(score) for score in data.scores])
        return cls(
            data=data,
            rows=rows,
            scale=np.sqrt(share) / np.array(data.spread),
            inverse=inverse,
            pull=inverse @ (angles - angles.mean()),
            level_rad=float(angles.mean()),
        )

    def read(self, values: Mapping[str, float]) -> tuple[float, float]:
        """The score of a print, 0 to 100, and the familiarity, 0 to 1."""
        place = (coordinates_of(values) - np.array(self.data.centre)) * self.scale
        near = self.data.strength * np.exp(-((self.rows - place) ** 2).sum(axis=1) / 2)
        familiarity = float(near @ self.inverse @ near) / self.data.strength
        return score_of(self.level_rad + float(near @ self.pull)), min(max(familiarity, 0.0), 1.0)
