"""The model behind the built-in score: data (`score.json`), written by `image-build/fit_finger_score.py`.

A sum of soft steps, each along one trait or the mean of two, each only upwards in the direction that the traits'
physics says, and flat beyond what NIST's published table has seen: no trait can push the whole score the wrong way.
A print much larger than any in that table is not known; it gets no more than the table's usual score.
"""

from functools import cache, cached_property
from importlib.resources import files
from math import asin, exp, pi, sin, sqrt
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from capture.finger.errors import ScoreModelUnreadable
from capture.finger.trait import AREA_PX, TRAITS, Values, traits_of

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

UNKNOWN_AREA_RATIO = 1.1
"""So much larger than the table's largest print, and nothing is known."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fit(_Part):
    """What the model was fitted on and how far it is off there."""

    table_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Which table: SHA-256 of the file."""
    rows: int = Field(gt=0)
    """Scored rows in it."""
    folds: int = Field(ge=2)
    """Parts of the cross-validation."""
    repeats: int = Field(ge=1)
    """How often it was repeated with other parts."""
    mean_absolute_error: _Finite
    """Mean distance from the table's scores, on rows that the fit had not seen."""
    error_95: _Finite
    """Ninety-five of a hundred such rows are at most so far off."""
    rank_correlation: _Finite
    """Spearman's, on the same rows."""
    other_side_of_26: float = Field(ge=0, le=1)
    """The share of the same rows that a threshold of 26 puts on another side than the table's score does."""
    score_min: int = Field(ge=0, le=100)
    """The table's lowest score."""
    score_max: int = Field(ge=0, le=100)
    """The table's highest score."""


class Scale(_Part):
    """How one trait is read: in the table's deviations, and only as far as the table goes."""

    trait: str
    """The trait's name."""
    low: _Finite
    """Less of it counts as this."""
    high: _Finite
    """More of it counts as this."""
    middle: _Finite
    """The table's median."""
    spread: _Positive
    """The table's deviation."""

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError("a scale needs a range")
        return self

    def at(self, value: float) -> float:
        """Deviations from the middle."""
        return (min(max(value, self.low), self.high) - self.middle) / self.spread


class Step(_Part):
    """One soft step upwards."""

    traits: tuple[str, ...] = Field(min_length=1, max_length=2)
    """What it goes along: one trait, or the mean of two; each turned so that more is better."""
    place: _Finite
    """Where half of it is done, in deviations."""
    width: _Positive
    """How far it takes, in deviations: from a seventh to six sevenths, nearly two of these."""
    height_rad: _Positive
    """What it adds in all."""


class Estimate(NamedTuple):
    """A score and what it is made of."""

    score: int
    """The score, 0 to 100."""
    by_traits: float
    """What the traits say, 0 to 100; the score, where the print is no larger than the table's."""
    known: float
    """1 where the print is no larger than the table's, 0 where it is so much larger that nothing is known."""


def angle_of(score: float) -> float:
    """A score as an angle, 0 to a quarter turn: shares near 0 and 1 vary less, and angles do not."""
    return asin(sqrt(score / 100))


def score_of(angle_rad: float) -> float:
    """The score of an angle, 0 to 100."""
    return 100 * sin(min(max(angle_rad, 0.0), pi / 2)) ** 2


class ScoreModel(_Part):
    """A fitted score."""

    version: str = Field(pattern=r"^\d+\.\d+$")
    """Counted up with every change of the model."""
    fit: Fit
    """Where it comes from."""
    largest_px: _Positive
    """Foreground of the table's largest print."""
    usual_score: float = Field(ge=0, le=100)
    """The table's median."""
    ground_rad: _Finite
    """The angle before any step."""
    scales: tuple[Scale, ...]
    """One for each trait."""
    steps: tuple[Step, ...] = Field(min_length=1)
    """All upwards."""

    @model_validator(mode="after")
    def _has_every_trait(self) -> Self:
        names = [scale.trait for scale in self.scales]
        if sorted(names) != sorted(trait.name for trait in TRAITS) or not self._used <= set(names):
            raise ValueError("the model was fitted on other traits")
        return self

    @property
    def _used(self) -> set[str]:
        return {name for step in self.steps for name in step.traits}

    @cached_property
    def _scale(self) -> dict[str, tuple[Scale, int]]:
        by_name = {scale.trait: scale for scale in self.scales}
        return {trait.name: (by_name[trait.name], 1 if trait.rises else -1) for trait in TRAITS}

    def by_traits(self, traits: Values) -> float:
        """What the traits say, 0 to 100, not rounded. :param traits: all of them, by name."""
        good = {name: sign * scale.at(traits[name]) for name, (scale, sign) in self._scale.items()}
        angle_rad = self.ground_rad
        for step in self.steps:
            along = sum(good[name] for name in step.traits) / len(step.traits)
            angle_rad += step.height_rad / (1 + exp(-2 * (along - step.place) / step.width))
        return score_of(angle_rad)

    def known(self, area_px: float) -> float:
        """How far a print of this foreground is known: 1 up to the table's largest, then down to 0."""
        return min(max((UNKNOWN_AREA_RATIO - area_px / self.largest_px) / (UNKNOWN_AREA_RATIO - 1), 0.0), 1.0)

    def estimate(self, values: Values) -> Estimate:
        """The score of a print. :param values: all native measures, as `measure` gives them where nothing failed."""
        by_traits, known = self.by_traits(traits_of(values)), self.known(values[AREA_PX])
        score = known * by_traits + (1 - known) * min(by_traits, self.usual_score)
        return Estimate(score=round(score), by_traits=by_traits, known=known)


@cache
def installed_model() -> ScoreModel:
    """The model of this installation. :raises: ScoreModelUnreadable when it is none."""
    try:
        return read_model(files("capture.finger").joinpath("score.json").read_bytes())
    except OSError as error:
        raise ScoreModelUnreadable("The finger score's model is missing: reinstall the software.") from error


def read_model(content: bytes) -> ScoreModel:
    """A model from its file's content. :raises: ScoreModelUnreadable."""
    try:
        return ScoreModel.model_validate_json(content)
    except ValidationError as error:
        raise ScoreModelUnreadable("The finger score's model is damaged: reinstall the software.") from error
