"""What cannot be enrolled is refused: exit code 2, one sentence, nothing left behind."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.contract import Finger
from drivers.world.finger import WorldFinger
from drivers.world.photograph import astronaut
from drivers.world.press import Press
from tests.provisioning.demo.conftest import run_demo


def _write(path: Path, pixels: np.ndarray) -> str:
    assert cv2.imwrite(str(path), pixels)
    return str(path)


def _person(scale: float) -> np.ndarray:
    whole = cv2.resize(
        astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    return cv2.cvtColor(whole, cv2.COLOR_RGB2BGR)


def _no_face(folder: Path) -> list[str]:
    wall = np.full((1600, 1200, 3), 170, np.uint8)
    return ["--photo", _write(folder / "wall.png", wall)]


def _two_faces(folder: Path) -> list[str]:
    left = _person(3.0)[:900, 200:1200]
    return ["--photo", _write(folder / "two.png", np.hstack([left, left]))]


def _small_photo(folder: Path) -> list[str]:
    return ["--photo", _write(folder / "small.png", _person(100 / 512))]


def _empty_print(folder: Path) -> list[str]:
    return ["--finger", "right-index=" + _write(folder / "empty.pgm", np.full((480, 320), 255, np.uint8))]


def _text_as_print(folder: Path) -> list[str]:
    text = folder / "text.pgm"
    text.write_text("This is no picture.\n")
    return ["--finger", f"left-index={text}"]


def _same_print_twice(folder: Path) -> list[str]:
    print_ = _write(folder / "print.pgm", WorldFinger(1, Finger.RIGHT_INDEX).press(Press()))
    return ["--finger", f"right-index={print_}", "--finger", f"left-index={print_}"]


def _unknown_application(_folder: Path) -> list[str]:
    return ["--application", "MIG-0000-000000"]


def _wrong_finger(folder: Path) -> list[str]:
    return ["--finger", "right-toe=" + _write(folder / "toe.pgm", np.full((480, 320), 255, np.uint8))]


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (_no_face, "No face"),
        (_two_faces, "More than one face"),
        (_small_photo, "too few pixels"),
        (_empty_print, "No finger"),
        (_same_print_twice, "given before"),
        (_text_as_print, "not a picture"),
        (_unknown_application, "does not know"),
        (_wrong_finger, "no finger of that name"),
    ],
)
def test_refused_in_one_sentence_and_gone(tmp_path: Path, make: object, word: str) -> None:
    assert callable(make)
    given = tmp_path / "given"
    given.mkdir()
    ran = run_demo(tmp_path / "out", *make(given))
    assert ran.code == 2, ran.complaint + ran.output
    assert word in ran.complaint
    assert ran.complaint.strip().count("\n") == 0
    assert ran.left == []
    assert not ran.out.exists()
