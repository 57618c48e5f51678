"""The page that an integrator is handed: fresh, and true to the model that is installed. And the benchmark's parts."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from capture.finger.model import installed_model
from tests.capture.finger.pattern import DATA, finger, needs_examples

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "finger-quality.md"


def script(name: str) -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "image-build" / name))


@needs_examples
def test_the_page_is_fresh() -> None:
    render = script("finger_quality.py")["render"]
    assert PAGE.read_text() == render(DATA), "run: .venv/bin/python image-build/finger_quality.py ../shared/data/nfiq2"


def test_the_page_states_the_installed_model_and_claims_no_certificate() -> None:
    model, text = installed_model(), PAGE.read_text()
    assert f"smilius-29794-4 {model.version}" in text
    assert f"| mean absolute error | {model.fit.mean_absolute_error:.2f} |" in text
    assert model.fit.table_sha256 in text
    assert "nothing here is certified" in text


def test_the_benchmark_s_parts_run(capsys: pytest.CaptureFixture[str]) -> None:
    bench = script("bench_finger.py")
    assert bench["report"]("one", [finger()], rounds=1) > 0
    assert bench["growth_bytes"]([finger()], frames=10) < bench["GROWTH_MAX_BYTES"]
    printed = capsys.readouterr().out
    assert "score / primitive" in printed
    assert "region of interest" in printed
