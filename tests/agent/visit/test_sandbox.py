"""What the system takes from a process that closes itself in, asked in a child by prctl(2) itself."""

import json
import os
import signal
import subprocess
import sys

import pytest

LOOK = """
import ctypes, json, os, resource, signal, sys
from agent.visit.sandbox import close_in

locked = close_in(int(sys.argv[1]))
libc = ctypes.CDLL(None)
death = ctypes.c_int()
libc.prctl(2, ctypes.byref(death), 0, 0, 0)
status = open("/proc/self/status").read()
print(json.dumps({
    "dumpable": libc.prctl(3, 0, 0, 0, 0),
    "death": death.value,
    "no_new_privileges": libc.prctl(39, 0, 0, 0, 0),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "umask": os.umask(0),
    "term": signal.getsignal(signal.SIGTERM) is signal.SIG_IGN,
    "int": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    "locked": locked,
    "locked_kb": int(status.split("VmLck:")[1].split()[0]),
}))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    command = [sys.executable, "-c", LOOK, str(os.getpid())]
    child = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, object] = json.loads(child.stdout)
    return result


def test_no_core_is_dumped_and_nobody_attaches(found: dict[str, object]) -> None:
    assert (found["dumpable"], found["core"]) == (0, [0, 0])


def test_it_dies_with_its_parent_and_of_nobody_elses_signal(found: dict[str, object]) -> None:
    assert (found["death"], found["term"], found["int"]) == (signal.SIGKILL, True, True)


def test_it_gains_nothing_and_shares_nothing(found: dict[str, object]) -> None:
    assert (found["no_new_privileges"], found["umask"]) == (1, 0o077)


def test_it_says_truly_whether_its_memory_is_locked(found: dict[str, object]) -> None:
    assert found["locked"] == (found["locked_kb"] != 0)


def test_who_has_lost_its_parent_already_ends() -> None:
    # no parent has this number: the one that was to be named has died
    child = subprocess.run([sys.executable, "-c", LOOK, "0"], capture_output=True, text=True, check=False)
    assert (child.returncode, child.stdout) == (1, "")
