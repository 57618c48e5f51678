"""Where keys live: files that only their owner can read, and one key a parcel that can be destroyed.

A file is the only kind today; what a file on an SD card cannot promise stands in SECURITY.md.
"""

import hashlib
import hmac
import os
import stat
from pathlib import Path

from vault.disk import (
    NO_FILE,
    is_there,
    make_folder,
    overwrite_durably,
    read_file,
    sweep_unfinished,
    unlink_durably,
    write_durably,
)
from vault.envelope import WRAP_KEY_BYTES, SigningKey, new_wrap_key
from vault.errors import DiskFailed, KeyMissing
from vault.labels import ParcelId

_SECRET_BYTES = 32


def load_signing_key(path: Path) -> SigningKey:
    """The key in the file. :raises: KeyMissing when it is absent, unreadable or open to others."""
    # what is not text is not PEM either: the key says so itself
    return SigningKey.from_pem(_read_private(path).decode("ascii", "replace"))


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            open_to_others = os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            content = file.read()
    except OSError as error:
        raise KeyMissing(f"The key {path.name} is not there.") from error
    if open_to_others:
        raise KeyMissing(f"The key {path.name} is open to others than its owner; it is not used.")
    return content


def make_signing_key(path: Path) -> SigningKey:
    """A new key in the file, or the one that is there already."""
    if path.exists():
        return load_signing_key(path)
    key = SigningKey.generate()
    write_durably(path, key.pem().encode())
    return key


def make_secret(path: Path) -> None:
    """Thirty-two random bytes in the file, unless it is there already."""
    if not path.exists():
        write_durably(path, os.urandom(_SECRET_BYTES))


class Pseudonyms:
    """Keyed pseudonyms: the same text gives the same one at this station, and nobody else can make or check it."""

    def __init__(self, path: Path) -> None:
        """:param path: file of the key, made by `make_secret`. :raises: KeyMissing, also when it is not whole."""
        self._key = _read_private(path)
        if len(self._key) != _SECRET_BYTES:
            # with an empty key anybody could make the pseudonyms
            raise KeyMissing(f"The key {path.name} is not whole.")

    def of(self, text: str) -> str:
        """32 hex digits."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]


class ParcelKeys:
    """One key a parcel, each in a file of its own: destroying one is the parcel's cryptographic erase."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_folder(folder, mode=0o700)
        sweep_unfinished(folder)

    def make(self, parcel: ParcelId) -> bytes:
        """A new key, on the disk before it is given out."""
        assert not self.exists(parcel), "a second key would make the parcel of the first unreadable"
        key = new_wrap_key()
        write_durably(self._path(parcel), key)
        return key

    def read(self, parcel: ParcelId) -> bytes:
        """The parcel's key; what a cut destruction left opens nothing.

        :raises: KeyMissing when it is not there or not whole; DiskFailed when it cannot be read now.
        """
        try:
            key = read_file(self._path(parcel), bytes_max=WRAP_KEY_BYTES)
        except DiskFailed as error:
            if error.number not in NO_FILE:
                raise
            raise KeyMissing("The parcel's key is not there.") from error
        if len(key) != WRAP_KEY_BYTES:
            raise KeyMissing("The parcel's key is not whole.")
        return key

    def exists(self, parcel: ParcelId) -> bool:
        """Whether a key of this parcel is on the disk. :raises: DiskFailed."""
        return is_there(self._path(parcel))

    def destroy(self, parcel: ParcelId) -> None:
        """Overwritten, unlinked, synced; also when a cut came between. :raises: DiskFailed when it cannot be."""
        path = self._path(parcel)
        if is_there(path):
            overwrite_durably(path)
        unlink_durably(path)

    def _path(self, parcel: ParcelId) -> Path:
        return self._folder / f"{parcel}.key"
