"""The score, 0 to 100, from one of two sources behind one interface: an installed NFIQ 2, or the built-in model.

The built-in one is `smilius-29794-4`. It is not NFIQ 2 and never says so; how far it is off, and how it orders worse
presses of one finger, docs/finger-quality.md says. Minutiae are not looked at: another detector finds others, by a
shift that nobody has measured on the table's prints, and the model reaches its aim without them.
Source: facts/standards.md section 5.
"""

from typing import Protocol

from capture.finger.measures import Measures
from capture.finger.model import installed_model
from capture.sample import Quality
from drivers.contract import GreyPixels

ALGORITHM = "smilius-29794-4"
"""The built-in algorithm's own name."""


class Scorer(Protocol):
    """What makes scores. Failure is a value: a quality without a score that says why, and never 0."""

    def score(self, pixels: GreyPixels, *, measures: Measures) -> Quality:
        """The score of a print.

        :param pixels: shape (height_px, width_px), uint8, 0 = ridge, at 500 ppi.
        :param measures: what was measured on them.
        """
        ...


class BuiltInScorer:
    """The fitted model; always there."""

    def score(self, pixels: GreyPixels, *, measures: Measures) -> Quality:  # noqa: ARG002 (the interface's)
        """The score of a print, from its measures. :raises: ScoreModelUnreadable."""
        return assess(measures)


BUILT_IN: Scorer = BuiltInScorer()
"""The scorer where no other is installed."""


def assess(measures: Measures) -> Quality:
    """The built-in score of a print, or why it has none: what cannot be assessed is never 0.

    :raises: ScoreModelUnreadable when the installation's model is missing or damaged.
    """
    model = installed_model()
    if measures.failure is not None:
        return Quality(score=None, algorithm=ALGORITHM, version=model.version, failure=measures.failure.sentence)
    return Quality(score=model.estimate(measures.values).score, algorithm=ALGORITHM, version=model.version)
