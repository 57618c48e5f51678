"""agent/wire/tombstone.py: the fields of design section 3, for every way in which content can end."""

import json

import pytest

from agent.errors import WireError
from agent.wire import How, Tombstone
from agent.wire.document import read_plain
from tests.agent.wire.specimens import TOMBSTONE


def test_the_fields_are_the_designs() -> None:
    words = "parcel, kind, digest, stage, receipt, how, authorised_by, time, verified"
    assert list(Tombstone.model_fields) == words.split(", ")
    assert [how.value for how in How] == ["wiped", "destroyed", "cancelled", "expired"]


@pytest.mark.parametrize("how", How)
def test_every_way_has_a_tombstone(how: How) -> None:
    tombstone = TOMBSTONE.model_copy(update={"how": how, "receipt": None})
    assert read_plain(tombstone.canonical(), Tombstone) == tombstone


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("how", "lost"),
        ("how", "WIPED"),
        ("stage", "a b"),
        ("authorised_by", "x" * 81),
        ("verified", None),
        ("receipt", ""),
    ],
)
def test_a_value_that_no_tombstone_has_is_refused(field: str, value: object) -> None:
    content = json.dumps({**json.loads(TOMBSTONE.canonical()), field: value}).encode()
    with pytest.raises(WireError, match=rf"^A tombstone is not complete: {field}\.$"):
        read_plain(content, Tombstone)
