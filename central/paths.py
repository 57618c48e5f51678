"""Where headquarters' side keeps things, under one `--root`."""

from dataclasses import dataclass
from pathlib import Path


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
    def broker(self) -> Path:
        """The broker's configuration."""
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
