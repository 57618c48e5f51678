"""The registry of stations: their public keys, one file each, written when a station is enrolled."""

from pathlib import Path

from agent.wire import StationKeys, WireError
from agent.wire.document import read_plain
from central.errors import StationUnknown
from central.paths import sync_folder, write_whole
from vault.envelope import KeyMissing, Pinned, VerifyingKey

_Version = tuple[int, int]


class Registry:
    """Reads a station's file when the station is first heard of, and again when it was replaced by an enrolment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], tuple[_Version, StationKeys]] = {}

    def add(self, keys: StationKeys) -> None:
        """Enrol a station, or replace its keys."""
        path = self._path(keys.tenant, keys.station)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, keys.canonical())
        sync_folder(self._folder)

    def link(self, tenant: str, station: str) -> Pinned:
        """Verifies bills, tombstones and events of this station. :raises: StationUnknown."""
        try:
            return Pinned([VerifyingKey.from_pem(self._keys(tenant, station).link_public)])
        except KeyMissing as error:
            raise StationUnknown("The keys of an enrolled station cannot be read.") from error

    def seal_pem(self, tenant: str, station: str) -> str:
        """The public key that verifies what this station sealed, PEM. :raises: StationUnknown."""
        return self._keys(tenant, station).seal_public

    def _keys(self, tenant: str, station: str) -> StationKeys:
        place, path = (tenant, station), self._path(tenant, station)
        try:
            version = _version(path)
            if place not in self._known or self._known[place][0] != version:
                self._known[place] = (version, read_plain(path.read_bytes(), StationKeys))
        except FileNotFoundError:
            raise StationUnknown("A station that is not enrolled was heard.") from None
        except WireError as error:
            raise StationUnknown("The keys of an enrolled station cannot be read.") from error
        return self._known[place][1]

    def _path(self, tenant: str, station: str) -> Path:
        return self._folder / tenant / f"{station}.json"


def _version(path: Path) -> _Version:
    """Another one for every enrolment: each writes a file of its own."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns
