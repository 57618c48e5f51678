"""What a log may say. The configured process is a real one: it changes hooks that belong to the whole interpreter."""

import logging
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import WireError
from agent.logs import Outage, describe
from agent.patience import Patience

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Jonas-38001010000"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARNING|ERROR|CRITICAL) +smilius-test [\w.]+: .+")

_BEFORE = f"""
import asyncio, logging, sys, threading
from agent.logs import configure
configure("smilius-test")
class Foreign(Exception):
    pass
def fail():
    raise Foreign("{SECRET}")
ours, theirs = logging.getLogger("agent.test"), logging.getLogger("uvicorn.error")
"""


def said_by(script: str, *, code: int = 0) -> list[str]:
    """The lines that a process logs; it runs in another time zone, as stations do."""
    ran = subprocess.run(
        [sys.executable, "-c", _BEFORE + script],
        env={"TZ": "Europe/Vilnius", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    assert SECRET not in ran.stderr
    lines = ran.stderr.splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    return lines


def test_a_line_has_time_level_process_and_place() -> None:
    (line,) = said_by('ours.info("a fact %s", 7)')
    assert line.endswith("smilius-test agent.test: a fact 7")


def test_times_are_utc() -> None:
    (line,) = said_by('import time; ours.info("%s", time.strftime("%H:%M", time.gmtime()))')
    assert line[11:16] == line[-5:]


def test_our_own_logger_tells_an_exception_by_type_and_place() -> None:
    (line,) = said_by('try:\n    fail()\nexcept Foreign:\n    ours.exception("it did not work")')
    assert re.search(r"it did not work: Foreign at .*<string>:\d+$", line)


def test_an_exception_among_the_arguments_is_told_so_as_well() -> None:
    (line,) = said_by('ours.warning("it did not work: %s and %s", Foreign("' + SECRET + '"), 7)')
    assert line.endswith("it did not work: Foreign at unknown place and 7")


def test_of_a_librarys_exception_not_even_its_sentence_is_said() -> None:
    script = (
        'try:\n    fail()\nexcept Foreign as error:\n    theirs.error("Exception in ' + SECRET + '\\n", exc_info=error)'
    )
    (line,) = said_by(script)
    assert "uvicorn.error: something failed that the library did not expect: Foreign at " in line


def test_libraries_are_heard_only_when_something_is_wrong() -> None:
    assert said_by('theirs.info("a request"); logging.getLogger("httpx").info("GET /v1/parcels")') == []
    (line,) = said_by('theirs.warning("Invalid HTTP request received.")')
    assert line.endswith("Invalid HTTP request received.")


def test_a_line_stays_one_line() -> None:
    (line,) = said_by('ours.warning("one\\ntwo", stack_info=True)')
    assert line.endswith("one two")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("fail()", 1),
        ("thread = threading.Thread(target=fail); thread.start(); thread.join()", 0),
        ("class Last:\n    def __del__(self):\n        fail()\nlast = Last(); del last", 0),
        ("async def main():\n    fail()\nasyncio.run(main())", 1),
    ],
    ids=["main", "thread", "finaliser", "loop"],
)
def test_what_nobody_caught_is_told_by_type_and_place(script: str, code: int) -> None:
    (line,) = said_by(script, code=code)
    assert "agent.logs: nobody caught what went wrong: Foreign at " in line


def test_a_task_that_nobody_waited_for_tells_nothing_of_its_exception() -> None:
    script = """
async def work():
    fail()
async def main():
    task = asyncio.get_running_loop().create_task(work())
    await asyncio.wait({task})
    del task
    asyncio.get_running_loop().call_soon(Foreign, "%s")
    asyncio.get_running_loop().call_soon(lambda _secret: fail(), "%s")
    await asyncio.wait({asyncio.get_running_loop().create_task(asyncio.Event().wait())}, timeout=0.01)
asyncio.run(main())
"""
    lines = said_by(script.replace("%s", SECRET))
    assert len(lines) == 2
    assert all("asyncio: something failed that the library did not expect: Foreign at " in line for line in lines)


def test_our_own_exceptions_speak_for_themselves() -> None:
    assert describe(WireError("A bill is not complete: size.")) == "wire: A bill is not complete: size."


class _Failing(random.Random):
    def uniform(self, a: float, b: float) -> float:
        raise ArithmeticError(f"{SECRET} {a} {b}")


def test_a_foreign_exception_is_told_by_the_place_in_our_code() -> None:
    with pytest.raises(ArithmeticError) as caught:
        Patience(1.0, _Failing()).next_s()
    assert re.fullmatch(r"ArithmeticError at agent/patience\.py:\d+", describe(caught.value))


def test_what_never_came_through_our_code_is_told_by_the_innermost_place() -> None:
    with pytest.raises(ArithmeticError) as caught:
        _Failing().uniform(0.0, 1.0)
    assert re.fullmatch(r"ArithmeticError at agent/test_logs\.py:\d+", describe(caught.value))


def test_an_outage_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage(logging.getLogger("agent.test"), name="the broker")
    with caplog.at_level(logging.INFO):
        outage.end()
        outage.begin("no route")
        outage.begin("no route")
        outage.begin("no name")
        outage.end()
        outage.end()
        outage.begin("no route")
    assert [record.getMessage() for record in caplog.records] == [
        "the broker is out: no route",
        "the broker is back",
        "the broker is out: no route",
    ]
