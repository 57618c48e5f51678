"""What every verb of `smilius quality` does with the files that it is given."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from provisioning.cli import main

WALL = np.full((480, 640, 3), 128, np.uint8)


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    Image.fromarray(WALL).save(tmp_path / "wall.png")
    return tmp_path / "wall.png"


@pytest.mark.parametrize("verb", ["face", "finger"])
def test_a_picture_that_cannot_be_written_keeps_no_file_back(
    verb: str, wall: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = wall.with_name("gone.png")
    assert main(["quality", verb, "--json", str(wall), str(gone), str(wall), "--explain", str(wall)]) == 2
    said = capsys.readouterr()
    assert [json.loads(line)["file"] for line in said.out.splitlines()] == [str(wall), str(gone), str(wall)]
    assert said.err == "smilius: The pictures that explain cannot be written there.\n"


@pytest.mark.parametrize("verb", ["face", "finger", "light"])
def test_a_refusal_has_its_code_and_its_sentence(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", verb, "--json", str(tmp_path)]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["code"]) == (str(tmp_path), "recording-unreadable")
    assert told["failure"] == f"What is named for {tmp_path.name} is not a file."


@pytest.mark.parametrize("name", ["two\nlines.png", "red\x1b[31m.png", "no\udcfftext.png"])
def test_a_name_is_one_line_and_moves_no_cursor(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "light", str(tmp_path / name)]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.isprintable()
    shown = name.encode("unicode_escape").decode()
    assert line == f"{tmp_path / shown}: not checked. There is no file for {shown}."


def test_files_that_are_called_the_same_have_a_picture_each(wall: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "wall.png"
    other.parent.mkdir()
    Image.fromarray(WALL[:200]).save(other)
    Image.fromarray(WALL[:100]).save(tmp_path / "wall.bmp")
    files = [str(file) for file in (wall, other, tmp_path / "wall.bmp", wall)]
    assert main(["quality", "face", *files, "--explain", str(tmp_path / "why")]) == 0
    assert sorted(path.name for path in (tmp_path / "why").iterdir()) == ["wall-2.png", "wall-3.png", "wall.png"]


def test_no_examined_picture_is_replaced(wall: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = wall.read_bytes()
    assert main(["quality", "face", str(wall), "--explain", str(wall.parent)]) == 2
    said = capsys.readouterr()
    assert said.out.startswith(f"{wall}: no face")
    assert said.err == "smilius: A picture that explains would replace an examined one there: name another folder.\n"
    assert wall.read_bytes() == before
