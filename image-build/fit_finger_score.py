"""Fit the finger score on the table that is published with NFIQ 2.3, and write it as data.

    python image-build/fit_finger_score.py .../conformance_expected_output-v2.3.0.csv [--examples DIR]

Deterministic: the same table gives the same file. Each trait gets a line with one bend, by least squares in the score's
own scale; gains are not negative, so that the direction of each trait holds, and a touch of ridge lets traits that say
the same share it. The error is measured by repeated cross-validation. `--examples` also prints the scores of the prints
in a folder beside the reference's own; they take no part in the fit.
Source of the table and its columns: facts/standards.md section 5.
"""

import argparse
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.finger.measures import measure
from capture.finger.score import ScoreModel
from capture.finger.trait import TRAITS, traits_of

VERSION = "0.1"
TARGET = Path(__file__).resolve().parent.parent / "capture" / "finger" / "score.json"
PIECES = 2
TAIL_PERCENT = 2.0
RIDGE = 0.01
ROUNDS = 12
SLOPE_MIN = 0.03
FOLDS, REPEATS = 10, 10
DIGITS = 6

Matrix = NDArray[np.float64]
Predict = Callable[[Matrix], Matrix]
DIRECTION = np.array([1.0 if trait.rises else -1.0 for trait in TRAITS])


class Fitted:
    """Knots and gains of every trait, in the direction in which they raise the score."""

    def __init__(self, traits: Matrix, scores: Matrix) -> None:
        """Fit. :param traits: shape (rows, traits), each in its rising direction. :param scores: shape (rows,)."""
        percents = np.linspace(TAIL_PERCENT, 100 - TAIL_PERCENT, PIECES + 1)
        self.knots = np.percentile(traits, percents, axis=0).T
        pieces = self.pieces(traits)
        centre = pieces.mean(axis=0)
        self.gains, self.offset = np.zeros(pieces.shape[1]), 0.0
        for _ in range(ROUNDS):
            total = (pieces - centre) @ self.gains + self.offset
            share = 1 / (1 + np.exp(-total))
            slope = np.maximum(share * (1 - share), SLOPE_MIN)
            self._step(pieces - centre, target=total + (scores / 100 - share) / slope, slope=slope)
        self.offset -= float(centre @ self.gains)

    def pieces(self, traits: Matrix) -> Matrix:
        """How much of each piece of each line a row has behind it, 0 to 1; shape (rows, traits * pieces)."""
        start, end = self.knots[:, :-1], self.knots[:, 1:]
        done = (np.clip(traits[:, :, None], start, end) - start) / (end - start)
        return np.asarray(done.reshape(len(traits), -1))

    def _step(self, pieces: Matrix, *, target: Matrix, slope: Matrix) -> None:
        weight = slope**2 / (slope**2).sum()
        middle, level = weight @ pieces, float(weight @ target)
        left, right = slope[:, None] * (pieces - middle), slope * (target - level)
        self.gains = nonnegative(left.T @ left + RIDGE * np.eye(left.shape[1]), left.T @ right)
        self.offset = level - float(middle @ self.gains)

    def predict(self, traits: Matrix) -> Matrix:
        """Scores, shape (rows,), not rounded."""
        return np.asarray(100 / (1 + np.exp(-(self.pieces(traits) @ self.gains + self.offset))))


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


def read_table(content: bytes) -> tuple[Matrix, Matrix]:
    """Traits (rows, traits) in their rising direction, and scores (rows,), of every row that has a score."""
    rows = [row for row in csv.DictReader(io.StringIO(content.decode())) if row["QualityScore"].isdigit()]
    traits = [list(traits_of({name: _number(text) for name, text in row.items()}).values()) for row in rows]
    return np.array(traits) * DIRECTION, np.array([float(row["QualityScore"]) for row in rows])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def ranks(values: Matrix) -> Matrix:
    """Ranks from 0, equal values sharing their mean rank."""
    ordered = np.sort(values)
    return np.asarray((np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") - 1) / 2)


def cross_validate(traits: Matrix, scores: Matrix, *, repeats: int = REPEATS) -> dict[str, float]:
    """Errors on rows that the fit had not seen."""
    errors, correlations = [], []
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(len(scores))
        predicted = np.empty(len(scores))
        for fold in range(FOLDS):
            held = np.isin(np.arange(len(scores)), order[fold::FOLDS])
            predicted[held] = np.round(Fitted(traits[~held], scores[~held]).predict(traits[held]))
        errors.append(np.abs(predicted - scores))
        correlations.append(np.corrcoef(ranks(predicted), ranks(scores))[0, 1])
    return {
        "mean_absolute_error": round(float(np.mean(errors)), 2),
        "error_95": round(float(np.percentile(errors, 95)), 1),
        "rank_correlation": round(float(np.mean(correlations)), 4),
    }


def as_data(fitted: Fitted, *, fit: dict[str, object]) -> bytes:
    """The file's content."""
    terms = []
    for trait, knots, gains in zip(TRAITS, fitted.knots, fitted.gains.reshape(len(TRAITS), -1), strict=True):
        effects = np.concatenate([[0.0], np.cumsum(gains)])
        line = (knots, effects) if trait.rises else (-knots[::-1], effects[::-1])
        terms.append({"trait": trait.name, "knots": _rounded(line[0]), "effects": _rounded(line[1])})
    model = {"version": VERSION, "offset": round(fitted.offset, DIGITS), "terms": terms, "fit": fit}
    return (json.dumps(model, indent=1) + "\n").encode()


def _rounded(values: Matrix) -> list[float]:
    return [round(float(value), DIGITS) + 0.0 for value in values]


def show_examples(model: ScoreModel, folder: Path) -> None:
    """Print the score of each example print beside the reference's."""
    for path in sorted(folder.glob("*.pgm")):
        pixels = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        reference = re.search(r"Score: (\d+)", path.with_name(f"{path.stem}_output.txt").read_text())
        ours = model.score(traits_of(measure(pixels).values))
        print(f"{path.name}: {ours}, the reference {reference[1] if reference else 'unknown'}")


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(description="Fit the finger score on NFIQ 2.3's published table.")
    parser.add_argument("table", type=Path, help="conformance_expected_output-v2.3.0.csv")
    parser.add_argument("--examples", type=Path, help="folder of example prints, shown and not fitted on")
    arguments = parser.parse_args()
    content = arguments.table.read_bytes()
    traits, scores = read_table(content)
    errors = cross_validate(traits, scores)
    source = {"table_sha256": hashlib.sha256(content).hexdigest(), "rows": len(scores)}
    data = as_data(Fitted(traits, scores), fit={**source, "folds": FOLDS, "repeats": REPEATS, **errors})
    print(f"{len(scores)} rows, cross-validated: {errors}")
    if arguments.examples:
        show_examples(ScoreModel.model_validate_json(data), arguments.examples)
    TARGET.write_bytes(data)


if __name__ == "__main__":
    main()
