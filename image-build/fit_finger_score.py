"""Fit the finger score on the table that is published with NFIQ 2.3, and write it as data.

    python image-build/fit_finger_score.py .../conformance_expected_output-v2.3.0.csv [--examples DIR]

Deterministic: the same table gives the same file. The trend: each trait gets a line with one bend, by least squares in
the score's own scale; gains are not negative, so that the direction of each trait holds, and a touch of ridge lets
traits that say the same share it. The likeness: the weights of its groups, its strength and its noise are those under
which the table's scores are likeliest, found by climbing the slope of that likelihood with steps that grow while the
slope keeps its sign. The error is that of both together, measured by repeated cross-validation in which the weights are
found anew on every part. `--examples` also prints the scores of the prints in a folder beside the reference's own; they
take no part in the fit.
Source of the table and its columns: facts/standards.md section 5.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from capture.finger.likeness import (  # noqa: E402
    GROUP_OF,
    GROUPS,
    Likeness,
    LikenessData,
    angle_of,
    coordinates_of,
)
from capture.finger.measures import measure  # noqa: E402
from capture.finger.model import ScoreModel, blend  # noqa: E402
from capture.finger.trait import TRAITS, traits_of  # noqa: E402
from page import scored_rows  # noqa: E402

VERSION = "0.2"
TARGET = ROOT / "capture" / "finger" / "score.json"
TREND_SHARE = 0.35
CLIMBS = 60
THRESHOLD = 26
USUAL_WEIGHT, WEIGHT_DOUBT = -3.0, 0.025
PIECES = 2
TAIL_PERCENT = 2.0
RIDGE = 0.01
ROUNDS = 12
SLOPE_MIN = 0.03
FOLDS, REPEATS = 10, 10
DIGITS, ROW_DIGITS = 6, 4

Matrix = NDArray[np.float64]
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


class Alike:
    """Weights, strength and noise of the likeness, and its rows."""

    def __init__(self, places: Matrix, scores: Matrix) -> None:
        """Fit. :param places: shape (rows, coordinates). :param scores: shape (rows,)."""
        self.centre, self.spread = places.mean(axis=0), places.std(axis=0)
        self.rows, self.scores = (places - self.centre) / self.spread, scores
        angles = np.array([angle_of(score) for score in scores])
        self.target = (angles - angles.mean()) / angles.std()
        square = (self.rows[:, None] - self.rows[None]) ** 2
        self.apart = np.stack([square[:, :, group == GROUP_OF].mean(axis=2) for group in range(len(GROUPS))])
        self.logs = climb(self.slope, start=np.array([0.0, np.log(0.1), *[np.log(0.1)] * len(GROUPS)]))

    def slope(self, logs: Matrix) -> Matrix:
        """How the log likelihood rises with the logarithms of strength, noise and weights."""
        strength, noise, weights = np.exp(logs[0]), np.exp(logs[1]), np.exp(logs[2:])
        like = strength * np.exp(-np.tensordot(weights, self.apart, axes=1) / 2)
        inverse = np.linalg.inv(like + noise * np.eye(len(like)))
        pull = inverse @ self.target
        both = np.outer(pull, pull) - inverse
        by_weight = -weights * np.tensordot(self.apart, both * like, axes=2) / 4
        doubt = WEIGHT_DOUBT * (logs[2:] - USUAL_WEIGHT)
        return np.concatenate([[(both * like).sum() / 2, noise * np.trace(both) / 2], by_weight - doubt])

    def data(self) -> LikenessData:
        """As the model has it."""
        strength, noise, *weights = np.exp(self.logs)
        return LikenessData(
            centre=tuple(_rounded(self.centre)),
            spread=tuple(_rounded(self.spread)),
            weights=tuple(_rounded(np.array(weights))),
            strength=round(float(strength), DIGITS),
            noise=round(float(noise), DIGITS),
            scores=tuple(int(score) for score in self.scores),
            rows=tuple(tuple(round(float(value), ROW_DIGITS) + 0.0 for value in row) for row in self.rows),
        )


def climb(slope: Callable[[Matrix], Matrix], *, start: Matrix) -> Matrix:
    """A place near the top: each coordinate's step grows while its slope keeps its sign, and halves when it turns."""
    place, step, before = start.copy(), np.full(len(start), 0.2), np.zeros(len(start))
    for _ in range(CLIMBS):
        here = slope(place)
        same = here * before
        step = np.clip(np.where(same > 0, step * 1.2, np.where(same < 0, step * 0.5, step)), 1e-3, 0.6)
        place = np.clip(place + np.sign(here) * step, -9.0, 3.0)
        before = here
    return place


@dataclass(frozen=True)
class Table:
    """The scored rows."""

    values: list[dict[str, float]]
    """All native measures of each row."""
    traits: Matrix
    """Shape (rows, traits), each in its rising direction."""
    places: Matrix
    """Shape (rows, coordinates)."""
    scores: Matrix
    """Shape (rows,)."""


def read_table(content: bytes) -> Table:
    """Every row that has a score."""
    rows = scored_rows(content)
    values = [{name: _number(text) for name, text in row.items()} for row in rows]
    return Table(
        values=values,
        traits=np.array([list(traits_of(row).values()) for row in values]) * DIRECTION,
        places=np.array([coordinates_of(row) for row in values]),
        scores=np.array([float(row["QualityScore"]) for row in rows]),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def predict(table: Table, held: NDArray[np.bool_]) -> Matrix:
    """Rounded scores of the held rows from a model that was fitted without them."""
    trends = Fitted(table.traits[~held], table.scores[~held]).predict(table.traits[held])
    curve = Likeness.of(Alike(table.places[~held], table.scores[~held]).data())
    read = [curve.read(table.values[row]) for row in np.flatnonzero(held)]
    return np.array(
        [
            round(blend(float(trend), likeness, familiarity=familiarity, trend_share=TREND_SHARE))
            for trend, (likeness, familiarity) in zip(trends, read, strict=True)
        ]
    )


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


def as_data(fitted: Fitted, alike: Alike, *, fit: dict[str, object]) -> bytes:
    """The file's content: one row of the table a line."""
    terms = []
    for trait, knots, gains in zip(TRAITS, fitted.knots, fitted.gains.reshape(len(TRAITS), -1), strict=True):
        effects = np.concatenate([[0.0], np.cumsum(gains)])
        line = (knots, effects) if trait.rises else (-knots[::-1], effects[::-1])
        terms.append({"trait": trait.name, "knots": _rounded(line[0]), "effects": _rounded(line[1])})
    model = {
        "version": VERSION,
        "fit": fit,
        "trend_share": TREND_SHARE,
        "offset": round(fitted.offset, DIGITS),
        "terms": terms,
        "likeness": alike.data().model_dump(),
    }
    text = json.dumps(model, indent=1)
    return (re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), text) + "\n").encode()


def _rounded(values: Matrix) -> list[float]:
    return [round(float(value), DIGITS) + 0.0 for value in values]


def show_examples(model: ScoreModel, folder: Path) -> None:
    """Print the score of each example print beside the reference's."""
    for path in sorted(folder.glob("*.pgm")):
        pixels = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        reference = re.search(r"Score: (\d+)", path.with_name(f"{path.stem}_output.txt").read_text())
        ours = model.estimate(measure(pixels).values)
        parts = f"trend {ours.trend:.0f}, likeness {ours.likeness:.0f}, familiarity {ours.familiarity:.2f}"
        print(f"{path.name}: {ours.score}, the reference {reference[1] if reference else 'unknown'}; {parts}")


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(description="Fit the finger score on NFIQ 2.3's published table.")
    parser.add_argument("table", type=Path, help="conformance_expected_output-v2.3.0.csv")
    parser.add_argument("--examples", type=Path, help="folder of example prints, shown and not fitted on")
    arguments = parser.parse_args()
    content = arguments.table.read_bytes()
    table = read_table(content)
    errors = cross_validate(table)
    source = {"table_sha256": hashlib.sha256(content).hexdigest(), "rows": len(table.scores)}
    fitted, alike = Fitted(table.traits, table.scores), Alike(table.places, table.scores)
    data = as_data(fitted, alike, fit={**source, "folds": FOLDS, "repeats": REPEATS, **errors})
    print(f"{len(table.scores)} rows, cross-validated: {errors}")
    if arguments.examples:
        show_examples(ScoreModel.model_validate_json(data), arguments.examples)
    TARGET.write_bytes(data)


if __name__ == "__main__":
    main()
