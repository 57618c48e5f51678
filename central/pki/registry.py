"""The registry of stations: their public keys, one file each, written when a station is enrolled."""

from pathlib import Path

from agent.wire import StationKeys
from agent.wire.document import read_plain
from central.errors import StationUnknown
from vault.envelope import Pinned, VerifyingKey


class Registry:
    """Reads the files when a station is first heard of, and keeps what it read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], StationKeys] = {}

    def add(self, keys: StationKeys) -> None:
        """Enrol a station, or replace its keys."""
        path = self._path(keys.tenant, keys.station)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(keys.canonical())

    def link(self, tenant: str, station: str) -> Pinned:
        """Verifies bills, tombstones and events of this station. :raises: StationUnknown."""
        return Pinned([VerifyingKey.from_pem(self._keys(tenant, station).link_public)])

    def seal_pem(self, tenant: str, station: str) -> str:
        """The public key that verifies what this station sealed, PEM. :raises: StationUnknown."""
        return self._keys(tenant, station).seal_public

    def _keys(self, tenant: str, station: str) -> StationKeys:
        place = (tenant, station)
        if place not in self._known:
            try:
                self._known[place] = read_plain(self._path(tenant, station).read_bytes(), StationKeys)
            except FileNotFoundError:
                raise StationUnknown("A station that is not enrolled was heard.") from None
        return self._known[place]

    def _path(self, tenant: str, station: str) -> Path:
        return self._folder / tenant / f"{station}.json"
