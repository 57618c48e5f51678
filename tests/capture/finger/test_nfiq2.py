"""The official score: a command that prints what the real one prints, and every way in which it can fail."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from capture.finger.errors import OfficialScorerUnfit
from capture.finger.measures import Measures, Unmeasurable
from capture.finger.nfiq2 import OfficialScorer, installed_scorer, read_output
from capture.finger.score import Scorer
from capture.records.transaction import nfiq_2_product
from capture.sample import Quality
from tests.capture.finger.nfiq2_command import command
from tests.capture.finger.pattern import NAMES, example, expected, finger, needs_examples

NOTHING = Measures({}, Unmeasurable.EMPTY)
HEAD = b'"Filename",FingerCode,QualityScore,"OptionalError",Quantized,Resampled,UniformImage,Mu\n'


def score(folder: Path, scored: str, *, time_limit_ms: int = 20_000) -> Quality:
    scorer = OfficialScorer.open(command(folder, scored=scored))
    limited = OfficialScorer(scorer.command, scorer.version, time_limit_ms=time_limit_ms)
    return limited.score(finger(), measures=NOTHING)


def test_the_score_is_the_command_s_under_its_name_and_version(tmp_path: Path) -> None:
    scorer: Scorer = OfficialScorer.open(command(tmp_path))
    pixels = finger()
    quality = scorer.score(pixels, measures=NOTHING)
    assert quality == Quality(score=int(pixels.sum()) % 101, algorithm="NFIQ 2", version="2.3.0")
    assert nfiq_2_product(quality) == 57


def test_the_command_sees_a_picture_that_has_no_name(tmp_path: Path) -> None:
    scored = "import os\nprint('QualityScore,OptionalError')\nprint('NA,' + os.readlink(sys.argv[-1]))\n"
    assert "/memfd:print (deleted)" in (score(tmp_path, scored).failure or "")


def test_no_file_is_left_open(tmp_path: Path) -> None:
    scorer = OfficialScorer.open(command(tmp_path))
    before = os.listdir("/proc/self/fd")
    scorer.score(finger(), measures=NOTHING)
    assert os.listdir("/proc/self/fd") == before


def test_a_model_is_handed_on(tmp_path: Path) -> None:
    scored = "print('QualityScore,Quantized,Resampled')\nprint('%d,0,0' % (sys.argv[3:5] == ['-m', MODEL]))\n"
    model = tmp_path / "model.txt"
    path = command(tmp_path, scored=scored.replace("MODEL", repr(str(model))))
    with pytest.raises(OfficialScorerUnfit):
        OfficialScorer.open(path, model=model)
    model.touch()
    assert OfficialScorer.open(path, model=model).score(finger(), measures=NOTHING).score == 1


def test_a_print_of_one_shade_is_the_command_s_to_judge(tmp_path: Path) -> None:
    scorer = OfficialScorer.open(command(tmp_path))
    assert scorer.score(np.zeros((1, 1), np.uint8), measures=NOTHING).score == 0


@pytest.mark.parametrize(
    ("scored", "cause"),
    [
        ("sys.exit(1)", "not one line"),
        ("while True: print('x' * 1000)", "too much"),
        ("print('no table')", "not one line"),
    ],
)
def test_a_failure_is_a_value_and_never_0(tmp_path: Path, scored: str, cause: str) -> None:
    quality = score(tmp_path, scored)
    assert quality.score is None
    assert (quality.algorithm, quality.version) == ("NFIQ 2", "2.3.0")
    assert cause in (quality.failure or "")


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    quality = score(tmp_path, "import signal\nsignal.pause()", time_limit_ms=300)
    assert quality.failure == "NFIQ 2 gave no score: it takes too long."


def test_a_command_that_is_gone_is_a_value_too(tmp_path: Path) -> None:
    scorer = OfficialScorer.open(command(tmp_path))
    scorer.command.unlink()
    assert scorer.score(finger(), measures=NOTHING).failure == "NFIQ 2 gave no score: it cannot be started."


@pytest.mark.parametrize("usage", ["", "NFIQ 2: unknown", "OpenCV: 4.5.4", "x" * 70_000])
def test_a_command_that_does_not_say_its_version_is_unfit(tmp_path: Path, usage: str) -> None:
    with pytest.raises(OfficialScorerUnfit) as caught:
        OfficialScorer.open(command(tmp_path, usage=usage))
    assert caught.value.code == "official-scorer-unfit"


def test_a_command_that_is_not_there_is_unfit_or_nothing(tmp_path: Path) -> None:
    with pytest.raises(OfficialScorerUnfit):
        OfficialScorer.open(tmp_path / "nfiq2")
    assert installed_scorer("nfiq2-that-nobody-has") is None


def test_a_command_is_found_where_the_shell_finds_it(tmp_path: Path) -> None:
    found = installed_scorer(str(command(tmp_path)))
    assert found is not None
    assert found.version == "2.3.0"


def row(score: str, *, error: str = "NA", flags: str = "0,0") -> bytes:
    return HEAD + f'"/proc/self/fd/4",0,{score},{error},{flags},70.7,183.9\n'.encode()


@pytest.mark.parametrize("score_", [0, 7, 54, 100])
def test_a_score_is_read(score_: int) -> None:
    assert read_output(row(str(score_))) == score_


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        (row("NA", error='"Error: All image rows appear to be blank"'), "Error: All image rows appear to be blank."),
        (row("NA", error='"ends with a stop."'), "ends with a stop."),
        (row("NA", error='"\x07' + "long" * 200 + '"'), "long."),
        (row("NA", error='""'), "it does not say why."),
        (row("255", error='""'), "it does not say why."),
        (row("101", error='""'), "it does not say why."),
        (row("-1", error='""'), "it does not say why."),
        (row("٣", error='""'), "it does not say why."),
        (row("54", flags="1,0"), "it changed the picture first."),
        (row("54", flags="0,1"), "it changed the picture first."),
        (row("54") + row("54")[len(HEAD) :], "its output is not one line."),
        (HEAD, "its output is not one line."),
        (b"", "its output is not one line."),
        (b"54\n", "its output is not one line."),
        (b"\xff\xfe\n\x00\n", "it does not say why."),
    ],
)
def test_anything_else_is_a_sentence(printed: bytes, sentence: str) -> None:
    said = read_output(printed)
    assert isinstance(said, str)
    assert said.startswith("NFIQ 2 gave no score: ")
    assert said.endswith(sentence)
    assert len(said) < 300


@needs_examples
@pytest.mark.skipif(shutil.which("nfiq2") is None, reason="nfiq2 is not installed here")
@pytest.mark.parametrize("name", NAMES)
def test_the_real_one_says_what_was_published(name: str) -> None:
    scorer = installed_scorer()
    assert scorer is not None
    quality = scorer.score(example(name), measures=NOTHING)
    assert quality.score == expected(name)["UnifiedQualityScore"]
