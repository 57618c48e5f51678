"""The registry of stations: their public keys, one file each, written when a station is enrolled.

Beside it is the list of seal keys that the station had before. What a unit billed is opened with the key that it had
then, also after the unit was replaced. A key that is in neither file opens nothing: taking it out revokes it.
"""

from datetime import datetime
from pathlib import Path

from agent.wire import Instant, KeyringHeld, StationKeys, WireError
from agent.wire.document import Document, read_plain
from agent.wire.ident import Pem
from central.errors import NotEnrolled, SealKeyUnknown, StationUnknown
from central.paths import sync_folder, write_whole
from vault.envelope import KeyMissing, Pinned, VerifyingKey

FORMER_MAX = 100
"""So many former seal keys of a station are kept, the newest."""


class FormerSeal(Document):
    """A seal key that was replaced by an enrolment."""

    seal_public: Pem
    """Verifies what was sealed with it."""
    replaced: Instant
    """When the station got another."""


class FormerSeals(Document):
    """All of a station's, oldest first."""

    seals: tuple[FormerSeal, ...] = ()
    """The keys."""


_Version = tuple[int, int] | None


class Known:
    """One station's keys, as they were at one moment."""

    def __init__(self, keys: StationKeys, former: FormerSeals | None) -> None:
        """:param former: None when nobody can read them: the station goes on, what they sealed waits.

        :raises: StationUnknown when they are no keys.
        """
        link = _key(keys.link_public)
        self.link, self.link_kid = Pinned([link]), link.kid
        self.seal = Pinned([_key(keys.seal_public)])
        self.seal_public, self.seal_kid = keys.seal_public, _key(keys.seal_public).kid
        self.former = former
        before = () if former is None else former.seals
        self._seals = {_key(seal.seal_public).kid: seal.seal_public for seal in before}
        self._seals[self.seal_kid] = keys.seal_public

    @property
    def seals(self) -> Pinned:
        """Every seal key that the station has or had, as far as they can be read."""
        return Pinned([_key(pem) for pem in self._seals.values()])

    def seal_pem(self, kid: str | None) -> str:
        """The public key with this id that verifies what the station sealed, PEM; None is the one that it has now.

        :raises: SealKeyUnknown when the station has, and had, no such key; StationUnknown when nobody can tell.
        """
        found = self._seals.get(self.seal_kid if kid is None else kid)
        if found is None:
            _readable(self.former)
            raise SealKeyUnknown("The key that a parcel was sealed with is not among its station's keys.")
        return found


class Registry:
    """Reads a station's files when the station is first heard of, and again when an enrolment replaced them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], tuple[tuple[_Version, _Version], Known]] = {}

    def add(self, keys: StationKeys, *, now: datetime) -> None:
        """Enrol a station, or replace its keys."""
        path = self._path(keys.tenant, keys.station)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._keep_former(keys, now=now)
        # another unit knows what its own answer told it
        self._held_path(keys.tenant, keys.station).unlink(missing_ok=True)
        write_whole(path, keys.canonical())
        sync_folder(self._folder)

    def known(self, tenant: str, station: str) -> Known:
        """The station's keys: whoever needs several takes them at once. :raises: StationUnknown."""
        place, paths = (tenant, station), (self._path(tenant, station), self._former_path(tenant, station))
        versions = (_version(paths[0]), _version(paths[1]))
        if versions[0] is None:
            raise NotEnrolled("A station that is not enrolled was heard.")
        if place not in self._known or self._known[place][0] != versions:
            self._known[place] = (versions, _read(*paths))
        return self._known[place][1]

    def places(self) -> list[tuple[str, str]]:
        """Tenant and name of every enrolled station."""
        # no station's name has a dot
        found = [path for path in self._folder.glob("*/*.json") if "." not in path.stem]
        return sorted((path.parent.name, path.stem) for path in found)

    def hold(self, held: KeyringHeld) -> None:
        """Keep a station's newest word on its keyring; one that comes late is not."""
        known = self.held(held.tenant, held.station)
        if known is not None and (held.number, held.time) < (known.number, known.time):
            return
        write_whole(self._held_path(held.tenant, held.station), held.canonical())

    def held(self, tenant: str, station: str) -> KeyringHeld | None:
        """The station's newest word on its keyring; None before the first, or when nobody can read it."""
        try:
            return read_plain(self._held_path(tenant, station).read_bytes(), KeyringHeld)
        except (OSError, WireError):
            return None

    def _keep_former(self, keys: StationKeys, *, now: datetime) -> None:
        """Before the new key is written, so that a cut between the two loses neither."""
        try:
            known = self.known(keys.tenant, keys.station)
        except StationUnknown:
            # a first enrolment, or files that nobody can read any more
            return
        if known.seal_public == keys.seal_public:
            return
        others = [seal for seal in _readable(known.former).seals if seal.seal_public != known.seal_public]
        kept = [*others, FormerSeal(seal_public=known.seal_public, replaced=now)][-FORMER_MAX:]
        write_whole(self._former_path(keys.tenant, keys.station), FormerSeals(seals=tuple(kept)).canonical())

    def _path(self, tenant: str, station: str) -> Path:
        return self._folder / tenant / f"{station}.json"

    def _former_path(self, tenant: str, station: str) -> Path:
        # no station's name has a dot
        return self._folder / tenant / f"{station}.former.json"

    def _held_path(self, tenant: str, station: str) -> Path:
        return self._folder / tenant / f"{station}.keyring.json"


def _read(path: Path, former_path: Path) -> Known:
    try:
        keys = read_plain(path.read_bytes(), StationKeys)
    except (OSError, WireError) as error:
        raise StationUnknown("The keys of an enrolled station cannot be read.") from error
    try:
        former = read_plain(former_path.read_bytes(), FormerSeals)
    except FileNotFoundError:
        former = FormerSeals()
    except (OSError, WireError):
        former = None
    return Known(keys, former)


def _readable(former: FormerSeals | None) -> FormerSeals:
    if former is None:
        raise StationUnknown("The former seal keys of an enrolled station cannot be read.")
    return former


def _key(pem: str) -> VerifyingKey:
    try:
        return VerifyingKey.from_pem(pem)
    except KeyMissing as error:
        raise StationUnknown("The keys of an enrolled station cannot be read.") from error


def _version(path: Path) -> _Version:
    """Another one for every enrolment: each writes a file of its own. None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StationUnknown("The keys of an enrolled station cannot be read.") from error
    return found.st_ino, found.st_mtime_ns
