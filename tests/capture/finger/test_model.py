"""The model: what is installed, which way it is pushed, what damaged models do, and that the table gives it."""

import importlib.util
import json
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from capture.finger.errors import ScoreModelUnreadable
from capture.finger.measures import measure
from capture.finger.model import angle_of, installed_model, read_model, score_of
from capture.finger.trait import AREA_PX, TRAITS, traits_of
from tests.capture.finger.pattern import DATA, NAMES, TABLE, example, expected, finger, needs_examples

SCRIPT = Path(__file__).resolve().parents[3] / "image-build" / "fit_finger_score.py"
CONTENT = files("capture.finger").joinpath("score.json").read_bytes()


def test_the_installed_model_states_its_error_and_meets_its_aims() -> None:
    fit = installed_model().fit
    assert fit.rows == 199
    assert fit.mean_absolute_error <= 5.5
    assert fit.rank_correlation >= 0.95


def falls(traits: dict[str, float]) -> list[str]:
    """Which traits, made better alone, lower the whole score of a print with these."""
    model = installed_model()
    scales = {scale.trait: scale for scale in model.scales}
    found = []
    for trait in TRAITS:
        scale = scales[trait.name]
        reach = 0.2 * (scale.high - scale.low)
        ladder = sorted({*np.linspace(scale.low - reach, scale.high + reach, 6), traits[trait.name]})
        scores = [model.by_traits(traits | {trait.name: value}) for value in ladder]
        steps = np.diff(scores) if trait.rises else -np.diff(scores)
        if steps.min() < -1e-9:
            found.append(trait.name)
    return found


def test_no_trait_pushes_the_whole_score_against_its_physics() -> None:
    rng = np.random.default_rng(8)
    for _ in range(30):
        shares = rng.uniform(-0.1, 1.1, len(TRAITS))
        drawn = zip(installed_model().scales, shares, strict=True)
        assert falls({scale.trait: scale.low + share * (scale.high - scale.low) for scale, share in drawn}) == []


@pytest.mark.skipif(not DATA.is_dir(), reason="NIST's published table is not beside the repository")
def test_nor_does_any_at_the_table_s_rows() -> None:
    rows = fitting().read_table(TABLE.read_bytes()).values
    assert [falls(traits_of(row)) for row in rows] == [[]] * 199


def test_every_trait_is_looked_at() -> None:
    used = {name for step in installed_model().steps for name in step.traits}
    assert used == {trait.name for trait in TRAITS}


@pytest.mark.parametrize("score", [0, 1, 26, 50, 99, 100])
def test_an_angle_is_its_score(score: float) -> None:
    assert score_of(angle_of(score)) == pytest.approx(score)


def test_beyond_the_ends_there_is_nothing() -> None:
    assert (score_of(-0.2), score_of(3.0)) == (0, 100)


def test_a_print_of_a_frame_s_size_is_scored_by_its_traits_alone() -> None:
    values = measure(finger()).values
    estimate = installed_model().estimate(values)
    assert estimate.known == installed_model().known(320 * 480) == 1
    assert estimate.score == round(estimate.by_traits)


def test_a_print_larger_than_the_table_s_gets_no_more_than_the_usual_score() -> None:
    model, values = installed_model(), measure(finger()).values
    scores = [model.estimate(values | {AREA_PX: model.largest_px * ratio}).score for ratio in (1, 1.02, 1.05, 1.1, 2)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] == round(model.usual_score)
    poor = measure(finger(depth=0.02)).values
    whole = model.estimate(poor)
    assert whole.by_traits < model.usual_score
    assert model.estimate(poor | {AREA_PX: 2 * model.largest_px}).score == whole.score


@needs_examples
def test_the_published_prints_are_known_to_be_larger_than_the_table_s() -> None:
    estimates = [installed_model().estimate(measure(example(name)).values) for name in NAMES]
    assert all(estimate.known < 0.2 for estimate in estimates)
    differences = [
        estimate.score - expected(name)["UnifiedQualityScore"] for estimate, name in zip(estimates, NAMES, strict=True)
    ]
    assert max(map(abs, differences)) <= 10
    assert np.mean(np.abs(differences)) <= 5


SCALES, STEPS = json.loads(CONTENT)["scales"], json.loads(CONTENT)["steps"]


def edited(**changes: object) -> bytes:
    return json.dumps(json.loads(CONTENT) | changes).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        CONTENT[:-30],
        edited(ground_rad="NaN"),
        edited(version="NFIQ 2"),
        edited(steps=[]),
        edited(steps=[STEPS[0] | {"height_rad": -0.1}]),
        edited(steps=[STEPS[0] | {"width": 0}]),
        edited(steps=[STEPS[0] | {"traits": ["minutiae"]}]),
        edited(steps=[STEPS[0] | {"traits": []}]),
        edited(scales=SCALES[1:]),
        edited(scales=[*SCALES, SCALES[0]]),
        edited(scales=[SCALES[0] | {"low": SCALES[0]["high"]}, *SCALES[1:]]),
        edited(scales=[SCALES[0] | {"spread": 0}, *SCALES[1:]]),
        edited(extra=1),
        edited(usual_score=101),
        edited(largest_px=0),
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
    table = fitting().read_table(TABLE.read_bytes())
    fitted, installed = fitting().model_of(table), installed_model()
    assert fitted.largest_px == installed.largest_px
    assert fitted.ground_rad == pytest.approx(installed.ground_rad, abs=1e-2)
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


def test_heights_are_found_and_never_negative() -> None:
    rng = np.random.default_rng(4)
    done = rng.uniform(size=(300, 6))
    heights, ground = fitting().heights_of(done, 0.2 + done @ [0.3, 0, 0.1, -0.4, 0, 0.2])
    assert heights == pytest.approx([0.3, 0, 0.1, 0, 0, 0.2], abs=0.1)
    assert (heights >= 0).all()
    assert -0.2 < ground < 0.2
