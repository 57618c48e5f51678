import argparse
from pathlib import Path

import pytest
from PIL import Image

from capture.missing import MissingReason
from drivers.contract import Finger
from provisioning.demo.request import MARKER, read_request
from provisioning.errors import InputRefused


def _arguments(**given: object) -> argparse.Namespace:
    usual: dict[str, object] = {
        "photo": None,
        "finger": [],
        "missing": [],
        "application": "A-1",
        "out": None,
        "keep": False,
    }
    return argparse.Namespace(**{**usual, **given})


def test_a_full_request_is_read(tmp_path: Path) -> None:
    photo, scan = tmp_path / "p.jpg", tmp_path / "f.pgm"
    Image.new("RGB", (8, 8)).save(photo)
    Image.new("L", (8, 8)).save(scan, format="PPM")
    request = read_request(
        _arguments(
            photo=photo,
            finger=[f"right-index={scan}"],
            missing=["left-index=amputated"],
            out=tmp_path / "new",
            keep=True,
        )
    )
    assert request.photo == photo
    assert request.fingers == {Finger.RIGHT_INDEX: scan}
    assert request.missing == {Finger.LEFT_INDEX: MissingReason.AMPUTATED}
    assert (request.out, request.keep) == (tmp_path / "new", True)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"finger": ["right-indx=x"]}, "finger-unknown"),
        ({"finger": ["right-index"]}, "option-unreadable"),
        ({"finger": ["right-index="]}, "option-unreadable"),
        ({"finger": ["right-index=/nowhere.pgm"]}, "recording-unreadable"),
        ({"finger": ["right-index=/dev/zero"]}, "recording-unreadable"),
        ({"photo": Path("/nowhere.jpg")}, "recording-unreadable"),
        ({"photo": Path(__file__)}, "recording-unreadable"),
        ({"finger": ["left-little=/nowhere.pgm"]}, "finger-unused"),
        ({"finger": ["left-middle=/nowhere.pgm"]}, "finger-unused"),
        ({"finger": ["left-ring=/nowhere.pgm"], "missing": ["left-index=amputated"]}, "finger-unused"),
        ({"application": " "}, "application-empty"),
        ({"out": Path("/proc/nowhere/out")}, "out-unusable"),
        ({"out": Path(__file__) / "out"}, "out-unusable"),
        ({"missing": ["left-index=cold"]}, "reason-unknown"),
        ({"missing": ["toe=amputated"]}, "finger-unknown"),
        ({"missing": ["left-index=injured", "left-index=bandaged"]}, "finger-twice"),
        ({"keep": True}, "keep-without-out"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(given: dict[str, object], reason: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_request(_arguments(**given))
    assert refused.value.reason == reason
    assert refused.value.sentence.count("\n") == 0


def test_a_finger_is_not_given_and_missing_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be given and be missing"):
        read_request(_arguments(finger=[f"left-ring={tmp_path}"], missing=["left-ring=amputated"]))


@pytest.mark.parametrize("below", ["out", "several/new/folders"])
def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path, below: str) -> None:
    assert read_request(_arguments(out=tmp_path / below)).out == tmp_path / below
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputRefused, match="other things"):
        read_request(_arguments(out=tmp_path))
    (tmp_path / MARKER).touch()
    assert read_request(_arguments(out=tmp_path)).out == tmp_path
