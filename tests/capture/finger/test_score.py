"""The score: what the installed model says, how far it is off, and what damaged models do."""

import importlib.util
import json
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from capture.finger.errors import ScoreModelUnreadable
from capture.finger.measures import Measures, Unmeasurable, measure
from capture.finger.score import ALGORITHM, assess, installed_model, read_model
from capture.finger.trait import TRAITS
from tests.capture.finger.pattern import DATA, TABLE, finger

SCRIPT = Path(__file__).resolve().parents[3] / "image-build" / "fit_finger_score.py"
CONTENT = files("capture.finger").joinpath("score.json").read_bytes()


def test_the_algorithm_has_a_name_of_its_own() -> None:
    quality = assess(measure(finger()))
    assert (quality.algorithm, quality.version) == ("smilius-29794-4", "0.1")
    assert quality.score is not None
    assert 0 <= quality.score <= 100
    assert quality.failure is None


@pytest.mark.parametrize("failure", list(Unmeasurable))
def test_what_cannot_be_assessed_is_never_0(failure: Unmeasurable) -> None:
    quality = assess(Measures({}, failure))
    assert quality.score is None
    assert quality.failure == failure.sentence
    assert quality.algorithm == ALGORITHM


def test_no_trait_pushes_against_its_physics() -> None:
    rises = {trait.name: trait.rises for trait in TRAITS}
    for term in installed_model().terms:
        steps = np.diff(term.effects)
        assert (steps >= 0).all() if rises[term.trait] else (steps <= 0).all()
        assert term.at(-1e9) == term.effects[0]
        assert term.at(1e9) == term.effects[-1]


def test_the_score_falls_with_noise_and_with_area() -> None:
    clean = finger()
    rng = np.random.default_rng(9)
    noisy = [np.clip(clean + rng.normal(0, level, clean.shape), 0, 255).astype(np.uint8) for level in (60, 120)]
    smaller = [finger(half_axes_px=(110 * share, 170 * share)) for share in (0.7, 0.45)]
    for series in ([clean, *noisy], [clean, *smaller]):
        scores = [assess(measure(picture)).score or 0 for picture in series]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > scores[-1] + 20


def test_the_installed_model_states_its_error() -> None:
    fit = installed_model().fit
    assert fit.rows == 199
    assert fit.mean_absolute_error <= 6.5
    assert fit.rank_correlation >= 0.95


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
    traits, scores = script.read_table(TABLE.read_bytes())
    fitted = json.loads(script.as_data(script.Fitted(traits, scores), fit=installed_model().fit.model_dump()))
    installed = json.loads(CONTENT)
    assert fitted["offset"] == pytest.approx(installed["offset"], abs=1e-3)
    for ours, theirs in zip(fitted["terms"], installed["terms"], strict=True):
        assert ours["trait"] == theirs["trait"]
        assert ours["knots"] == pytest.approx(theirs["knots"], abs=1e-3)
        assert ours["effects"] == pytest.approx(theirs["effects"], abs=1e-3)


@pytest.mark.skipif(not DATA.is_dir(), reason="NIST's published table is not beside the repository")
def test_the_stated_error_is_what_cross_validation_gives() -> None:
    script = fitting()
    errors = script.cross_validate(*script.read_table(TABLE.read_bytes()), repeats=2)
    fit = installed_model().fit
    assert errors["mean_absolute_error"] == pytest.approx(fit.mean_absolute_error, abs=0.3)
    assert errors["rank_correlation"] == pytest.approx(fit.rank_correlation, abs=0.01)
