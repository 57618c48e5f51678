"""Where headquarters' side keeps things, under one `--root`, and how files get there whole."""

import os
from dataclasses import dataclass
from pathlib import Path

MIGRIS_AUTHORITY, MIGRIS_SERVER, MIGRIS_CLIENT = "migris-ca", "migris", "connector"
"""Certificates between connector and MIGRIS: of an authority of their own, so that no station's opens that door."""


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


def sync_folder(folder: Path) -> None:
    """The folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
