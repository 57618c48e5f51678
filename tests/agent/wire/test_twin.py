"""The twin on the wire."""

import json

import pytest

from agent.wire import StationTopics, Twin, WireError, read_signed, read_topic, sign_document
from agent.wire.document import read_plain
from tests.agent.courier.premises import FOREIGN_KEY, LINK_KEY
from tests.agent.fleet.pictures import twin
from vault.envelope import Pinned


def test_it_survives_the_wire() -> None:
    assert read_signed(sign_document(twin(), LINK_KEY), Twin, pinned=Pinned([LINK_KEY.public])) == twin()
    with pytest.raises(WireError):
        read_signed(sign_document(twin(), FOREIGN_KEY), Twin, pinned=Pinned([LINK_KEY.public]))


@pytest.mark.parametrize(
    "wrong", [{"number": 0}, {"free_bytes": -1}, {"serial": "A1"}, {"warnings": ["Jonas Jonaitis"]}, {"version": ""}]
)
def test_what_is_none_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(WireError, match="not complete"):
        read_plain(json.dumps({**json.loads(twin().canonical()), **wrong}).encode(), Twin)


def test_its_topic_is_read_at_central() -> None:
    where = read_topic(StationTopics("lt", "vilnius-1").twin)
    assert where is not None
    assert (where.tenant, where.station, where.subject, where.id) == ("lt", "vilnius-1", "twin", "")
    assert read_topic("smilius/1/lt/vilnius-1/up/twin/more") is None
