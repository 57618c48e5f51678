import os
import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from drivers.transport.edge_reader import EdgeReader


class Pipe:
    """A file with something to read, and what was read of it."""

    def __init__(self) -> None:
        self.fd, self._write_fd = os.pipe()
        self.came: queue.Queue[bytes] = queue.Queue()

    def write(self, text: bytes) -> None:
        os.write(self._write_fd, text)

    def hang_up(self) -> None:
        os.close(self._write_fd)
        self._write_fd = -1

    def read(self) -> bool:
        self.came.put(os.read(self.fd, 10))
        return True

    def next(self) -> bytes:
        return self.came.get(timeout=5)

    def close(self) -> None:
        os.close(self.fd)
        if self._write_fd >= 0:
            os.close(self._write_fd)


@pytest.fixture
def pipe() -> Iterator[Callable[[], Pipe]]:
    made: list[Pipe] = []

    def make() -> Pipe:
        made.append(Pipe())
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def reader(pipe: Callable[[], Pipe]) -> Iterator[EdgeReader]:
    # asks for the pipes so that it is closed before they are
    made = EdgeReader()
    yield made
    made.close()


def test_each_file_is_read_when_it_has_something(reader: EdgeReader, pipe: Callable[[], Pipe]) -> None:
    first, second = pipe(), pipe()
    for one in (first, second):
        reader.watch(one.fd, one.read)
    second.write(b"second")
    assert second.next() == b"second"
    first.write(b"first")
    assert first.next() == b"first"
    reader.unwatch(first.fd)
    first.write(b"unheard")
    second.write(b"last")
    assert second.next() == b"last"
    assert os.read(first.fd, 10) == b"unheard"


def test_a_file_that_hung_up_is_read_once_and_ends_nothing_else(reader: EdgeReader, pipe: Callable[[], Pipe]) -> None:
    gone, live = pipe(), pipe()
    gone.write(b"good")
    gone.hang_up()
    reader.watch(gone.fd, gone.read)
    assert gone.next() == b"good"
    reader.watch(live.fd, live.read)
    live.write(b"live")
    assert live.next() == b"live"
    assert gone.came.empty()


def test_what_says_that_nothing_will_come_is_not_asked_again(reader: EdgeReader, pipe: Callable[[], Pipe]) -> None:
    over, live = pipe(), pipe()
    asked: queue.Queue[str] = queue.Queue()

    def refuse() -> bool:
        asked.put("asked")
        return False

    over.write(b"never read")
    reader.watch(over.fd, refuse)
    assert asked.get(timeout=5) == "asked"
    reader.watch(live.fd, live.read)
    live.write(b"next")
    assert live.next() == b"next"
    assert asked.empty()


def test_closing_ends_the_thread_and_may_be_repeated(pipe: Callable[[], Pipe]) -> None:
    reader, one = EdgeReader(), pipe()
    reader.watch(one.fd, one.read)
    assert "gpio-edges" in {thread.name for thread in threading.enumerate()}
    reader.close()
    reader.close()
    assert "gpio-edges" not in {thread.name for thread in threading.enumerate()}
