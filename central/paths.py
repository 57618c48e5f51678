"""Where headquarters' side keeps things, under one `--root`, and how files get there whole."""

import os
from dataclasses import dataclass
from pathlib import Path

from central.errors import SetUpError

MIGRIS_AUTHORITY, MIGRIS_SERVER, MIGRIS_CLIENT = "migris-ca", "migris", "connector"
"""Certificates between connector and MIGRIS: of an authority of their own, so that no station's opens that door."""

DATABASE_CLIENT, DATABASE_AUTHORITY = "database", "database-ca"
"""Certificates between bridge and database server: the server's owner gives them, nothing here makes them."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Every path of headquarters' side."""

    root: Path
    """The folder that `smilius-central init` made."""

    @property
    def settings(self) -> Path:
        """Where broker and MIGRIS are."""
        return self.root / "central.toml"

    @property
    def pki(self) -> Path:
        """CA, certificates, keys."""
        return self.root / "pki"

    @property
    def stations(self) -> Path:
        """The registry: one file of public keys a station."""
        return self.pki / "stations"

    @property
    def order_keys(self) -> Path:
        """Public halves of the keys that orders to destroy are signed with, one file each."""
        return self.pki / "order"

    @property
    def keyrings(self) -> Path:
        """Every keyring that there was; absent before the first."""
        return self.pki / "keyrings"

    def keyring(self, number: int) -> Path:
        """A keyring, as the authority signed it."""
        return self.keyrings / f"{number:06d}.keyring"

    def handover(self, number: int) -> Path:
        """A keyring as it travels: signed once more by the receipt key of then."""
        return self.keyrings / f"{number:06d}.handover"

    @property
    def broker(self) -> Path:
        """All that the broker may read: its configuration, and copies of its key, its certificate and the CA's."""
        return self.root / "broker"

    @property
    def bridge_database(self) -> Path:
        """Ledger, outbox, receipts."""
        return self.root / "bridge" / "bridge.db"

    @property
    def migris_database(self) -> Path:
        """The MIGRIS simulator's own database."""
        return self.root / "migris" / "migris.db"

    @property
    def database_password(self) -> Path:
        """Passwords for the database's server, in the form that its library reads; absent where none is needed."""
        return self.pki / "database.pass"

    @property
    def handoff(self) -> Path:
        """Parcels for a clerk or robot, where the settings name no other folder."""
        return self.root / "handoff"

    def certificate(self, name: str) -> Path:
        """A certificate in PEM."""
        return self.pki / f"{name}.pem"

    def key(self, name: str) -> Path:
        """A private key."""
        return self.pki / f"{name}.key"


def write_whole(path: Path, content: bytes) -> None:
    """The file is there whole and synced, or it is as it was before."""
    temporary = path.with_name(path.name + ".writing")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def write_secret(path: Path, content: str) -> None:
    """A new file for its owner only, synced. :raises: SetUpError when there is one already."""
    try:
        # what stations sealed for a key opens with no other: none is ever written over
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise SetUpError("A set-up was begun in this folder and cut off: empty it or take another.") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def destroy(path: Path) -> None:
    """Overwritten with random bytes, synced, unlinked, synced. On flash old cells may survive (SECURITY.md)."""
    with path.open("r+b", buffering=0) as file:
        file.write(os.urandom(path.stat().st_size))
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """The folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
