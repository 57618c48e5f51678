"""A child process: what it prints, how long it may take, what it gets to see."""

import os
import sys

import pytest

from capture.finger.child import ChildFailed, run_bounded

SLOW_MS = 20_000


def python(code: str, *, limit_ms: int = SLOW_MS, output_max_bytes: int = 1000) -> bytes:
    return run_bounded([sys.executable, "-I", "-c", code], limit_ms=limit_ms, output_max_bytes=output_max_bytes)


def test_its_output_is_what_it_prints() -> None:
    assert python("import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)") == b"one\n"


def test_output_is_bounded() -> None:
    assert len(python("print('x' * 999)")) == 1000
    with pytest.raises(ChildFailed, match="too much"):
        python("while True: print('x' * 500)")


def test_time_is_bounded() -> None:
    with pytest.raises(ChildFailed, match="too long"):
        python("import signal; signal.pause()", limit_ms=50)


def test_a_child_that_only_closes_its_output_is_ended() -> None:
    assert python("import os, signal; os.write(1, b'x'); os.close(1); signal.pause()") == b"x"


@pytest.mark.parametrize("command", ["/nowhere/nfiq2", "/etc/passwd", "/", "a\0b"])
def test_what_cannot_be_started_says_so(command: str) -> None:
    with pytest.raises(ChildFailed, match="cannot be started"):
        run_bounded([command], limit_ms=SLOW_MS, output_max_bytes=10)


def test_it_gets_nothing_but_what_it_is_given() -> None:
    read, write = os.pipe()
    os.set_inheritable(read, True)
    code = "import os; print(sorted(os.environ), os.listdir('/proc/self/fd'), os.getcwd(), os.read(0, 1))"
    seen = python(code).decode().replace(" 'LC_CTYPE',", "")  # Python's own, not ours
    os.close(read)
    os.close(write)
    # its own three, and the folder that it lists
    assert seen == "['LC_ALL', 'OMP_NUM_THREADS', 'PATH'] ['0', '1', '2', '3'] / b''\n"
