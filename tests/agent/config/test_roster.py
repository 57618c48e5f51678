"""Who may work: nobody is stopped before the first list, and one that cannot be believed lets nobody work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.roster import held_roster, refusal
from agent.errors import ConfigError
from agent.wire import sign_document
from tests.agent.courier.premises import CENTRAL_KEY, FOREIGN_KEY, Premises
from tests.agent.fleet.lists import roster
from tests.agent.fleet.room import place


@pytest.fixture
def premises(tmp_path: Path) -> Iterator[Premises]:
    opened = Premises(tmp_path)
    place(opened)
    yield opened
    opened.close()


def reason(premises: Premises, operator: str) -> str | None:
    refused = refusal(premises.paths, operator)
    return None if refused is None else refused.reason


def test_the_list_says_who_may_work(premises: Premises) -> None:
    assert (held_roster(premises.paths), reason(premises, "op-7")) == (None, None)
    premises.paths.roster.write_bytes(sign_document(roster(1, "op-7", gone=("op-8",)), CENTRAL_KEY))
    assert held_roster(premises.paths) == roster(1, "op-7", gone=("op-8",))
    assert [reason(premises, one) for one in ("op-7", "op-8", "op-9")] == [None, "operator-revoked", "operator-unknown"]
    # read anew whenever it is asked
    premises.paths.roster.write_bytes(sign_document(roster(2, gone=("op-7", "op-8")), CENTRAL_KEY))
    assert reason(premises, "op-7") == "operator-revoked"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        sign_document(roster(1, "op-7"), FOREIGN_KEY),
        sign_document(roster(1, "op-7", station="riga-1"), CENTRAL_KEY),
        sign_document(roster(1, "op-7"), CENTRAL_KEY)[:-1],
    ],
)
def test_one_that_cannot_be_believed_lets_nobody_work(premises: Premises, content: bytes) -> None:
    premises.paths.roster.write_bytes(content)
    with pytest.raises(ConfigError):
        held_roster(premises.paths)
    assert reason(premises, "op-7") == "operators-unbelievable"


def test_one_that_cannot_be_read_lets_nobody_work(premises: Premises) -> None:
    premises.paths.roster.mkdir()
    assert reason(premises, "op-7") == "operators-unbelievable"
