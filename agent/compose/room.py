"""The courier's room without its process: database, spool, keys, desk. The courier opens it, and a technician's verb
where no courier runs.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from agent.clock import SystemClock
from agent.compose.keys import key_home
from agent.config.courier import CourierSection
from agent.config.fleet import load_all
from agent.config.layers import read_section
from agent.config.paths import Paths
from agent.config.permission import Permission
from agent.config.place import PlaceSection
from agent.config.trust import Trust, order_keys
from agent.courier.desk import Desk, Shelf
from agent.courier.destroyer import Destroyer
from agent.courier.keyring import KeyringDesk
from agent.courier.permission import PermissionDesk
from agent.courier.post import Post
from agent.courier.store import Store
from agent.courier.tables import REVISION
from agent.courier.undertaker import Undertaker
from vault.ballast import Ballast
from vault.database import check_schema, open_database
from vault.destroy import Site
from vault.envelope import SigningKey
from vault.keys import FileHome, KeyHome, ParcelKeys, load_signing_key
from vault.spool import Spool
from vault.warrants import WarrantBook
from vault.wipe import Place, Wipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What happens to parcels here, and what it stands on."""

    section: CourierSection
    """The courier's configuration."""
    place: PlaceSection
    """Who we are."""
    engine: Engine
    """The courier's database; whoever opened the room disposes of it."""
    store: Store
    """The same, as the desk sees it."""
    desk: Desk
    """Ordinary work."""
    destroyer: Destroyer
    """Authorised loss."""
    shelf: Shelf
    """Spool, keys, ballast."""
    book: WarrantBook
    """On whose word something was destroyed."""
    trust: Trust
    """Central's keys."""
    keyrings: KeyringDesk
    """What changes them."""
    permission: PermissionDesk
    """Whether anything may be transferred."""
    home: KeyHome
    """Where the courier's keys live."""
    key: SigningKey
    """The link key."""


def open_room(paths: Paths) -> Room:
    """Open what is there. Only one process may at a time: the caller holds the courier's lock.

    :raises: ConfigError, VaultError when something is not there.
    """
    layers = load_all(paths)
    section = read_section(layers, "courier", model=CourierSection)
    place = read_section(layers, "place", model=PlaceSection)
    ballast = Ballast(paths.ballast, size_bytes=section.ballast_bytes)
    # a database cannot be opened on a disk without any space
    ballast.relieve()
    engine = open_database(paths.courier_database)
    check_schema(engine, revision=REVISION)
    clock, home = SystemClock(), key_home(paths, "courier")
    trust = Trust(paths, clock=clock)
    key = load_signing_key(paths.link_key, home)
    site = Site(tenant=place.tenant, station=place.station, unit=key.kid, pinned=order_keys(paths))

    shelf = _shelf(paths, section, ballast=ballast, home=home)
    store, book = Store(engine), WarrantBook(paths.warrants)
    here = Place(tenant=place.tenant, station=place.station, pinned=trust.believed)
    undertaker = Undertaker(store, Wipe(shelf.spool, shelf.keys, place=here), place=here, key=key, clock=clock)
    post = Post(place.tenant, place.station, key=key)
    warn = timedelta(days=section.keys.warn_days)
    desk = Desk(store, shelf, undertaker=undertaker, post=post, clock=clock)
    held = Permission(paths, place=place, known=trust.known)
    desk.permission = permission = PermissionDesk(held, store, place=place, key=key, clock=clock)
    return Room(
        section=section,
        place=place,
        engine=engine,
        store=store,
        desk=desk,
        destroyer=Destroyer(store, undertaker, site=site, book=book, clock=clock),
        shelf=shelf,
        book=book,
        trust=trust,
        keyrings=KeyringDesk(trust, store=store, shelf=shelf, undertaker=undertaker, warn=warn),
        permission=permission,
        home=home,
        key=key,
    )


def _shelf(paths: Paths, section: CourierSection, *, ballast: Ballast, home: KeyHome) -> Shelf:
    keys = ParcelKeys(paths.parcel_keys, home.parcels)
    # parcels that were spooled while keys were plain files leave with keys that are not
    keys.rewrap(FileHome())
    return Shelf(spool=Spool(paths.spool), keys=keys, free_bytes_min=section.free_bytes_min, ballast=ballast)
