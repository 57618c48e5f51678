"""A station's folder as it is after the claim, with real keys; devices are simulators unless a test says otherwise."""

import tempfile
from base64 import b64encode
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from agent.config.paths import Paths
from agent.visit import tables
from tests.agent.visit.headquarters import STATION, TENANT, Headquarters
from vault.database import migrate
from vault.keys import make_secret, make_signing_key

DEVICES = """
[station.camera]
driver = "sim"
options = {width_px = 1200, height_px = 1600, enlargement = 2.95, exposure_ms = 0}

[station.fingerprint]
driver = "sim"
options = {exposure_ms = 0}
"""

NOBODY = """
[station.camera]
driver = "sim"
options = {width_px = 64, height_px = 64, enlargement = 0.1, exposure_ms = 10000}

[station.fingerprint]
driver = "sim"
options = {exposure_ms = 10000}
"""
"""Devices that show nothing for ten seconds: whoever waits for them can be disturbed."""

PROFILE = """
[station]
worker_memory_locked = false

[station.profile.face]
attempts = 1
frames_per_attempt = 1
pose_limit_ms = 0
"""


@cache
def _migrated() -> bytes:
    """A station's database at the newest revision: made once, because it is the same for everybody."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "station.db"
        migrate(path, tables.VERSIONS)
        return path.read_bytes()


@dataclass
class Claimed:
    """One station, and the headquarters that it believes."""

    root: Path
    devices: str = DEVICES
    headquarters: Headquarters = field(init=False)

    def __post_init__(self) -> None:
        paths = self.paths
        for folder in (paths.station, paths.trust, self.incoming, paths.run):
            folder.mkdir(parents=True)
        self.headquarters = Headquarters(make_signing_key(paths.seal_key))
        make_secret(paths.pseudonym_key)
        paths.recipient.write_text(b64encode(self.headquarters.private.public.content).decode())
        paths.receipt_keys.write_text(self.headquarters.receipt.public.pem())
        place = f'[place]\ntenant = "{TENANT}"\nstation = "{STATION}"\n'
        (paths.configuration / "10-claim.toml").write_text(place + self.devices + PROFILE)

    @property
    def paths(self) -> Paths:
        return Paths(self.root)

    @property
    def incoming(self) -> Path:
        return self.paths.spool / "incoming"

    def migrate(self) -> None:
        self.paths.station_database.write_bytes(_migrated())

    def tree(self) -> dict[str, bytes]:
        """Every file under the root, with its content."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}
