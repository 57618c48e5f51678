"""`smilius quality light` on an empty chair, on a card, and on what cannot be read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drivers.contract import RgbPixels
from provisioning.cli import main
from tests.capture.face.seat import Seat


def _saved(picture: RgbPixels, path: Path) -> str:
    Image.fromarray(picture).save(path)
    return str(path)


def _json(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_picture_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = _saved(Seat().lit(), tmp_path / "good.png")
    dark = _saved(Seat().lit(lambda x, _: 0.5 + 0.9 * x), tmp_path / "dark.png")
    assert main(["quality", "light", "--json", good, dark]) == 0
    first, second = _json(capsys)
    assert set(first) == {"file", "code", "failure", "shown", "area_ratio", "zones", "readings", "hints", "reasons"}
    assert (first["shown"], first["hints"], first["reasons"]) == ("chair", [], [])
    assert first["zones"][0][0] == pytest.approx(0.45, abs=0.02)
    assert first["zones"][-1][6] is None
    assert second["hints"] == ["lamp-left", "light-evenly"]
    assert second["reasons"][0].startswith("The left of the picture is darker")
    across = second["readings"]["across"]
    assert across == {"value": across["value"], "unit": "stops", "low": -0.7, "high": 0.7, "hint": "lamp-left"}
    assert second["readings"]["evenness"]["high"] is None


def test_for_people_it_is_text_with_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _saved(Seat(wall=0.3).lit(), tmp_path / "grey.png")
    assert main(["quality", "light", file]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{file}: one thing to do, measured on 8")
    assert lines[1].startswith("  The background is darker than #A1A1A1")
    assert ["fail", "wall"] in [line.split()[:2] for line in lines]
    assert ["-", "black_level"] in [line.split()[:2] for line in lines]
    assert any(line.endswith("161 .. 225") for line in lines)
    assert any(line.endswith(">= 0.5") for line in lines)
    assert any(line.endswith("<= 10") for line in lines)


def test_a_card_is_asked_for_by_an_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _saved(Seat(wall=0.18, chair=None).lit(), tmp_path / "card.png")
    assert main(["quality", "light", "--card", "--json", file]) == 0
    (told,) = _json(capsys)
    assert (told["shown"], told["hints"]) == ("card", [])
    assert "wall" not in told["readings"]


def test_what_cannot_be_read_is_refused_with_a_code_and_keeps_no_other_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.png").write_bytes(b"")
    small = _saved(np.zeros((20, 20, 3), np.uint8), tmp_path / "small.png")
    good = _saved(Seat().lit(), tmp_path / "good.png")
    assert main(["quality", "light", "--json", str(tmp_path / "bad.png"), small, good]) == 2
    unreadable, unusable, checked = _json(capsys)
    assert set(unreadable) == set(unusable) == {"file", "code", "failure"}
    assert (unreadable["code"], unusable["code"]) == ("recording-unreadable", "frame-unusable")
    assert checked["hints"] == []


def test_for_people_a_refusal_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "light", str(tmp_path / "gone.png")]) == 2
    assert capsys.readouterr().out == f"{tmp_path / 'gone.png'}: not checked. There is no file for gone.png.\n"
