"""agent/wire/presence.py: a will that arrives late is told apart from the state of today."""

import pytest

from agent.errors import WireError
from agent.wire import StationPresence
from agent.wire.document import read_plain
from tests.agent.wire.specimens import PARCEL


def test_a_will_is_the_state_of_its_connection_said_the_other_way() -> None:
    here = StationPresence(online=True, boot=PARCEL, connection=3)
    will = StationPresence(online=False, boot=PARCEL, connection=3)
    assert read_plain(will.canonical(), StationPresence) == will
    assert (will.boot, will.connection) == (here.boot, here.connection)
    assert will.canonical() == here.canonical().replace(b"true", b"false")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"online":true}', b'{"online":1,"boot":"x","connection":"3"}'])
def test_what_is_no_state_is_refused(content: bytes) -> None:
    with pytest.raises(WireError, match=r"^A stationpresence is not complete: "):
        read_plain(content, StationPresence)
