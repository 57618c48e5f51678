"""The roll: it answers what it says, and nothing when it is old or not a roll; the log never repeats a line of it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from central.errors import ConnectorSilent
from central.migris.handoff.roll import Roll
from tests.central.clock import HandClock
from tests.central.migris.handoff.clerk import CLOSED, HEADER, OPEN, ROLL
from tests.central.migris.test_direct import APPLICANT

ROW = f"{OPEN},Ona,Pavyzdė,1991-03-14,UKR,submitted,yes"


def rolled(path: Path, content: bytes, clock: HandClock | None = None) -> Roll:
    path.write_bytes(content)
    clock = clock or HandClock()
    os.utime(path, (clock.now().timestamp(),) * 2)
    return Roll(path, max_age=timedelta(hours=24), clock=clock)


@pytest.mark.parametrize("content", [ROLL, "\ufeff" + ROLL, ROLL.replace("\n", "\r\n")])
def test_it_answers_what_it_says(tmp_path: Path, content: str) -> None:
    roll = rolled(tmp_path / "roll.csv", content.encode())
    view = roll.find(OPEN)
    assert view is not None
    assert (view.open, view.state, view.applicant) == (True, "submitted", APPLICANT)
    closed = roll.find(CLOSED)
    assert closed is not None
    assert (closed.open, closed.applicant.surname) == (False, "Pavyzdys, jaunesnysis")
    assert roll.find("MIG-2026-999999") is None
    assert roll.search(APPLICANT) == (OPEN,)
    assert roll.search(APPLICANT.model_copy(update={"surname": "Kita"})) == ()


def test_a_new_roll_is_used_at_once_and_an_old_one_no_more(tmp_path: Path) -> None:
    clock = HandClock()
    roll = rolled(tmp_path / "roll.csv", ROLL.encode(), clock)
    clock.forward(hours=24)
    assert roll.find(OPEN) is not None
    clock.forward(seconds=1)
    with pytest.raises(ConnectorSilent):
        roll.find(OPEN)
    rolled(tmp_path / "roll.csv", f"{HEADER}\n".encode(), clock)
    assert roll.find(OPEN) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "its header is another"),
        (ROW.encode(), "its header is another"),
        (f"{HEADER}\n{ROW}\n{OPEN},Ona".encode(), "line 3 is not one of it"),
        (f"{HEADER}\n{ROW}x".encode(), "line 2 is not one of it"),
        (f"{HEADER}\n{ROW.replace('UKR', '')}".encode(), "line 2 is not one of it"),
        (f"{HEADER}\n{'1' * 65}{ROW}".encode(), "line 2 is not one of it"),
        (f'{HEADER}\n{OPEN},"Ona"x,'.encode(), "line 2 is not CSV"),
        (f"{HEADER}\n{ROW}".encode("utf-16"), "it is not UTF-8"),
    ],
)
def test_what_is_no_roll_answers_nothing_and_the_log_says_the_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, why: str
) -> None:
    roll = rolled(tmp_path / "roll.csv", content)
    for _ in range(3):
        with pytest.raises(ConnectorSilent):
            roll.find(OPEN)
    assert caplog.messages == [f"the roll of applications is out: {why}"]


def test_without_a_file_nothing_is_answered(tmp_path: Path) -> None:
    with pytest.raises(ConnectorSilent):
        Roll(tmp_path / "none.csv", max_age=timedelta(hours=1), clock=HandClock()).find(OPEN)
