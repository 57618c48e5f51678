"""One key a parcel, each in a file of its own: destroying one is the parcel's cryptographic erase."""

from pathlib import Path

from vault.disk import (
    NO_FILE,
    is_there,
    make_folder,
    names_in,
    overwrite_durably,
    read_file,
    sweep_unfinished,
    unlink_durably,
    write_durably,
)
from vault.envelope import WRAP_KEY_BYTES, new_wrap_key
from vault.errors import DiskFailed, KeyMissing
from vault.keys.home import FileHome, KeyLocker
from vault.keys.move import FORMER, end_replacements, replace_locked
from vault.labels import ParcelId

_FILE_BYTES_MAX = 4096
"""No locked key is larger."""
_KEY = ".key"


class ParcelKeys:
    """Makes, reads, locks anew and destroys them."""

    def __init__(self, folder: Path, locker: KeyLocker | None = None) -> None:
        """:param locker: locks them for the disk; None leaves them plain."""
        self._folder = folder
        self._locker = locker or FileHome()
        make_folder(folder, mode=0o700)
        sweep_unfinished(folder)
        self._end_rewraps()

    def make(self, parcel: ParcelId) -> bytes:
        """A new key, on the disk before it is given out. :raises: KeyHomeFailed, DiskFailed."""
        assert not self.exists(parcel), "a second key would make the parcel of the first unreadable"
        key, path = new_wrap_key(), self._path(parcel)
        write_durably(path, self._locker.lock(key, name=path.name))
        return key

    def read(self, parcel: ParcelId) -> bytes:
        """The parcel's key; what a cut destruction left opens nothing.

        :raises: KeyMissing when it is not there, not whole or opens no more; DiskFailed when it cannot be read now.
        """
        return _read(self._path(parcel), self._locker)

    def exists(self, parcel: ParcelId) -> bool:
        """Whether a key of this parcel is on the disk. :raises: DiskFailed."""
        return is_there(self._path(parcel)) or is_there(self._former(parcel))

    def destroy(self, parcel: ParcelId) -> None:
        """Overwritten, unlinked, synced; with the last one goes what opened them all, where the home can.

        Also when a cut came between. :raises: DiskFailed when it cannot be.
        """
        former, path = self._former(parcel), self._path(parcel)
        rewrapped = is_there(former)
        if rewrapped:
            overwrite_durably(former)
        if is_there(path):
            overwrite_durably(path)
        if rewrapped:
            unlink_durably(former)
        unlink_durably(path)
        if not self._names(_KEY):
            self._locker.forget()

    def rewrap(self, former: KeyLocker) -> int:
        """Lock anew what the home does not open and the former one does; return how many keys that were.

        A cut at any step leaves every key readable by one of the two. What neither opens is left as it is.

        :raises: DiskFailed, KeyHomeFailed when one of the two cannot answer now; asking again goes on.
        """
        return sum(self._rewrap(self._folder / name, former) for name in self._names(_KEY))

    def _rewrap(self, path: Path, former: KeyLocker) -> bool:
        try:
            _read(path, self._locker)
        except KeyMissing:
            pass
        else:
            return False
        try:
            key = _read(path, former)
        except KeyMissing:
            # its parcel is quarantined by whoever reads it; here it would stop the others
            return False
        replace_locked(path, self._locker.lock(key, name=path.name))
        return True

    def _end_rewraps(self) -> None:
        end_replacements([self._folder / name.removesuffix(FORMER) for name in self._names(FORMER)])

    def _names(self, ending: str) -> list[str]:
        return [name for name in names_in(self._folder) if name.endswith(ending)]

    def _path(self, parcel: ParcelId) -> Path:
        return self._folder / f"{parcel}{_KEY}"

    def _former(self, parcel: ParcelId) -> Path:
        return self._folder / f"{parcel}{_KEY}{FORMER}"


def _read(path: Path, locker: KeyLocker) -> bytes:
    try:
        content = read_file(path, bytes_max=_FILE_BYTES_MAX)
    except DiskFailed as error:
        if error.number not in NO_FILE:
            raise
        raise KeyMissing("The parcel's key is not there.") from error
    key = locker.unlock(content, name=path.name)
    if len(key) != WRAP_KEY_BYTES:
        raise KeyMissing("The parcel's key is not whole.")
    return key
