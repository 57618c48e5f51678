"""`smilius quality finger` on simulated prints and on what is none."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from capture.finger.minutiae import Minutiae
from drivers.contract import Finger
from drivers.world.finger import WorldFinger
from drivers.world.press import Press
from provisioning.cli import main
from provisioning.quality.explain import explain
from provisioning.quality.reason import REASONS, reasons


def _print(path: Path) -> Path:
    Image.fromarray(WorldFinger(1, Finger.RIGHT_INDEX).press(Press())).save(path)
    return path


def _json(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_file_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _print(tmp_path / "a.png")
    assert main(["quality", "finger", "--json", str(file), str(file)]) == 0
    first, second = _json(capsys)
    assert first == second
    told = {"file", "score", "failure", "algorithm", "version", "measures", "actionable", "hints", "reasons"}
    assert set(first) == told
    assert isinstance(first["score"], int)
    assert 0 <= first["score"] <= 100
    assert first["algorithm"] == "smilius-29794-4"


@pytest.mark.parametrize("shape", [(1, 1), (480, 320), (4000, 4000)])
def test_what_cannot_be_assessed_has_no_score_and_says_why(
    tmp_path: Path, shape: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.full(shape, 128, np.uint8)).save(tmp_path / "flat.png")
    assert main(["quality", "finger", "--json", str(tmp_path / "flat.png"), "--explain", str(tmp_path / "why")]) == 0
    (rating,) = _json(capsys)
    assert rating["score"] is None
    assert rating["failure"]
    assert [path.name for path in (tmp_path / "why").iterdir()] == ["flat.png"]


def test_a_file_that_cannot_be_read_does_not_keep_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.pgm"
    text.write_text("no picture")
    assert main(["quality", "finger", str(text), str(_print(tmp_path / "a.png"))]) == 2
    refused, rated = capsys.readouterr().out.splitlines()
    assert refused.startswith(f"{text}: not assessable. ")
    assert "smilius-29794-4" in rated


def test_the_picture_holds_the_print_as_it_is(tmp_path: Path) -> None:
    assert main(["quality", "finger", str(_print(tmp_path / "a.png")), "--explain", str(tmp_path / "why")]) == 0
    with Image.open(tmp_path / "a.png") as given, Image.open(tmp_path / "why" / "a.png") as sheet:
        whole, wanted = np.asarray(sheet.convert("L")), np.asarray(given)
    assert whole.shape[1] > 5 * wanted.shape[1]
    assert np.array_equal(whole[46 : 46 + wanted.shape[0], 16 : 16 + wanted.shape[1]], wanted)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _print(tmp_path / "a.png")
    assert main(["quality", "finger", str(file), "--explain", str(file)]) == 2
    assert capsys.readouterr().err == "smilius: The pictures that explain cannot be written there.\n"


def test_every_reason_is_said_beyond_its_limit_and_only_there() -> None:
    for reason in REASONS:
        measure, limit = reason.test.measure, reason.test.limit
        beyond = limit * {"<": 0.9, ">": 1.1}[reason.test.way]
        assert reasons({measure: beyond}) == [reason]
        assert reasons({measure: limit}) == []


def test_a_picture_without_measures_is_drawn_too() -> None:
    rating: dict[str, object] = {"score": None, "failure": "The picture has one shade only.", "reasons": []}
    assert explain(np.zeros((64, 48), np.uint8), rating, minutiae=Minutiae.none()).shape[2] == 3
