"""A file system that remembers only what was synced: content by fsync of the file, names by fsync of the folder. Pure.

Both exist twice, as they are and as they would be after a power cut. A cut falls back to the durable state; beyond it a
real disk may have kept some of the rest: of the un-synced changes to folders a first part, in their order, and of the
un-synced writes single sectors, in none. Modes and owners count as durable at once.
"""

import errno
import os
import random
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class File:
    """A file's content, whatever its names."""

    mode: int
    """Type and permissions."""
    content: bytearray = field(default_factory=bytearray)
    """As it is."""
    durable: bytes = b""
    """As it was when it was last synced."""
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Writes since: where, and what; None for a cut to that length."""
    owner: tuple[int, int] = (0, 0)
    """User and group."""

    def write(self, at: int, data: bytes) -> None:
        """As pwrite(2)."""
        if len(self.content) < at:
            self.content.extend(bytes(at - len(self.content)))
        self.content[at : at + len(data)] = data
        self.unsynced.append((at, data))

    def truncate(self, size: int) -> None:
        """As ftruncate(2)."""
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))
        self.unsynced.append((size, None))

    def sync(self) -> None:
        """As fsync(2)."""
        self.durable = bytes(self.content)
        self.unsynced.clear()


@dataclass(eq=False, slots=True)
class Folder:
    """Names, as they are and as they were last synced."""

    mode: int
    """Type and permissions."""
    entries: "dict[str, File | Folder]" = field(default_factory=dict)
    """As they are."""
    durable: "dict[str, File | Folder]" = field(default_factory=dict)
    """As they were when they were last synced."""
    owner: tuple[int, int] = (0, 0)
    """User and group."""


Node = File | Folder
Change = tuple[Folder, str, Node | None]
"""In this folder this name leads there from now on, or nowhere."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What a disk keeps at a cut beyond what was synced."""

    seed: int = 0
    """Decides."""
    changes: bool = False
    """Whether a first part of the un-synced changes to folders is kept."""
    sector_bytes: int = 0
    """Size of the pieces of un-synced writes of which some are kept; 0: none is."""


class Volume:
    """The whole tree. Paths are absolute in it. :raises: OSError, as the system calls do."""

    def __init__(self, root: Folder | None = None) -> None:
        self.root = root or Folder(stat.S_IFDIR | 0o755)
        self._unsynced: list[list[Change]] = []

    def find(self, path: str) -> Node:
        """What has this name."""
        node: Node = self.root
        for name in path.split("/"):
            if name:
                if not isinstance(node, Folder):
                    raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
                if name not in node.entries:
                    raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
                node = node.entries[name]
        return node

    def folder(self, path: str) -> Folder:
        """The folder of this name."""
        node = self.find(path)
        if not isinstance(node, Folder):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return node

    def add(self, path: str, node: Node) -> None:
        """A new file or folder gets this name."""
        above, name = os.path.split(path)
        self._change([(self.folder(above), name, node)])

    def remove(self, path: str) -> None:
        """The name is gone."""
        node = self.find(path)
        if isinstance(node, Folder) and node.entries:
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
        above, name = os.path.split(path)
        self._change([(self.folder(above), name, None)])

    def rename(self, old: str, new: str) -> None:
        """As rename(2): whatever had the new name has none any more."""
        node = self.find(old)
        (above, name), (new_above, new_name) = os.path.split(old), os.path.split(new)
        self._change([(self.folder(above), name, None), (self.folder(new_above), new_name, node)])

    def sync(self, node: Node) -> None:
        """As fsync(2). A folder's own part of a rename is durable then, and the other folder's is not."""
        if isinstance(node, File):
            node.sync()
            return
        node.durable = dict(node.entries)
        kept = [[change for change in changes if change[0] is not node] for changes in self._unsynced]
        self._unsynced = [changes for changes in kept if changes]

    def after_cut(self, keep: Keep) -> "Volume":
        """What is found when the power is back."""
        chance = random.Random(keep.seed)
        if keep.changes:
            for changes in self._unsynced[: chance.randint(0, len(self._unsynced))]:
                for folder, name, node in changes:
                    _enter(folder.durable, name, node)
        found: dict[int, Node] = {}
        root = _survivor(self.root, keep, chance, found=found)
        assert isinstance(root, Folder)
        return Volume(root)

    def _change(self, changes: list[Change]) -> None:
        for folder, name, node in changes:
            _enter(folder.entries, name, node)
        self._unsynced.append(changes)

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Everything, with its path, as it is."""
        waiting: list[tuple[str, Node]] = [("/", self.root)]
        while waiting:
            path, node = waiting.pop()
            yield path, node
            if isinstance(node, Folder):
                waiting += [(os.path.join(path, name), one) for name, one in node.entries.items()]


def _enter(entries: dict[str, Node], name: str, node: Node | None) -> None:
    entries.pop(name, None)
    if node is not None:
        entries[name] = node


def _survivor(node: Node, keep: Keep, chance: random.Random, *, found: dict[int, Node]) -> Node:
    """The node as it is found again; one node under two names stays one."""
    if id(node) in found:
        return found[id(node)]
    if isinstance(node, File):
        content = _torn(node, keep.sector_bytes, chance) if keep.sector_bytes else node.durable
        found[id(node)] = File(node.mode, bytearray(content), bytes(content), owner=node.owner)
        return found[id(node)]
    folder = found[id(node)] = Folder(node.mode, owner=node.owner)
    for name, one in node.durable.items():
        folder.entries[name] = _survivor(one, keep, chance, found=found)
    folder.durable = dict(folder.entries)
    return folder


def _torn(file: File, sector_bytes: int, chance: random.Random) -> bytes:
    """The durable content, and over it some sectors of what was written since."""
    content = bytearray(file.durable)
    for at, data in file.unsynced:
        if data is None:
            if chance.random() < 0.5:
                del content[at:]
                content.extend(bytes(at - len(content)))
            continue
        for begin, end in _sectors(at, len(data), sector_bytes):
            if chance.random() < 0.5:
                content.extend(bytes(max(0, begin - len(content))))
                content[begin:end] = data[begin - at : end - at]
    return bytes(content)


def _sectors(at: int, size: int, sector_bytes: int) -> Iterator[tuple[int, int]]:
    """Where the disk's sectors divide a write."""
    begin = at
    while begin < at + size:
        end = min(at + size, (begin // sector_bytes + 1) * sector_bytes)
        yield begin, end
        begin = end
