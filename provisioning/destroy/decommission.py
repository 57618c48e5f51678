"""`smilius decommission`: the end of a unit. Parcels first, then people, then keys; the link key signs and goes last.

Both daemons must be stopped. Whatever dies in between, the warrant stays open, no daemon starts, and the same command
goes on where it was, without asking again.
"""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader
from ulid import ULID

from agent.clock import SystemClock
from agent.compose.courier import say_farewell
from agent.compose.room import Room, open_room
from agent.config.keys import keys_choice
from agent.config.layers import load_layers
from agent.config.paths import Paths
from agent.courier.destroyer import Demand
from agent.courier.destruction_api import shown
from agent.courier.machine import DECIDED_STATES, ParcelState
from agent.errors import AgentError
from agent.instance import only_instance
from agent.visit.journal import Journal
from agent.wire import Decommission, sign_document
from agent.wire.decommission import UNDELIVERED_MAX
from agent.wire.document import instant_text
from provisioning.destroy.demand import Loss
from provisioning.errors import InputRefused, PromiseBroken
from vault.database import open_database
from vault.disk import write_durably
from vault.erase import erase_file, erase_in
from vault.errors import DestroyRefused, VaultError
from vault.labels import ParcelId, digest_of
from vault.warrants import Warrant, WarrantBook

_LAST = ("link-key", "link-certificate", "courier-credential")
_KEPT = ("ledgers", "warrants-and-tombstones", "configuration")

_WORDS = {
    "parcels": "every sealed parcel and its key, and what a TPM kept to open those keys",
    "further-files": "further files in the spool and beside the parcels' keys",
    "visits": "subject, operator and timeline of visits in the station's database",
    "seal-key": "the seal key",
    "pseudonym-key": "the pseudonym key",
    "station-credential": "the systemd credential that opened those two, where there was one",
    "link-key": "the link key, which signed this",
    "link-certificate": "the link certificate",
    "courier-credential": "the systemd credential that opened the link key, where there was one",
    "ledgers": "two ledgers: hash-chained lines; applicants' pseudonyms have no key any more, operators are named",
    "warrants-and-tombstones": "warrants and tombstones: on whose word what was destroyed",
    "configuration": "configuration and headquarters' public keys",
    "home-tpm": "the TPM's own seed, which this does not clear: this very chip could still open remnants of key files "
    "in old flash cells, those of parcels apart",
    "home-otp": "the key that is burned into this Pi for ever: it could still open remnants of key files in old flash "
    "cells",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """Where the report goes, and how long headquarters is tried."""

    out: Path
    """A folder, such as a stick's."""
    within_s: float
    """0 does not try."""


class Fate(NamedTuple):
    """What became of a unit's things, in words of the report."""

    destroyed: tuple[str, ...]
    """Gone, and looked for."""
    kept: tuple[str, ...]
    """Still there."""


def begun(paths: Paths) -> bool:
    """Whether a decommission was authorised before and is not finished."""
    if not paths.warrants.is_dir():
        return False
    # the warrant and not the mark beside the configuration: a cut may have come between the two
    warrant = WarrantBook(paths.warrants).open()
    return warrant is not None and warrant.verb == "decommission"


def undelivered(paths: Paths) -> Loss:
    """What would be lost. :raises: InputRefused."""
    with _alone(paths), _opened(paths) as room:
        room.desk.take_in()
        return [shown(parcel) for parcel in room.destroyer.survey()]


def decommission(paths: Paths, demand: Demand | None, *, farewell: Farewell) -> bool:
    """End the unit; True when headquarters has receipted the report.

    :param demand: None goes on with what was authorised before.
    :raises: InputRefused, and nothing was touched; PromiseBroken: the same command goes on.
    """
    if not farewell.out.is_dir():
        raise InputRefused("out-unusable", "The folder for the report is not there.")
    try:
        with _alone(paths, courier=False):
            _end_all_but_the_link(paths, demand, farewell=farewell)
            said = _say(paths, farewell)
            _end_the_link(paths)
            return said
    except DestroyRefused as error:
        raise InputRefused(f"destroy-{error.condition}", error.sentence) from None
    except (VaultError, AgentError) as error:
        raise PromiseBroken(error.sentence) from error


def _end_all_but_the_link(paths: Paths, demand: Demand | None, *, farewell: Farewell) -> None:
    if not paths.link_key.exists():
        # an earlier run came that far, and nothing can be signed any more
        return
    with only_instance(paths.courier, name="courier"), _opened(paths) as room:
        warrant = _authorised(room, demand)
        if warrant is None or warrant.verb != "decommission":
            raise DestroyRefused("begun", "A destruction was begun: start the courier once, so that it is finished.")
        write_durably(paths.decommissioned, (warrant.name + "\n").encode(), mode=0o644)
        room.desk.attempt(lambda: room.destroyer.carry_out(warrant))
        room.desk.attempt(room.store.end_reservations)
        destroyed = _destroy_the_rest(paths, room)
        _sign(room, warrant, fate=Fate(destroyed, _kept(paths)), out=farewell.out)


def _authorised(room: Room, demand: Demand | None) -> Warrant | None:
    if demand is None:
        return room.book.open()
    return room.desk.attempt(lambda: room.destroyer.authorise(demand, verb="decommission"))


def _destroy_the_rest(paths: Paths, room: Room) -> tuple[str, ...]:
    folders = (paths.spool / "kept", paths.spool / "incoming", paths.parcel_keys)
    left = sum(erase_in(folder) for folder in folders)
    room.home.parcels.forget()
    engine = open_database(paths.station_database)
    try:
        visits = Journal(engine).forget_people()
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()
    for key in (paths.seal_key, paths.pseudonym_key, paths.unit_credential("station")):
        erase_file(key)
    return ("parcels", f"further-files={left}", f"visits={visits}", "seal-key", "pseudonym-key", "station-credential")


def _kept(paths: Paths) -> tuple[str, ...]:
    """With what only the hardware could forget."""
    layers = load_layers(paths.configuration)
    homes = {keys_choice(layers, process).home for process in ("station", "courier")}
    return _KEPT + tuple(f"home-{home}" for home in ("tpm", "otp") if home in homes)


def _sign(room: Room, warrant: Warrant, *, fate: Fate, out: Path) -> None:
    now = SystemClock().now()
    named = set(warrant.parcels or ())
    ended = [item.id for item in room.store.parcels((ParcelState.DESTROYED,)) if item.id in named]
    lost = [parcel for parcel in ended if not _decided(room, parcel)]
    report = Decommission(
        tenant=room.place.tenant,
        station=room.place.station,
        unit=room.key.kid,
        reason=warrant.reason,
        authorised_by=warrant.authorised_by,
        destroyed=fate.destroyed,
        last=_LAST,
        kept=fate.kept,
        undelivered=len(lost),
        undelivered_parcels=tuple(lost[:UNDELIVERED_MAX]),
        time=now,
    )
    signed = sign_document(report, room.key)
    environment = Environment(loader=PackageLoader("provisioning.destroy", "."), autoescape=True)
    page = environment.get_template("report.html").render(
        report=report, words=_in_words, time=instant_text(report.time), digest=digest_of(signed)
    )
    write_durably(out / "decommission.json", report.canonical(), mode=0o644)
    write_durably(out / "decommission.html", page.encode(), mode=0o644)
    write_durably(out / "decommission.cose", signed, mode=0o644)
    room.store.add_event(str(ULID.from_datetime(now)).lower(), signed=signed, at=now)


def _in_words(item: str) -> str:
    what, _, number = item.partition("=")
    return f"{_WORDS[what]}: {number}" if number else _WORDS[what]


def _decided(room: Room, parcel: ParcelId) -> bool:
    history = room.store.history(parcel)
    return history is not None and not DECIDED_STATES.isdisjoint(map(ParcelState, history.milestones))


def _say(paths: Paths, farewell: Farewell) -> bool:
    if farewell.within_s <= 0 or not paths.link_key.exists():
        return False
    return asyncio.run(say_farewell(paths, within_s=farewell.within_s))


def _end_the_link(paths: Paths) -> None:
    with only_instance(paths.courier, name="courier"):
        erase_file(paths.link_certificate)
        erase_file(paths.link_key)
        erase_file(paths.unit_credential("courier"))
        book = WarrantBook(paths.warrants)
        warrant = book.open()
        if warrant is not None:
            book.close(warrant)


def _alone(paths: Paths, *, courier: bool = True) -> ExitStack:
    """Nobody else is at work here. :raises: InputRefused."""
    held = ExitStack()
    try:
        held.enter_context(only_instance(paths.station, name="station"))
        if courier:
            held.enter_context(only_instance(paths.courier, name="courier"))
    except AgentError as error:
        held.close()
        sentence = f"Stop both daemons first (smilius-station, smilius-courier). {error.sentence}"
        raise InputRefused(error.code, sentence) from None
    return held


class _opened:  # noqa: N801 (reads as a with statement)
    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def __enter__(self) -> Room:
        try:
            self._room = open_room(self._paths)
        except (VaultError, AgentError) as error:
            raise InputRefused(error.code, error.sentence) from None
        return self._room

    def __exit__(self, *_exception: object) -> None:
        self._room.engine.dispose()
