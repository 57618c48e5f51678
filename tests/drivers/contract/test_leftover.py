"""What is left open is seen: each thing that is counted, opened and not closed."""

import asyncio
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from drivers.contract.leftover import leaves_nothing, open_things
from drivers.contract.promise import NotConforming
from drivers.contract.thread import in_thread


@contextmanager
def a_file() -> Iterator[None]:
    handle = os.open("/dev/null", os.O_RDONLY)
    yield
    os.close(handle)


@contextmanager
def a_thread() -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    yield
    ended.set()
    thread.join()


@contextmanager
def a_task() -> Iterator[None]:
    task = asyncio.get_running_loop().create_task(asyncio.Event().wait())
    yield
    task.cancel()


@contextmanager
def shared_memory() -> Iterator[None]:
    buffer = mmap.mmap(-1, 4096, flags=mmap.MAP_SHARED)
    yield
    buffer.close()


@pytest.mark.parametrize(
    ("left", "name"),
    [(a_file, "1 files"), (a_thread, "1 threads"), (a_task, "1 tasks"), (shared_memory, "1 shared mappings")],
)
async def test_what_is_left_behind_is_named(left: Callable[[], AbstractContextManager[None]], name: str) -> None:
    opened = left()

    async def leave() -> None:
        opened.__enter__()

    with pytest.raises(NotConforming, match=name):
        await leaves_nothing(leave())
    opened.__exit__(None, None, None)


async def test_what_is_given_back_is_nothing_and_the_loops_threads_are_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "read"
    path.write_bytes(b"x")

    async def read() -> None:
        assert await in_thread(path.read_bytes) == b"x"
        with a_file(), a_thread(), shared_memory():
            assert sum(open_things().values()) > 0

    await leaves_nothing(read())


async def test_what_fails_fails_with_its_own_words() -> None:
    async def fail() -> None:
        raise ValueError("It failed.")

    with pytest.raises(ValueError, match="It failed"):
        await leaves_nothing(fail())
