"""`python -m tests.power.disk SOURCE FOLDER CONTROL`: mounts a volume over FUSE, whose power can be cut.

It begins with a copy of SOURCE, all of it durable. CONTROL/order says at which durable operation from then on the power
goes, and what is kept beyond what was synced: then every process of the named groups is killed before the operation is
answered, and nothing is done any more; CONTROL/cut says at which it was. Unmounted, it mounts what has survived; it
ends when CONTROL/end is there. SQLite's shared memory is kept and not counted: it is made anew from the log.

Source: fuse(4); libfuse's high-level interface, through mfusepy.
"""

import errno
import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mfusepy import FUSE, Operations

from tests.power.volume import File, Folder, Keep, Node, Volume

NOT_COUNTED = "-shm"


@dataclass(frozen=True, slots=True)
class Order:
    """When the power goes."""

    number: int
    """At the how manieth durable operation from now, from 1."""
    groups: tuple[int, ...]
    """Process groups that die then."""
    keep: Keep
    """What the disk keeps beyond what was synced."""

    def write(self, control: Path) -> None:
        """For the disk to obey."""
        keep = [self.keep.seed, self.keep.changes, self.keep.sector_bytes]
        whole = control / "order.writing"
        whole.write_text(json.dumps([self.number, self.groups, keep]))
        whole.rename(control / "order")

    @classmethod
    def take(cls, control: Path) -> "Order | None":
        """The order, which is there once."""
        file = control / "order"
        try:
            number, groups, keep = json.loads(file.read_text())
        except FileNotFoundError:
            return None
        file.unlink()
        return cls(number, tuple(groups), Keep(*keep))


class Disk(Operations):  # type: ignore[misc]  # the library has no types
    """Answers the kernel, one operation at a time."""

    use_ns = True

    def __init__(self, volume: Volume, control: Path) -> None:
        self.survivor = volume
        self._volume = volume
        self._control = control
        self._order: Order | None = None
        self._left = 0
        self._dark = False
        self._open: dict[int, Node] = {}
        self._handles = 0

    def _durable(self, step: str, path: str, work: Callable[[], object]) -> None:
        """Do an operation that something durable comes of; it may be the one before which the power goes."""
        self._need_power()
        if not path.endswith(NOT_COUNTED):
            self._count(f"{step} {os.path.basename(path)}")
        work()

    def _count(self, step: str) -> None:
        order = Order.take(self._control)
        if order is not None:
            self._order, self._left = order, order.number
        if self._order is None:
            return
        with (self._control / "steps").open("a") as steps:
            steps.write(step + "\n")
        self._left -= 1
        if self._left == 0:
            self._cut(self._order, step)

    def _cut(self, order: Order, step: str) -> None:
        self._dark = True
        for group in order.groups:
            os.killpg(group, signal.SIGKILL)
        self.survivor = self._volume.after_cut(order.keep)
        whole = self._control / "cut.writing"
        whole.write_text(step)
        whole.rename(self._control / "cut")
        self._need_power()

    def _need_power(self) -> None:
        if self._dark:
            raise OSError(errno.EIO, "no power")

    def _opened(self, node: Node) -> int:
        self._handles += 1
        self._open[self._handles] = node
        return self._handles

    def _file(self, path: str | None, handle: int | None) -> File:
        node = self._node(path, handle)
        if not isinstance(node, File):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        return node

    def _node(self, path: str | None, handle: int | None) -> Node:
        self._need_power()
        if handle in self._open:
            return self._open[handle]
        assert path is not None, "what is not open has a name"
        return self._volume.find(path)

    def getattr(self, path: str | None, fh: int | None = None) -> dict[str, Any]:
        """stat(2)."""
        node = self._node(path, fh)
        size = len(node.content) if isinstance(node, File) else 0
        links = 1 if isinstance(node, File) else 2
        user, group = node.owner
        return {"st_mode": node.mode, "st_size": size, "st_nlink": links, "st_uid": user, "st_gid": group}

    def readdir(self, path: str, fh: int) -> list[str]:
        """Names in a folder."""
        self._need_power()
        return [".", "..", *self._volume.folder(path).entries]

    def opendir(self, path: str) -> int:
        """A handle of a folder."""
        self._need_power()
        return self._opened(self._volume.folder(path))

    def releasedir(self, path: str | None, fh: int) -> int:
        """The handle is not used any more."""
        self._open.pop(fh, None)
        return 0

    def fsyncdir(self, path: str | None, datasync: int, fh: int) -> int:
        """fsync(2) of a folder."""
        self._durable("sync", path or "", lambda: self._volume.sync(self._open[fh]))
        return 0

    def create(self, path: str, mode: int, flags: int) -> int:
        """A new file, open."""
        file = File(stat.S_IFREG | stat.S_IMODE(mode))
        self._durable("make", path, lambda: self._volume.add(path, file))
        return self._opened(file)

    def open(self, path: str, flags: int) -> int:
        """A handle of a file."""
        file = self._file(path, None)
        if flags & os.O_TRUNC:
            self._durable("cut", path, lambda: file.truncate(0))
        return self._opened(file)

    def read(self, path: str | None, size: int, offset: int, fh: int) -> bytes:
        """pread(2)."""
        return bytes(self._file(path, fh).content[offset : offset + size])

    def write(self, path: str | None, data: bytes, offset: int, fh: int) -> int:
        """pwrite(2)."""
        file = self._file(path, fh)
        self._durable("write", path or "", lambda: file.write(offset, bytes(data)))
        return len(data)

    def truncate(self, path: str | None, length: int, fh: int | None = None) -> int:
        """ftruncate(2)."""
        file = self._file(path, fh)
        self._durable("cut", path or "", lambda: file.truncate(length))
        return 0

    def fsync(self, path: str | None, datasync: int, fh: int) -> int:
        """fsync(2) of a file."""
        file = self._file(path, fh)
        self._durable("sync", path or "", lambda: self._volume.sync(file))
        return 0

    def release(self, path: str | None, fh: int) -> int:
        """The handle is not used any more."""
        self._open.pop(fh, None)
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        """mkdir(2)."""
        self._durable("make", path, lambda: self._volume.add(path, Folder(stat.S_IFDIR | stat.S_IMODE(mode))))
        return 0

    def unlink(self, path: str) -> int:
        """unlink(2)."""
        self._durable("unlink", path, lambda: self._volume.remove(path))
        return 0

    def rmdir(self, path: str) -> int:
        """rmdir(2)."""
        self._durable("unlink", path, lambda: self._volume.remove(path))
        return 0

    def rename(self, old: str, new: str) -> int:
        """rename(2)."""
        self._durable("rename", old, lambda: self._volume.rename(old, new))
        return 0

    def chmod(self, path: str | None, mode: int) -> int:
        """chmod(2); durable at once."""
        node = self._node(path, None)
        node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        return 0

    def chown(self, path: str | None, uid: int, gid: int) -> int:
        """chown(2); durable at once."""
        node = self._node(path, None)
        node.owner = (node.owner[0] if uid == 0xFFFFFFFF else uid, node.owner[1] if gid == 0xFFFFFFFF else gid)
        return 0

    def utimens(self, path: str | None, times: tuple[int, int] | None = None) -> int:
        """Times are not kept."""
        self._node(path, None)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        """There is room."""
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 1 << 20, "f_bfree": 1 << 19, "f_bavail": 1 << 19}


def loaded(source: Path) -> Volume:
    """What is in a folder, all of it durable."""
    volume = Volume()
    for above, folders, files in os.walk(source):
        inside = "/" / Path(above).relative_to(source)
        for name in folders:
            volume.add(str(inside / name), Folder(Path(above, name).stat().st_mode))
        for name in files:
            file = File(Path(above, name).stat().st_mode)
            file.write(0, Path(above, name).read_bytes())
            volume.add(str(inside / name), file)
    for _, node in list(volume.walk()):
        volume.sync(node)
    return volume


def main() -> None:
    """Mount, and again after each cut, until it is time to end."""
    source, folder, control = (Path(argument) for argument in sys.argv[1:])
    volume = loaded(source)
    while not (control / "end").exists():
        disk = Disk(volume, control)
        FUSE(disk, str(folder), foreground=True, nothreads=True, hard_remove=True, default_permissions=True)
        volume = disk.survivor


if __name__ == "__main__":
    main()
