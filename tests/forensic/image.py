"""A file system in a file: what the product left in its blocks can be read past the file system."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEGABYTE = 1024 * 1024


def missing() -> str:
    """Why no file system can be mounted here, or nothing."""
    if os.geteuid() != 0:
        return "a file system is mounted by root only"
    if shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
        return "mkfs.ext4 is not installed"
    if not any(Path("/dev").glob("loop*")):
        return "this kernel has no loop devices"
    return ""


@contextmanager
def mounted(image: Path, folder: Path, *, size_bytes: int) -> Iterator[Path]:
    """An ext4 file system in the image, on the folder, as the product's disks are: journal, nothing discarded."""
    with image.open("wb") as file:
        file.truncate(size_bytes)
    _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", str(image))
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-o", "loop,nodiscard", str(image), str(folder))
    try:
        (folder / "lost+found").rmdir()
        yield folder
    finally:
        # a process that a failed test left behind must not keep the device
        _run("umount", "--lazy", str(folder))


def written_out(folder: Path) -> None:
    """Everything that was written below the mount point is in the image, the journal's part too."""
    _run("sync", "--file-system", str(folder))


def _run(*command: str) -> None:
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
