"""agent/private_memory.py, asked in a child by prctl(2) itself: what is done cannot be undone in this process."""

import json
import os
import subprocess
import sys

import pytest

from tests.forensic.search import Search
from tests.forensic.watermark import Mark, piece_marks

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


HOLD = """
import sys
from agent.private_memory import forget_now, forget_what_is_freed

if sys.argv[1] != "usual":
    forget_what_is_freed()
content = sys.stdin.buffer.read()
small, large = content[:40].hex(), content.hex()
cycle = [large + small]
cycle.append(cycle)
del content, small, large, cycle
if sys.argv[1] == "forget":
    forget_now()
sys.stdout.write("done")
sys.stdout.flush()
sys.stdin.close()
import signal
signal.pause()
"""

CHILDS = """
import os
from agent.private_memory import FORGETFUL, forget_what_is_freed, usual_environment

forget_what_is_freed()
print(FORGETFUL.keys() & usual_environment().keys(), os.environ["PYTHONMALLOC"])
"""


def remembered(how: str) -> set[str]:
    """What a process still has of a secret that it held as a small object, as a large one and in a cycle."""
    secret = os.urandom(4096)
    marks = [Mark("small", secret[:40].hex().encode()), *piece_marks("large", secret)]
    command = [sys.executable, "-c", HOLD, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(secret)
        child.stdin.close()
        try:
            assert child.stdout.read(4) == b"done"
            return {find.name for find in Search(marks).memory(child.pid, place="child")}
        finally:
            child.kill()


def test_what_was_freed_is_overwritten() -> None:
    assert remembered("usual") != set(), "the search finds what an ordinary process leaves"
    assert remembered("freed") != set(), "a cycle is not freed by itself"
    assert remembered("forget") == set()


def test_a_child_that_ends_has_the_usual_memory() -> None:
    said = subprocess.run([sys.executable, "-c", CHILDS], capture_output=True, text=True, check=True).stdout
    assert said == "set() malloc\n"
