"""Fit the finger score on the table that is published with NFIQ 2.3, and write it as data.

    python image-build/fit_finger_score.py .../conformance_expected_output-v2.3.0.csv [--examples DIR]

Deterministic: the same table gives the same file. Each trait, and the mean of each two, offers soft steps at five
places among the table's rows; how high each step is, and that most are not there at all, comes by least squares in
angles. No height is negative, so that the direction of each trait holds; a touch of ridge lets steps that say the same
share it. A few rounds in which far rows count less bring squares near to plain distances. The error is that of models
which were fitted in the same way without the rows that they are asked about, by repeated cross-validation; nothing here
is chosen by it, but traits and constants were chosen with the same table in sight.
`--examples` also prints the scores of the prints in a folder beside the reference's own; they take no part in the fit.
Source of the table and its columns: facts/standards.md section 5.
"""

import argparse
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from capture.finger.measures import measure  # noqa: E402
from capture.finger.model import ScoreModel, angle_of  # noqa: E402
from capture.finger.trait import AREA_PX, TRAITS, traits_of  # noqa: E402
from page import EXAMPLES, example, published_values, scored_rows  # noqa: E402

VERSION = "0.3"
TARGET = ROOT / "capture" / "finger" / "score.json"
THRESHOLD = 26
TAIL_PERCENT = 1.0
PLACES_PERCENT = (10, 30, 50, 70, 90)
RIDGE = 0.03
ROUNDS, NEAR_RAD = 4, 0.1
FOLDS, REPEATS = 10, 10
DIGITS = 6

Matrix = NDArray[np.float64]
DIRECTION = np.array([1.0 if trait.rises else -1.0 for trait in TRAITS])
ALONG = [(place,) for place in range(len(TRAITS))] + list(combinations(range(len(TRAITS)), 2))
UNMEASURED = {
    "folds": FOLDS,
    "repeats": REPEATS,
    "mean_absolute_error": 0.0,
    "error_95": 0.0,
    "rank_correlation": 0.0,
    "other_side_of_26": 0.0,
}


@dataclass(frozen=True)
class Table:
    """The scored rows."""

    sha256: str
    """Of the file."""
    values: list[dict[str, float]]
    """All native measures of each row."""
    scores: Matrix
    """Shape (rows,)."""

    @property
    def traits(self) -> Matrix:
        """Shape (rows, traits)."""
        return np.array([list(traits_of(row).values()) for row in self.values])

    def part(self, kept: NDArray[np.bool_]) -> "Table":
        """Only some rows."""
        return Table(self.sha256, [self.values[row] for row in np.flatnonzero(kept)], self.scores[kept])


def read_table(content: bytes) -> Table:
    """Every row that has a score."""
    rows = scored_rows(content)
    return Table(
        sha256=hashlib.sha256(content).hexdigest(),
        values=[{name: _number(text) for name, text in row.items()} for row in rows],
        scores=np.array([float(row["QualityScore"]) for row in rows]),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


class Fitted:
    """Scales, steps and their heights."""

    def __init__(self, table: Table) -> None:
        """Fit."""
        traits = table.traits
        self.low, self.high = np.percentile(traits, (TAIL_PERCENT, 100 - TAIL_PERCENT), axis=0)
        self.middle, self.spread = np.median(traits, axis=0), traits.std(axis=0)
        good = DIRECTION * (np.clip(traits, self.low, self.high) - self.middle) / self.spread
        along = np.array([good[:, list(places)].mean(axis=1) for places in ALONG]).T
        self.places = np.percentile(along, PLACES_PERCENT, axis=0).T
        self.widths = along.std(axis=0)
        done = 1 / (1 + np.exp(-2 * (along[:, :, None] - self.places) / self.widths[:, None]))
        angles = np.array([angle_of(score) for score in table.scores])
        heights, self.ground_rad = heights_of(done.reshape(len(traits), -1), angles)
        self.heights = heights.reshape(self.places.shape)

    def steps(self) -> list[dict[str, object]]:
        """As the model has them: those with a height."""
        return [
            {
                "traits": [TRAITS[one].name for one in ALONG[line]],
                "place": _rounded(self.places[line, place]),
                "width": _rounded(self.widths[line]),
                "height_rad": _rounded(self.heights[line, place]),
            }
            for line, place in np.argwhere(self.heights >= 10.0**-DIGITS)
        ]

    def scales(self) -> list[dict[str, object]]:
        """As the model has them."""
        table = np.array([self.low, self.high, self.middle, self.spread]).T
        names = ("low", "high", "middle", "spread")
        return [
            {"trait": trait.name} | dict(zip(names, map(_rounded, row), strict=True))
            for trait, row in zip(TRAITS, table, strict=True)
        ]


def heights_of(done: Matrix, angles: Matrix) -> tuple[Matrix, float]:
    """How high each step is, and where the ground is.

    :param done: how much of each step each row has behind it, 0 to 1; shape (rows, steps).
    :param angles: shape (rows,).
    """
    weights, heights, ground = np.ones(len(angles)), np.zeros(done.shape[1]), 0.0
    for _ in range(ROUNDS):
        share = weights / weights.sum()
        middle, level = share @ done, float(share @ angles)
        left, right = np.sqrt(weights)[:, None] * (done - middle), np.sqrt(weights) * (angles - level)
        heights = nonnegative(left.T @ left + RIDGE * np.eye(left.shape[1]), left.T @ right)
        ground = level - float(middle @ heights)
        weights = 1 / np.maximum(np.abs(done @ heights + ground - angles), NEAR_RAD)
        weights /= weights.mean()
    return heights, ground


def nonnegative(gram: Matrix, moment: Matrix) -> Matrix:
    """The x >= 0 that minimises x.gram.x / 2 - moment.x, by growing a set of free coordinates (Lawson and Hanson)."""
    x, free = np.zeros(len(moment)), np.zeros(len(moment), bool)
    while True:
        slope = np.where(free, -np.inf, moment - gram @ x)
        if slope.max() <= 1e-10:
            return x
        free[int(np.argmax(slope))] = True
        x = _settled(x, free, gram=gram, moment=moment)


def _settled(x: Matrix, free: NDArray[np.bool_], *, gram: Matrix, moment: Matrix) -> Matrix:
    while True:
        wanted = np.zeros(len(x))
        wanted[free] = np.linalg.solve(gram[np.ix_(free, free)], moment[free])
        blocked = free & (wanted <= 0)
        if not blocked.any():
            return wanted
        x = x + (x[blocked] / (x[blocked] - wanted[blocked])).min() * (wanted - x)
        free &= x > 1e-12
        x[~free] = 0


def model_of(table: Table, errors: dict[str, float] | None = None) -> ScoreModel:
    """The model that a table gives. :param errors: what cross-validation gave, where it was done."""
    return ScoreModel.model_validate_json(as_data(table, errors))


def as_data(table: Table, errors: dict[str, float] | None = None) -> bytes:
    """The file's content: one scale or step a line."""
    fitted = Fitted(table)
    scores = {"score_min": int(table.scores.min()), "score_max": int(table.scores.max())}
    model = {
        "version": VERSION,
        "fit": {"table_sha256": table.sha256, "rows": len(table.scores), **UNMEASURED, **(errors or {}), **scores},
        "largest_px": max(row[AREA_PX] for row in table.values),
        "usual_score": float(np.median(table.scores)),
        "ground_rad": _rounded(fitted.ground_rad),
        "scales": fitted.scales(),
        "steps": fitted.steps(),
    }
    text = json.dumps(model, indent=1)
    return (re.sub(r"\{[^][{}]*(\[[^]]*\])?[^][{}]*\}", lambda found: " ".join(found[0].split()), text) + "\n").encode()


def _rounded(value: float) -> float:
    return round(float(value), DIGITS) + 0.0


def predict(table: Table, held: NDArray[np.bool_]) -> Matrix:
    """Scores of the held rows from a model that was fitted without them."""
    model = model_of(table.part(~held))
    return np.array([model.estimate(row).score for row in table.part(held).values])


def ranks(values: Matrix) -> Matrix:
    """Ranks from 0, equal values sharing their mean rank."""
    ordered = np.sort(values)
    return np.asarray((np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") - 1) / 2)


def cross_validate(table: Table, *, repeats: int = REPEATS) -> dict[str, float]:
    """Errors on rows that the fit had not seen."""
    scores, errors, correlations, crossed = table.scores, [], [], []
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(len(scores))
        predicted = np.empty(len(scores))
        for fold in range(FOLDS):
            held = np.isin(np.arange(len(scores)), order[fold::FOLDS])
            predicted[held] = predict(table, held)
        errors.append(np.abs(predicted - scores))
        crossed.append((predicted - THRESHOLD + 0.5) * (scores - THRESHOLD + 0.5) < 0)
        correlations.append(np.corrcoef(ranks(predicted), ranks(scores))[0, 1])
    return {
        "mean_absolute_error": round(float(np.mean(errors)), 2),
        "error_95": round(float(np.percentile(errors, 95)), 1),
        "rank_correlation": round(float(np.mean(correlations)), 4),
        "other_side_of_26": round(float(np.mean(crossed)), 3),
    }


def show_examples(model: ScoreModel, folder: Path) -> None:
    """Print the score of each example print beside the reference's."""
    for name in EXAMPLES:
        ours = model.estimate(measure(example(folder, name)).values)
        theirs = published_values(folder, name)["UnifiedQualityScore"]
        print(
            f"{name}: {ours.score}, the reference {theirs:.0f}; by traits {ours.by_traits:.0f}, known {ours.known:.2f}"
        )


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(description="Fit the finger score on NFIQ 2.3's published table.")
    parser.add_argument("table", type=Path, help="conformance_expected_output-v2.3.0.csv")
    parser.add_argument("--examples", type=Path, help="folder of example prints, shown and not fitted on")
    arguments = parser.parse_args()
    table = read_table(arguments.table.read_bytes())
    errors = cross_validate(table)
    data = as_data(table, errors)
    print(f"{len(table.scores)} rows, cross-validated: {errors}")
    if arguments.examples:
        show_examples(ScoreModel.model_validate_json(data), arguments.examples)
    TARGET.write_bytes(data)


if __name__ == "__main__":
    main()
