"""The score, 0 to 100, from a small fitted model: `smilius-29794-4`. It is not NFIQ 2 and never says so.

The model is data (`score.json`), written by `image-build/fit_finger_score.py` from the table that is published with
NFIQ 2.3: each trait of a print adds to a sum along a line with one bend, only ever in the direction that its physics
says, and flat beyond what the table has seen; the sum is bent into 0 to 100.

How far it is off: `score.json` holds the cross-validated error (mean 6.0, 95 in 100 within 18; rank correlation 0.96).
The traits were chosen on the same 199 rows, so a little optimism is in these figures. Minutiae are not looked at, and
prints unlike any in the table are judged by extrapolation: the five published synthetic prints, for which NFIQ 2.3 says
45 to 57, get 90 and more.
Source: facts/standards.md section 5.
"""

from functools import cache
from importlib.resources import files
from math import exp
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from capture.finger.errors import ScoreModelUnreadable
from capture.finger.measures import Measures
from capture.finger.trait import TRAITS, traits_of
from capture.sample import Quality

ALGORITHM = "smilius-29794-4"
"""The algorithm's own name."""

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


class ScoreModel(_Part):
    """A fitted score."""

    version: str = Field(pattern=r"^\d+\.\d+$")
    """Counted up with every change of the model."""
    offset: _Finite
    """The sum without any trait."""
    terms: tuple[Term, ...]
    """One for each trait."""
    fit: Fit
    """Where it comes from."""

    @model_validator(mode="after")
    def _has_every_trait(self) -> Self:
        if {term.trait for term in self.terms} != {trait.name for trait in TRAITS} or len(self.terms) != len(TRAITS):
            raise ValueError("the model was fitted on other traits")
        return self

    def score(self, traits: dict[str, float]) -> int:
        """0 to 100."""
        total = self.offset + sum(term.at(traits[term.trait]) for term in self.terms)
        return round(100 / (1 + exp(-total)))


def assess(measures: Measures) -> Quality:
    """The score of a print, or why it has none: what cannot be assessed is never 0.

    :raises: ScoreModelUnreadable when the installation's model is missing or damaged.
    """
    model = installed_model()
    if measures.failure is not None:
        return Quality(score=None, algorithm=ALGORITHM, version=model.version, failure=measures.failure.sentence)
    return Quality(score=model.score(traits_of(measures.values)), algorithm=ALGORITHM, version=model.version)


@cache
def installed_model() -> ScoreModel:
    """The model of this installation. :raises: ScoreModelUnreadable when it is missing or damaged."""
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
