"""Keyed pseudonyms of application numbers, and the secret that makes them."""

import hashlib
import hmac
import os
from pathlib import Path

from vault.disk import write_durably
from vault.errors import KeyMissing
from vault.keys.home import FileHome, KeyHome
from vault.keys.private import read_private
from vault.labels import Unserialised

_SECRET_BYTES = 32


def make_secret(path: Path, home: KeyHome | None = None) -> None:
    """Thirty-two random bytes in the file, unless it is there already. None is a plain file."""
    if not path.exists():
        write_durably(path, (home or FileHome()).lock(os.urandom(_SECRET_BYTES), name=path.name))


class Pseudonyms(Unserialised):
    """Keyed pseudonyms: the same text gives the same one at this station, and nobody else can make or check it."""

    def __init__(self, path: Path, home: KeyHome | None = None) -> None:
        """:param path: file of the key, made by `make_secret`. :raises: KeyMissing, also when it is not whole."""
        self._key = (home or FileHome()).unlock(read_private(path), name=path.name)
        if len(self._key) != _SECRET_BYTES:
            # with an empty key anybody could make the pseudonyms
            raise KeyMissing(f"The key {path.name} is not whole.")

    def of(self, text: str) -> str:
        """32 hex digits."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]
