"""What a queue is heard to hold."""

import pytest

from drivers.contract import ProtocolFault
from drivers.fingerprint.inbox import Inbox
from tests.drivers.fingerprint.pipes import NotedPipe


def _inbox(queued: int, *, reads_max: int = 4) -> tuple[Inbox, NotedPipe, list[str]]:
    done: list[str] = []
    pipe = NotedPipe(done.append)
    pipe.queued = [b"left"] * queued
    return Inbox(pipe, 0x82, read_bytes=512, reads_max=reads_max), pipe, done


def test_silence_is_listened_for_as_long_as_is_said() -> None:
    inbox, _, done = _inbox(0)
    assert inbox.silent(7)
    inbox.need_silence(9)
    assert done == ["read 0x82 512 7", "read 0x82 512 9"]


def test_what_is_there_is_no_silence_and_is_thrown_away() -> None:
    inbox, pipe, _ = _inbox(2)
    assert not inbox.silent(1)
    with pytest.raises(ProtocolFault, match="more than it was asked for"):
        inbox.need_silence(1)
    assert pipe.queued == []


def test_it_is_drained_to_its_end_or_found_endless() -> None:
    inbox, pipe, done = _inbox(3)
    inbox.drain(50)
    assert (pipe.queued, len(done)) == ([], 4)
    with pytest.raises(ProtocolFault, match="does not stop sending"):
        _inbox(4)[0].drain(50)
