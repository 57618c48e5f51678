"""The opener as a process: what it gives up, how it works at several things, and when it ends."""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from central.bridge.frames import Ask, Deliver, Delivered, Ready, Response, encode, read_response
from central.paths import Paths
from tests.central.bridge.test_frames import ASK, DELIVER
from tests.central.headquarters import Station

GIVEN_UP = """
import ctypes, resource
from central.bridge.opener_process import main
try:
    main()
finally:
    print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@contextmanager
def opener(paths: Paths) -> Iterator[subprocess.Popen[bytes]]:
    command = (sys.executable, "-m", "central.bridge.opener_process", str(paths.root))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def frame(stream: IO[bytes]) -> bytes:
    length = stream.read(4)
    return length + stream.read(int.from_bytes(length, "big"))


async def answers(output: bytes) -> list[Response]:
    stream = asyncio.StreamReader()
    stream.feed_data(output)
    stream.feed_eof()
    found = []
    while (response := await read_response(stream)) is not None:
        found.append(response)
    return found


def requests(station: Station, numbers: range) -> list[Deliver | Ask]:
    """Deliveries and questions in turn; none of them opens."""
    public = station.seal.public.pem()
    kinds = (DELIVER, ASK)
    return [kinds[number % 2].model_copy(update={"number": number, "seal_public": public}) for number in numbers]


def test_several_at_once_a_whole_groups_signals_and_the_end(headquarters: Paths, station: Station) -> None:
    with opener(headquarters) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert frame(process.stdout) == encode(Ready(number=0))
        process.stdin.write(encode(requests(station, range(1, 2))[0]))
        process.stdin.flush()
        first = frame(process.stdout)
        # what a terminal or the service manager sends to the whole group is the bridge's to heed
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        locked = re.findall(r"VmLck:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        output, complaints = process.communicate(b"".join(encode(one) for one in requests(station, range(2, 31))))
        assert process.returncode == 0
    found = asyncio.run(answers(first + output))
    assert sorted(response.number for response in found) == list(range(1, 31))
    assert all(isinstance(response, Delivered) == (response.number % 2 == 0) for response in found)
    assert [line.split()[4:6] for line in limits.splitlines() if "core file" in line] == [["0", "0"]]
    assert b"Traceback" not in complaints
    # the log says so where the limits forbid it
    assert (int(locked[0]) > 0) == (b"is not locked" not in complaints)


def test_a_bridge_that_died_leaves_no_trace_of_what_was_in_hand(headquarters: Paths, station: Station) -> None:
    with opener(headquarters) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b"".join(encode(one) for one in requests(station, range(1, 9))))
        process.stdin.close()
        assert process.wait(20) == 0
        assert b"Traceback" not in process.stderr.read()


def test_what_is_not_set_up_ends_with_one_sentence_and_could_not_dump(tmp_path: Path) -> None:
    command = [sys.executable, "-c", GIVEN_UP, str(tmp_path)]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "(0, 0) 0\n")
    *_, line = done.stderr.splitlines()
    assert line.endswith("This folder is not set up: run `smilius-central init` first.")
