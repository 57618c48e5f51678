"""One process on one state folder, with real processes: refused at once, and free again however the first one ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.errors import ConfigError, Refused
from agent.instance import LOCK, only_instance

ROOT = Path(__file__).resolve().parents[2]

_HOLD = """
import subprocess, sys
from pathlib import Path
from agent.instance import only_instance
with only_instance(Path(sys.argv[1]), name="station"):
    # a worker, which may outlive the process that started it
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    print("held", flush=True)
    sys.stdin.read()
child.communicate()
"""


@contextmanager
def _held(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = (sys.executable, "-c", _HOLD, str(folder))
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process


def test_a_second_process_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with _held(tmp_path):
        for _ in range(2):
            said = r"^Another station runs on this state already: "
            with pytest.raises(Refused, match=said) as refused, only_instance(tmp_path, name="station"):
                pytest.fail("two are in it")
            assert refused.value.reason == "already-running"
        other = tmp_path / "other"
        other.mkdir()
        with only_instance(other, name="station"):
            pass
    with only_instance(tmp_path, name="station"):
        pass


def test_a_process_that_is_killed_leaves_it_free_whatever_children_it_leaves(tmp_path: Path) -> None:
    with _held(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with only_instance(tmp_path, name="station"):
            assert (tmp_path / LOCK).exists()


def test_it_is_free_again_when_what_is_done_inside_fails(tmp_path: Path) -> None:
    for error in (BlockingIOError("of somebody else"), ValueError("x")):
        with pytest.raises(type(error)), only_instance(tmp_path, name="station"):
            raise error
    with only_instance(tmp_path, name="station"):
        pass


def test_a_folder_that_is_not_there_is_said_without_its_name(tmp_path: Path) -> None:
    said = "state folder of the courier"
    with pytest.raises(ConfigError, match=said) as refused, only_instance(tmp_path / "absent", name="courier"):
        pytest.fail("there is nothing to hold")
    assert str(tmp_path) not in refused.value.sentence


def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / LOCK).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError), only_instance(tmp_path, name="courier"):
        pytest.fail("somebody else decides what is held")
    assert not (tmp_path / "elsewhere").exists()
    assert os.listdir(tmp_path) == [LOCK]
