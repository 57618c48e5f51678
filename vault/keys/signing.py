"""Signing keys in their files: one that this process may see (for TLS), and one that may be a chip's own."""

from pathlib import Path

from vault.disk import write_durably
from vault.envelope import Signer, SigningKey
from vault.keys.home import FileHome, KeyHome
from vault.keys.private import read_private


def load_signing_key(path: Path, home: KeyHome | None = None) -> SigningKey:
    """The key in the file, in this process's memory. None is a plain file.

    :raises: KeyMissing when it is absent, unreadable, open to others or another home's; KeyHomeFailed.
    """
    pem = (home or FileHome()).unlock(read_private(path), name=path.name)
    # what is not text is not PEM either: the key says so itself
    return SigningKey.from_pem(pem.decode("ascii", "replace"))


def make_signing_key(path: Path, home: KeyHome | None = None) -> SigningKey:
    """A new key in the file, or the one that is there already. :raises: KeyMissing, KeyHomeFailed, DiskFailed."""
    if path.exists():
        return load_signing_key(path, home)
    key = SigningKey.generate()
    write_durably(path, (home or FileHome()).lock(key.pem().encode(), name=path.name))
    return key


def load_signer(path: Path, home: KeyHome) -> Signer:
    """What signs with the key in the file, wherever its private half lives.

    :raises: KeyMissing when it is absent, unreadable, open to others or another home's; KeyHomeFailed.
    """
    return home.signer(read_private(path), name=path.name)


def make_signer(path: Path, home: KeyHome) -> Signer:
    """A new signer's file, or the one that is there already. :raises: KeyMissing, KeyHomeFailed, DiskFailed."""
    if not path.exists():
        write_durably(path, home.new_signer(name=path.name))
    return load_signer(path, home)
