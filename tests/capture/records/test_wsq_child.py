"""The decoder's child: what it answers, and what it has given up before it reads."""

import struct
import subprocess
import sys

from capture.records.wsq import encode
from tests.capture.records.specimens import ridges

CHILD = (sys.executable, "-I", "-m", "capture.records.wsq_child")

CONFINED = """
import os, resource
from capture.records.wsq_child import confine
confine()
try:
    os.open("/dev/null", os.O_RDONLY)
except OSError:
    print("no files")
try:
    bytearray(512 * 1024 * 1024)
except MemoryError:
    print("little memory")
print(resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NPROC))
print(resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_FSIZE))
"""


def test_a_print_goes_in_and_pixels_come_out() -> None:
    wsq = encode(ridges(64, 96), width_px=64, height_px=96)
    done = subprocess.run(CHILD, input=wsq, capture_output=True, check=True)
    assert struct.unpack_from(">II", done.stdout) == (64, 96)
    assert len(done.stdout) == 8 + 64 * 96


def test_garbage_ends_it_with_a_failure() -> None:
    done = subprocess.run(CHILD, input=b"\xff\xa0 no print", capture_output=True, check=False)
    assert done.returncode != 0
    assert done.stdout == b""


def test_it_gives_up_files_memory_processes_and_dumps() -> None:
    done = subprocess.run([sys.executable, "-c", CONFINED], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["no files", "little memory", "(0, 0) (0, 0)", "(3, 4) (0, 0)"]
