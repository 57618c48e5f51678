"""The model: what is installed, how it blends its parts, what damaged models do, and that the table gives it."""

import importlib.util
import json
from importlib.resources import files
from itertools import product
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from capture.finger.errors import ScoreModelUnreadable
from capture.finger.measures import measure
from capture.finger.model import blend, installed_model, read_model
from capture.finger.trait import TRAITS
from tests.capture.finger.pattern import DATA, NAMES, TABLE, example, expected, finger, needs_examples

SCRIPT = Path(__file__).resolve().parents[3] / "image-build" / "fit_finger_score.py"
CONTENT = files("capture.finger").joinpath("score.json").read_bytes()


def test_no_trait_pushes_against_its_physics() -> None:
    rises = {trait.name: trait.rises for trait in TRAITS}
    for term in installed_model().terms:
        steps = np.diff(term.effects)
        assert (steps >= 0).all() if rises[term.trait] else (steps <= 0).all()
        assert term.at(-1e9) == term.effects[0]
        assert term.at(1e9) == term.effects[-1]


def test_the_installed_model_states_its_error_and_meets_its_aims() -> None:
    fit = installed_model().fit
    assert fit.rows == 199
    assert fit.mean_absolute_error <= 5.5
    assert fit.rank_correlation >= 0.95


def test_what_is_unknown_is_never_judged_better_than_either_part_says() -> None:
    for trend, likeness, familiarity in product((0, 30, 60, 100), (0, 45, 100), (0, 0.3, 1)):
        score = blend(trend, likeness, familiarity=familiarity, trend_share=0.35)
        assert min(trend, likeness) - 1e-9 <= score <= max(trend, likeness) + 1e-9
        unknown = blend(trend, likeness, familiarity=0, trend_share=0.35)
        assert unknown == min(trend, likeness)
        assert score >= unknown - 1e-9


def test_an_estimate_is_within_its_parts_and_says_how_familiar_it_is() -> None:
    estimate = installed_model().estimate(measure(finger()).values)
    assert 0 <= estimate.familiarity <= 1
    assert min(estimate[1:3]) - 0.5 <= estimate.score <= max(estimate[1:3]) + 0.5


@needs_examples
def test_the_published_prints_are_known_to_be_unlike_the_table() -> None:
    estimates = [installed_model().estimate(measure(example(name)).values) for name in NAMES]
    assert all(estimate.familiarity < 0.7 for estimate in estimates)
    differences = [
        estimate.score - expected(name)["UnifiedQualityScore"] for estimate, name in zip(estimates, NAMES, strict=True)
    ]
    assert max(map(abs, differences)) <= 22
    assert np.mean(np.abs(differences)) <= 10


LIKENESS = json.loads(CONTENT)["likeness"]


def edited(**changes: object) -> bytes:
    return json.dumps(json.loads(CONTENT) | changes).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        CONTENT[:-30],
        edited(offset="NaN"),
        edited(version="NFIQ 2"),
        edited(terms=[]),
        edited(terms=json.loads(CONTENT)["terms"][:-1] * 2),
        edited(terms=[{"trait": "coherence", "knots": [1, 1], "effects": [0, 1]}]),
        edited(terms=[{"trait": "coherence", "knots": [1, 2], "effects": [0, 1, 2]}]),
        edited(extra=1),
        edited(trend_share=1.5),
        edited(likeness={}),
        edited(likeness=LIKENESS | {"weights": LIKENESS["weights"][1:]}),
        edited(likeness=LIKENESS | {"spread": [0.0, *LIKENESS["spread"][1:]]}),
        edited(likeness=LIKENESS | {"scores": LIKENESS["scores"][1:]}),
        edited(likeness=LIKENESS | {"scores": [101, *LIKENESS["scores"][1:]]}),
        edited(likeness=LIKENESS | {"rows": [row[1:] for row in LIKENESS["rows"]]}),
    ],
)
def test_a_damaged_model_is_a_sentence_and_a_code(content: bytes) -> None:
    with pytest.raises(ScoreModelUnreadable) as caught:
        read_model(content)
    assert caught.value.code == "score-model-unreadable"
    assert caught.value.sentence.endswith(".")


def fitting() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fit_finger_score", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not DATA.is_dir(), reason="NIST's published table is not beside the repository")
def test_the_installed_model_is_what_the_table_gives() -> None:
    script = fitting()
    table = script.read_table(TABLE.read_bytes())
    trend, alike = script.Fitted(table.traits, table.scores), script.Alike(table.places, table.scores)
    fitted = read_model(script.as_data(trend, alike, fit=installed_model().fit.model_dump()))
    installed = installed_model()
    assert fitted.offset == pytest.approx(installed.offset, abs=1e-3)
    for ours, theirs in zip(fitted.terms, installed.terms, strict=True):
        assert ours.trait == theirs.trait
        assert ours.knots == pytest.approx(theirs.knots, abs=1e-3)
        assert ours.effects == pytest.approx(theirs.effects, abs=1e-3)
    assert np.allclose(fitted.likeness.rows, installed.likeness.rows, atol=1e-3)
    assert fitted.likeness.weights == pytest.approx(installed.likeness.weights, rel=0.05, abs=1e-3)
    apart = [abs(fitted.estimate(row).score - installed.estimate(row).score) for row in table.values]
    assert max(apart) <= 1


@pytest.mark.skipif(not DATA.is_dir(), reason="NIST's published table is not beside the repository")
def test_the_stated_error_is_what_cross_validation_gives() -> None:
    script = fitting()
    errors = script.cross_validate(script.read_table(TABLE.read_bytes()), repeats=1)
    fit = installed_model().fit
    assert errors["mean_absolute_error"] == pytest.approx(fit.mean_absolute_error, abs=0.3)
    assert errors["rank_correlation"] == pytest.approx(fit.rank_correlation, abs=0.01)
    assert errors["other_side_of_26"] == pytest.approx(fit.other_side_of_26, abs=0.03)


def test_slopes_are_slopes() -> None:
    script = fitting()
    rng = np.random.default_rng(4)
    places = rng.normal(size=(30, len(script.GROUP_OF)))
    alike = script.Alike(places, np.clip(np.rint(50 + 20 * places[:, 0]), 0, 100))

    def likelihood(logs: np.ndarray) -> float:
        like = np.exp(logs[0]) * np.exp(-np.tensordot(np.exp(logs[2:]), alike.apart, axes=1) / 2)
        covariance = like + np.exp(logs[1]) * np.eye(len(like))
        fit = alike.target @ np.linalg.solve(covariance, alike.target)
        doubt = script.WEIGHT_DOUBT * ((logs[2:] - script.USUAL_WEIGHT) ** 2).sum()
        return float(-(fit + np.linalg.slogdet(covariance)[1] + doubt) / 2)

    place = rng.normal(-1, 0.3, len(alike.logs))
    steps = 1e-4 * np.eye(len(place))
    rises = [(likelihood(place + step) - likelihood(place - step)) / 2e-4 for step in steps]
    assert alike.slope(place) == pytest.approx(rises, abs=1e-4, rel=1e-3)


def test_climbing_finds_the_top() -> None:
    top = np.array([0.5, -2.0])
    assert fitting().climb(lambda place: top - place, start=np.zeros(2)) == pytest.approx(top, abs=0.02)
