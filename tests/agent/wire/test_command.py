"""Commands: only a hold has terms, and the others are the bytes that stations of the release before read."""

import pytest

from agent.wire import Command, CommandVerb, HoldTerms, WireError
from agent.wire.document import read_plain
from tests.agent.wire.specimens import COMMAND, TIME

TERMS = HoldTerms(reason="case 12/2027", until=TIME)
HOLD = Command.model_validate({**COMMAND.model_dump(), "verb": CommandVerb.HOLD, "hold": TERMS})


def test_a_hold_says_why_and_until_when() -> None:
    written = HOLD.canonical()
    assert b'"hold":{"reason":"case 12/2027","until":"2026-11-22T04:30:00.123Z"}' in written
    assert read_plain(written, Command) == HOLD


def test_every_other_command_is_written_as_it_always_was() -> None:
    assert b"hold" not in COMMAND.canonical()
    assert read_plain(COMMAND.canonical(), Command) == COMMAND


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"verb":"hold"', b'"verb":"find"'),
        (b'"hold":{"reason":"case 12/2027","until":"2026-11-22T04:30:00.123Z"},', b""),
    ],
)
def test_a_hold_without_terms_and_terms_without_a_hold_are_refused(before: bytes, after: bytes) -> None:
    content = HOLD.canonical()
    assert before in content
    with pytest.raises(WireError):
        read_plain(content.replace(before, after), Command)
