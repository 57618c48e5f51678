"""Where things are, and who may enter. `--root DIR` moves all of it, for tests and the demo."""

from dataclasses import dataclass
from pathlib import Path

from vault.disk import make_folder


@dataclass(frozen=True, slots=True)
class Paths:
    """Every path of the station, under one root."""

    root: Path
    """`/` on an appliance."""

    @property
    def configuration(self) -> Path:
        """Folder of the TOML layers and of the keys that the station trusts."""
        return self.root / "etc/smilius"

    @property
    def trust(self) -> Path:
        """Folder of central's public keys and of the broker's CA."""
        return self.configuration / "trust"

    @property
    def run(self) -> Path:
        """Folder of the Unix sockets."""
        return self.root / "run/smilius"

    @property
    def station(self) -> Path:
        """The station process's state."""
        return self.root / "var/lib/smilius/station"

    @property
    def courier(self) -> Path:
        """The courier process's state."""
        return self.root / "var/lib/smilius/courier"

    @property
    def station_socket(self) -> Path:
        """Where the station answers."""
        return self.run / "station.sock"

    @property
    def courier_socket(self) -> Path:
        """Where the courier answers."""
        return self.run / "courier.sock"

    @property
    def station_database(self) -> Path:
        """Visits, journal, ledger."""
        return self.station / "station.db"

    @property
    def courier_database(self) -> Path:
        """Parcels, receipts, tombstones, events, ledger."""
        return self.courier / "courier.db"

    @property
    def spool(self) -> Path:
        """Sealed parcels."""
        return self.courier / "spool"

    @property
    def parcel_keys(self) -> Path:
        """One key a parcel."""
        return self.courier / "keys"

    @property
    def ballast(self) -> Path:
        """Space that is held back for receipts and wipes (`vault.ballast`)."""
        return self.courier / "ballast"

    @property
    def clock_history(self) -> Path:
        """How far recorders' clocks were off (`agent.clock_history`)."""
        return self.station / "clocks.json"

    @property
    def seal_key(self) -> Path:
        """Signs what the station seals."""
        return self.station / "seal.key"

    @property
    def pseudonym_key(self) -> Path:
        """Makes pseudonyms of application numbers."""
        return self.station / "pseudonym.key"

    def unit_credential(self, process: str) -> Path:
        """The encrypted key of a process, where its keys are in a systemd credential."""
        return self.root / "var/lib/smilius" / process / "unit.cred"

    @property
    def link_key(self) -> Path:
        """The courier's TLS client key; also signs bills, tombstones, events."""
        return self.courier / "link.key"

    @property
    def link_certificate(self) -> Path:
        """The certificate of the link key."""
        return self.courier / "link.crt"

    @property
    def broker_ca(self) -> Path:
        """Verifies the broker."""
        return self.trust / "broker-ca.pem"

    @property
    def recipient(self) -> Path:
        """Central's HPKE public key, base64."""
        return self.trust / "recipient.pub"

    @property
    def receipt_keys(self) -> Path:
        """Central's receipt keys, PEM, one after the other."""
        return self.trust / "receipt.pem"

    @property
    def revoked_receipt_keys(self) -> Path:
        """Receipt keys that are believed no more, PEM, one after the other; absent when there is none."""
        return self.trust / "receipt-revoked.pem"

    @property
    def order_keys(self) -> Path:
        """The keys that orders to destroy are signed with, PEM, one after the other."""
        return self.trust / "order.pem"

    @property
    def warrants(self) -> Path:
        """On whose word sealed things were destroyed, and the hash of the paper code."""
        return self.courier / "warrants"

    @property
    def decommissioned(self) -> Path:
        """There from the moment that the unit's end was authorised: no daemon starts any more."""
        return self.configuration / "decommissioned"

    @property
    def keyring(self) -> Path:
        """Central's keys since they last changed; absent while those of the claim are in force."""
        return self.courier / "keyring"

    @property
    def backup_public(self) -> Path:
        """The controller's HPKE public key for backups, base64; absent where the claim brought none."""
        return self.trust / "backup.pub"

    @property
    def restore_key(self) -> Path:
        """Opens the one restore that was asked for; absent but between the asking and the restore."""
        return self.station / "restore.key"

    @property
    def fleet_configuration(self) -> Path:
        """The configuration from the fleet that is in force, as headquarters signed it; absent when there is none."""
        return self.courier / "configuration"

    @property
    def roster(self) -> Path:
        """Who may work here, as headquarters signed it; absent before the first."""
        return self.courier / "operators"

    @property
    def configuration_record(self) -> Path:
        """How far the newest configuration from the fleet has come (`agent.fleet.record`)."""
        return self.courier / "configuration.record"

    @property
    def permission(self) -> Path:
        """Headquarters' newest word on whether this station may transfer; absent before the first."""
        return self.courier / "permission"

    def make_folders(self) -> None:
        """Those that are not there yet, for one user; a package for several users makes them first and is kept to.

        The courier's may be crossed by its group, which the station's user is in: to `spool/incoming` and no further.
        """
        make_folder(self.trust, mode=0o755)
        make_folder(self.station, mode=0o700)
        make_folder(self.courier, mode=0o710)
