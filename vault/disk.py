"""Steps on the disk that are done when they return: synced file, synced folder. POSIX file systems.

Each raises DiskFailed when the disk does not do it. Source: fsync(2) (a file's name is durable only when its folder was
synced too), rename(2).
"""

import errno
import os
import stat
from contextlib import ContextDecorator
from pathlib import Path
from types import TracebackType

from vault.errors import DiskFailed

_TEMPORARY = ".writing"

NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.EINVAL, errno.EFBIG})
"""Numbers of `read_file`'s errors that say what is at a place, and not what the disk could not do just now."""


class _ours(ContextDecorator):  # noqa: N801 (it reads as a verb)
    """The system's errors become ours, without the path that they name."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, OSError):
            number = error.errno or errno.EIO
            raise DiskFailed(f"The disk failed: {os.strerror(number)}.", number=number) from error


@_ours()
def write_durably(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """The file is there whole and synced, or not there at all."""
    temporary = unfinished(path)
    try:
        _write_synced(temporary, content, mode=mode)
        try:
            temporary.rename(path)
        except FileNotFoundError:
            # whoever reads here has just started and swept it; nobody starts twice in the time that this takes
            _write_synced(temporary, content, mode=mode)
            temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _write_synced(path: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        belong_to_folder(path)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def unfinished(path: Path) -> Path:
    """Where `write_durably` has the content until it is whole."""
    return path.with_name(path.name + _TEMPORARY)


@_ours()
def read_file(path: Path, *, bytes_max: int) -> bytes:
    """A regular file's content; a link, a pipe, a folder or a larger file is not read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > bytes_max:
            raise OSError(errno.EFBIG, "larger than it may be")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # not `bytes_max`: a buffer of that size would be made for every small file
            return file.read(status.st_size)
    finally:
        os.close(descriptor)


@_ours()
def is_there(path: Path) -> bool:
    """Whether anything has this name, a link that leads nowhere too. A disk that cannot say so does not say no."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


@_ours()
def names_in(folder: Path) -> list[str]:
    """The names of everything in a folder, in their order."""
    return sorted(os.listdir(folder))


@_ours()
def rename_durably(source: Path, target: Path) -> None:
    """Moved on one file system, both folders synced."""
    source.rename(target)
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


@_ours()
def link_durably(source: Path, target: Path) -> None:
    """One file under two names, the second one synced; whatever had that name is gone."""
    target.unlink(missing_ok=True)
    target.hardlink_to(source)
    sync_folder(target.parent)


@_ours()
def same_file(one: Path, other: Path) -> bool:
    """Whether two names are of one file; one that is not there is no file's."""
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False


@_ours()
def unlink_durably(path: Path, *others: Path) -> None:
    """Gone, or gone already; their folder, which is one, is synced."""
    for name in (path, *others):
        name.unlink(missing_ok=True)
    sync_folder(path.parent)


@_ours()
def remove_folder(folder: Path) -> None:
    """An empty folder is gone, or gone already; its parent is synced."""
    if folder.is_dir():
        folder.rmdir()
    sync_folder(folder.parent)


@_ours()
def overwrite_durably(path: Path) -> None:
    """Random bytes over the whole file, synced. On flash the old cells may survive (SECURITY.md)."""
    with path.open("r+b", buffering=0) as file:
        file.write(os.urandom(path.stat().st_size))
        os.fsync(file.fileno())


@_ours()
def make_folder(path: Path, *, mode: int) -> None:
    """There, with this mode whatever the umask, and synced into its parent; what is there already stays as it is."""
    if path.is_dir():
        return
    make_folder(path.parent, mode=0o755)
    path.mkdir(mode=mode & 0o777, exist_ok=True)
    belong_to_folder(path)
    # after the owner: a change of owner takes the setgid bit away
    path.chmod(mode)
    sync_folder(path.parent)


@_ours()
def belong_to_folder(path: Path) -> None:
    """What root makes belongs to the owner of its folder: daemons are users of their own, and technicians are root."""
    folder = path.parent.stat()
    if os.geteuid() == 0 and folder.st_uid != 0:
        os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


@_ours()
def sync_folder(folder: Path) -> None:
    """The folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@_ours()
def sync_file(path: Path) -> None:
    """The file's content is on the disk, whoever wrote it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@_ours()
def sweep_unfinished(folder: Path) -> int:
    """Remove what `write_durably` had not finished when the power went; return how many files that were."""
    unfinished_files = list(folder.glob("*" + _TEMPORARY))
    for path in unfinished_files:
        unlink_durably(path)
    return len(unfinished_files)


@_ours()
def free_bytes(folder: Path) -> int:
    """Space that is left for whoever is not root."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


@_ours()
def size_bytes(path: Path) -> int:
    """How long a file is, 0 when it is not there."""
    return path.stat().st_size if path.exists() else 0


@_ours()
def cut_durably(path: Path, *, length_bytes: int) -> None:
    """The file is this short, and what is cut off is free for others: some file systems wait for the sync with that."""
    with path.open("r+b") as file:
        file.truncate(length_bytes)
        os.fsync(file.fileno())


@_ours()
def allocate_durably(path: Path, *, length_bytes: int) -> None:
    """The file is at least this long, and the disk has given the space for it. Source: posix_fallocate(3)."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        belong_to_folder(path)
        os.posix_fallocate(descriptor, 0, length_bytes)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
