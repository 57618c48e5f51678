"""The page that an integrator is handed: fresh, and true to the model that is installed. And the benchmark's parts."""

import runpy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from capture.finger.model import installed_model
from drivers.contract import Finger
from drivers.world.finger import WorldFinger
from drivers.world.press import Press
from tests.capture.finger.pattern import DATA, finger, needs_examples

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "finger-quality.md"


def script(name: str) -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "image-build" / name))


@needs_examples
def test_the_page_is_fresh() -> None:
    page, text = script("finger_quality.py"), PAGE.read_text()
    fresh = page["render"](DATA, order=page["order_of"](text))
    assert text == fresh, "run: .venv/bin/python image-build/finger_quality.py ../shared/data/nfiq2"


def test_the_page_states_the_installed_model_and_claims_no_certificate() -> None:
    model, text = installed_model(), PAGE.read_text()
    assert f"smilius-29794-4 {model.version}" in text
    assert f"| mean absolute error | {model.fit.mean_absolute_error:.2f} |" in text
    assert model.fit.table_sha256 in text
    assert "nothing here is certified" in text


def test_the_page_s_worse_prints_are_ordered() -> None:
    lines = script("finger_quality.py")["order_of"](PAGE.read_text()).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]
    assert len(rows) == 10
    for name, _, *medians, _, _, strong in rows:
        falling = [float(median) for median in medians]
        assert all(weaker > stronger for weaker, stronger in pairwise(falling)), name
        assert int(strong.rstrip("%")) >= 95, name


def test_a_finger_s_strongly_degraded_prints_score_lower_than_its_good_one() -> None:
    order = script("finger_order.py")
    for finger_ in (Finger.RIGHT_INDEX, Finger.LEFT_THUMB):
        skin, good = WorldFinger(70, finger_), Press(seed=70)
        best = order["scored"](skin.press(good))
        strong = {one.name: order["scored"](one.print(skin, good, one.strengths[-1])) for one in order["DEGRADATIONS"]}
        assert {name: score for name, score in strong.items() if score >= best} == {}


def test_the_benchmark_s_parts_run(capsys: pytest.CaptureFixture[str]) -> None:
    bench = script("bench_finger.py")
    assert bench["report"]("one", [finger()], rounds=1) > 0
    assert bench["growth_bytes"](bench["score"], [finger()], count=10) < bench["GROWTH_MAX_BYTES"]
    printed = capsys.readouterr().out
    assert "score / primitive" in printed
    assert "region of interest" in printed
