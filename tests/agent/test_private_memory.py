"""agent/private_memory.py, asked in a child by prctl(2) itself: what is done cannot be undone in this process."""

import json
import subprocess
import sys

import pytest

LOOK = """
import ctypes, json, resource, sys
from agent.private_memory import keep_memory_private

locked = keep_memory_private(lock=sys.argv[1] == "lock")
status = open("/proc/self/status").read()
print(json.dumps({
    "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "locked": locked,
    "locked_kb": int(status.split("VmLck:")[1].split()[0]),
}))
"""


def look(lock: str) -> dict[str, object]:
    child = subprocess.run([sys.executable, "-c", LOOK, lock], capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(child.stdout)
    return found


@pytest.mark.parametrize("lock", ["lock", "leave"])
def test_no_core_is_dumped_and_nobody_attaches(lock: str) -> None:
    found = look(lock)
    assert (found["dumpable"], found["core"]) == (0, [0, 0])


def test_it_says_truly_whether_its_memory_is_locked() -> None:
    found = look("lock")
    assert found["locked"] == (found["locked_kb"] != 0)


def test_what_need_not_be_locked_is_not() -> None:
    found = look("leave")
    assert (found["locked"], found["locked_kb"]) == (False, 0)
