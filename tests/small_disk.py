"""A small ext4 of its own, loop-mounted: a disk that really becomes full. Needs root and a loop device."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_TOOLS = ("mkfs.ext4", "mount", "umount")


class SmallDisk:
    """A mounted file system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Until not one more byte fits."""
        chunk = b"\xff" * 65536
        with self._filler.open("ab", buffering=0) as file:
            while chunk:
                try:
                    file.write(chunk)
                except OSError:
                    chunk = chunk[: len(chunk) // 2]

    def empty(self) -> None:
        """What filled it goes."""
        self._filler.unlink()


@contextmanager
def mounted(image: Path, folder: Path, *, size_mib: int) -> Iterator[SmallDisk]:
    """Make one, mount it on the folder, and unmount it at the end. Skips the test where that is not allowed."""
    if any(shutil.which(tool) is None for tool in _TOOLS):
        pytest.skip(f"a small disk is made with {', '.join(_TOOLS)}")
    with image.open("wb") as file:
        file.truncate(size_mib << 20)
    # no blocks for root only: the tests may run as root. Blocks of a page, as on every disk of a station's size: with
    # a tiny disk's smaller ones the memory that SQLite shares has holes, and touching one on a full disk ends a process
    command = ["mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", "-J", "size=4", str(image)]
    subprocess.run(command, check=True)
    done = subprocess.run(["mount", "-o", "loop", str(image), str(folder)], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("nothing may be mounted here")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
