"""The memory: what a ledger's lines say of what was noticed, and what they cannot make it believe."""

import pytest

from agent.guard.cause import Memory, Noticed, named
from agent.wire import Trigger
from tests.agent.courier.premises import BEGIN

EVENT = "01jd0000000000000000000003"
LINE = (
    b'{"event":"01jd0000000000000000000003","kind":"breach-noticed","number":1,"records":null,'
    b'"since":"2026-11-22T08:00:00.000Z","time":"2026-11-22T08:00:00.000Z","trigger":"mass-read","what":"uid 7"}'
)


def test_a_line_is_remembered_as_it_was_written() -> None:
    memory = Memory()
    memory.read(LINE)
    (noticed,) = memory.untold
    assert noticed == Noticed(
        event=EVENT, trigger=Trigger.MASS_READ, what="uid 7", records=None, since=BEGIN, time=BEGIN
    )
    assert memory.lasts(Trigger.MASS_READ, "uid 7") == EVENT
    memory.read(f'{{"event":"{EVENT}","kind":"breach-told"}}'.encode())
    memory.read(f'{{"event":"{EVENT}","kind":"breach-over"}}'.encode())
    assert (memory.untold, memory.lasts(Trigger.MASS_READ, "uid 7")) == ((), None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind":"breach-noticed"',
        b'{"kind":"breach-noticed"}',
        LINE.replace(b"mass-read", b"unheard-of"),
        LINE.replace(b"uid 7", b"UID\\n7"),
        LINE.replace(b"01jd", b"!!!!"),
        LINE.replace(b"breach-noticed", b"visit-opened"),
        b'{"kind":"breach-\xff"}',
    ],
)
def test_what_this_process_never_wrote_is_not_remembered(body: bytes) -> None:
    memory = Memory()
    memory.read(body)
    assert memory.untold == ()


def test_an_installers_name_becomes_one_that_an_event_may_have() -> None:
    assert named("door Seifas Nr. 2 / \u017ealias") == "door seifas nr. 2 - -alias"
    assert len(named("x" * 500)) == 120
