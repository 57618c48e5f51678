"""What the examiner forks has given up everything before it reads, and the verdict in the process itself."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from central.bridge.examination import About, Examine, Fit, Unfit, read_asked, read_said
from central.bridge.examiner_process import examined
from central.bridge.frames import encode
from central.errors import CentralError
from tests.central import hostile
from tests.central.bridge.test_frames import reader
from tests.central.parcels import Visit, new_id

FORKED = (sys.executable, "-m", "central.bridge.examiner_process")


def test_each_print_is_named_before_it_is_decoded() -> None:
    looked: list[str] = []
    verdict = examined(Examine(package=Visit(parcel=new_id()).package()), about=lambda part: looked.append(str(part)))
    assert isinstance(verdict, Fit)
    assert looked == ["left-index", "right-index"]


@pytest.mark.parametrize(
    ("package", "code", "part"),
    [
        (b"", "package-damaged", None),
        (hostile.print_flipped(603, 0x55), "wsq-undecodable", "right-index"),
        (hostile.portrait_of_other_size(), "package-record-invalid", "face"),
    ],
    ids=["nothing", "corrupt print", "portrait of other size"],
)
def test_what_is_wrong_is_named_with_its_part(package: bytes, code: str, part: str | None) -> None:
    verdict = examined(Examine(package=package), about=lambda _part: None)
    assert isinstance(verdict, Unfit)
    assert (verdict.cause.code, verdict.cause.part) == (code, part)


async def test_what_is_said_comes_through_and_nothing_else_passes_for_it() -> None:
    asked = Examine(package=b"\x00\xff")
    assert read_asked(encode(asked)) == asked
    stream = reader(encode(About(part="face")), encode(asked))
    assert await read_said(stream) == About(part="face")
    with pytest.raises(CentralError):
        await read_said(stream)
    for frame in (b"", encode(asked)[:-1], encode(asked) + b"\x00", encode(About(part=None))):
        with pytest.raises(CentralError):
            read_asked(frame)


def test_it_ends_when_nobody_is_there_any_more() -> None:
    ours, theirs = socket.socketpair()
    with theirs, subprocess.Popen(FORKED, stdin=theirs.fileno(), stderr=subprocess.PIPE) as process:
        theirs.close()
        ours.close()
        assert process.stderr is not None
        assert (process.wait(60), process.stderr.read()) == (0, b"")


def test_what_looks_at_a_package_has_given_up_files_memory_time_and_processes() -> None:
    """Asked of the kernel while it waits for the package that it is not given."""
    ours, theirs = socket.socketpair()
    with ours, theirs, subprocess.Popen(FORKED, stdin=theirs.fileno()) as process:
        here, there = socket.socketpair()
        with here, there:
            socket.send_fds(ours, [b"."], [there.fileno()])
            there.close()
            assert here.recv(1) != b"", "it is there"
            (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            limits = Path(f"/proc/{child}/limits").read_text()
        process.kill()
    found = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
    assert found["Max cpu time"] == ["3", "4"]
    assert found["Max open files"] == ["3", "3"]
    assert found["Max processes"] == found["Max file size"] == found["Max core file size"] == ["0", "0"]
    assert int(found["Max address space"][0]) <= 256 * 1024 * 1024
