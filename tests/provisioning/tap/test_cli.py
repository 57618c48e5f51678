"""The commands `smilius tap ...` as a technician types them."""

from pathlib import Path

import pytest

from provisioning.cli import main
from provisioning.errors import InputRefused
from provisioning.tap.cli import option
from tests.drivers.transport.tap.made import FOLDER

RECORDING = FOLDER / "camera-yuyv.tap"


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["tap", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_show_says_what_it_is_of_and_shows_no_payload(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = _run(capsys, "show", str(RECORDING))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "camera-yuyv.tap: camera driver 'v4l2' over v4l2, format 1"
    assert "  device   uvcvideo Emulated HD camera" in lines
    assert "  option   width_px = 160" in lines
    assert any(line.startswith("  phantom  emulated-camera (emulator): ") for line in lines)
    (frames,) = (line.split() for line in lines if line.startswith("  frame "))
    assert frames == ["frame", "4", "0", "0.0", "0", "153600"]
    assert max(map(len, lines)) < 200


def test_play_says_a_line_for_each_grab(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "play", str(RECORDING))
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [["frame", "160x120"]] * 2
    assert _run(capsys, "play", "--paced", str(RECORDING))[:2] == (0, out)


def test_play_says_what_has_become_different(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from drivers.transport.tap.recording import load, store

    recording, path = load(RECORDING), tmp_path / "other.tap"
    first, second = recording.head.outcome
    head = recording.head.model_copy(update={"outcome": ("frame 1x1 of another driver", second)})
    store(path, head, events=recording.events)
    assert _run(capsys, "play", str(path))[:2] == (1, f"{first}; it was: frame 1x1 of another driver\n{second}\n")


def test_play_says_where_the_driver_asks_for_something_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from drivers.transport.tap.recording import load, store

    recording, path = load(RECORDING), tmp_path / "other.tap"
    store(path, recording.head, events=recording.events[1:])
    code, out, err = _run(capsys, "play", str(path))
    assert (code, out) == (2, "")
    assert err.startswith("smilius: At event 1 of 75 the driver asks open(path='/dev/video0'), where ")


def test_what_is_no_recording_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(RECORDING.read_bytes()[:-300])
    for verb in ("show", "play"):
        for file in ("it", "nothing", "."):
            code, out, err = _run(capsys, verb, str(tmp_path / file))
            assert (code, out) == (2, "")
            assert err.startswith("smilius: ")
            assert err.count("\n") == 1


@pytest.mark.parametrize("missing", ["--phantom", "--out", "futronic"])
def test_nothing_is_recorded_without_a_phantom_or_a_file(missing: str, tmp_path: Path) -> None:
    words = {"futronic": [], "--phantom": ["empty-plate"], "--out": [str(tmp_path / "it")]}
    del words[missing]
    with pytest.raises(SystemExit) as raised:
        main(["tap", "record", *(word for name, values in words.items() for word in (name, *values))])
    assert raised.value.code == 2


@pytest.mark.parametrize("frames", ["0", "-1", "101"])
def test_so_many_frames_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, frames: str) -> None:
    code, _, err = _run(
        capsys, "record", "futronic", "--phantom", "empty-plate", "--out", str(tmp_path / "it"), "--frames", frames
    )
    assert (code, err) == (2, "smilius: There can be 1 to 100 frames.\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1", 1),
        ("a=true", True),
        ("a=/dev/video0", "/dev/video0"),
        ('a="42"', "42"),
        ("a=", ""),
        ("a=1-1.4", "1-1.4"),
        ("a=b=c", "b=c"),
    ],
)
def test_an_option_is_a_value_of_toml_or_a_bare_word(text: str, value: object) -> None:
    assert option(text) == ("a", value)


@pytest.mark.parametrize("text", ["a", "=1", "a b=1", "a=[1]", "a={b=1}", "a=2026-01-15", "a=1\nb=2", "a=1\n[b]"])
def test_an_option_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputRefused, match="option"):
        option(text)
