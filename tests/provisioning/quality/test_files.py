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
