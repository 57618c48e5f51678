"""The model behind the built-in score: data (`score.json`), written by `image-build/fit_finger_score.py`.

Two parts, fitted on the table that is published with NFIQ 2.3. The *trend* adds each trait along a line with one bend,
only ever in the direction that its physics says, and flat beyond what the table has seen. The *likeness* reads off the
table's prints that are like this one. Where the table knows such prints the score is the two's weighted mean; the less
it knows them, the more the lower of the two decides: what is not known is never judged better than either part says.
"""

from functools import cache, cached_property
from importlib.resources import files
from math import exp
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from capture.finger.errors import ScoreModelUnreadable
from capture.finger.likeness import Likeness, LikenessData
from capture.finger.trait import TRAITS, Values, traits_of

_Finite = Annotated[float, Field(allow_inf_nan=False)]


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


class Term(_Part):
    """What one trait adds: a line through these points, flat before the first and after the last."""

    trait: str
    """The trait's name."""
    knots: tuple[_Finite, ...] = Field(min_length=2)
    """Values of the trait, ascending."""
    effects: tuple[_Finite, ...] = Field(min_length=2)
    """What is added at each."""

    @model_validator(mode="after")
    def _is_a_line(self) -> Self:
        if len(self.knots) != len(self.effects) or any(
            b <= a for a, b in zip(self.knots, self.knots[1:], strict=False)
        ):
            raise ValueError("a term needs ascending knots and an effect for each")
        return self

    def at(self, value: float) -> float:
        """What the trait adds at this value."""
        return float(np.interp(value, self.knots, self.effects))


class Estimate(NamedTuple):
    """A score and what it is made of; the parts are 0 to 100."""

    score: int
    """The score."""
    trend: float
    """What the traits say."""
    likeness: float
    """What the table's prints that are like this one say."""
    familiarity: float
    """How well the table knows such prints, 0 to 1: under one half the score is an extrapolation."""


def blend(trend: float, likeness: float, *, familiarity: float, trend_share: float) -> float:
    """The two parts as one score, 0 to 100, not rounded: between the two, and the lower where nothing is known."""
    known = trend_share * trend + (1 - trend_share) * likeness
    return familiarity * known + (1 - familiarity) * min(trend, likeness)


class ScoreModel(_Part):
    """A fitted score."""

    version: str = Field(pattern=r"^\d+\.\d+$")
    """Counted up with every change of the model."""
    fit: Fit
    """Where it comes from."""
    trend_share: float = Field(ge=0, le=1)
    """The trend's share in what the table knows."""
    offset: _Finite
    """The trend's sum without any trait."""
    terms: tuple[Term, ...]
    """One for each trait."""
    likeness: LikenessData
    """The table's rows."""

    @model_validator(mode="after")
    def _has_every_trait(self) -> Self:
        if {term.trait for term in self.terms} != {trait.name for trait in TRAITS} or len(self.terms) != len(TRAITS):
            raise ValueError("the model was fitted on other traits")
        return self

    @cached_property
    def curve(self) -> Likeness:
        """The likeness, ready to be read; laid when first asked for, which takes some ten milliseconds."""
        return Likeness.of(self.likeness)

    def trend(self, traits: Values) -> float:
        """What the traits say, 0 to 100."""
        return 100 / (1 + exp(-self.offset - sum(term.at(traits[term.trait]) for term in self.terms)))

    def estimate(self, values: Values) -> Estimate:
        """The score of a print. :param values: all native measures, as `measure` gives them where nothing failed."""
        trend = self.trend(traits_of(values))
        likeness, familiarity = self.curve.read(values)
        score = round(blend(trend, likeness, familiarity=familiarity, trend_share=self.trend_share))
        return Estimate(score=score, trend=trend, likeness=likeness, familiarity=familiarity)


@cache
def installed_model() -> ScoreModel:
    """The model of this installation, ready for the first print. :raises: ScoreModelUnreadable when it is none."""
    try:
        model = read_model(files("capture.finger").joinpath("score.json").read_bytes())
    except OSError as error:
        raise ScoreModelUnreadable("The finger score's model is missing: reinstall the software.") from error
    _ = model.curve
    return model


def read_model(content: bytes) -> ScoreModel:
    """A model from its file's content. :raises: ScoreModelUnreadable."""
    try:
        return ScoreModel.model_validate_json(content)
    except ValidationError as error:
        raise ScoreModelUnreadable("The finger score's model is damaged: reinstall the software.") from error
