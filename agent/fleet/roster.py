"""Takes headquarters' lists of operators at the courier: checked, and in force the moment that they are on the disk."""

import logging

from agent.clock import Clock
from agent.config.paths import Paths
from agent.config.roster import held_roster
from agent.courier.store import Store
from agent.errors import ConfigError, WireError
from agent.logs import Outage
from agent.wire.document import read_signed
from agent.wire.roster import Roster
from vault.disk import write_durably
from vault.envelope import Pinned
from vault.errors import DiskFailed
from vault.labels import digest_of
from vault.ledger import Detail

_log = logging.getLogger(__name__)


class RosterDesk:
    """Called from the desk's thread, one call at a time."""

    def __init__(self, paths: Paths, place: tuple[str, str], *, believed: Pinned, store: Store, clock: Clock) -> None:
        """:param place: tenant and station. :param believed: central's receipt keys."""
        self._paths = paths
        self._place = place
        self._believed = believed
        self._store = store
        self._clock = clock
        self._disk = Outage(_log, name="the disk, for the list of operators,")

    def hear(self, signed: bytes) -> None:
        """Central has a list; the same again, or an older one, changes nothing.

        :raises: WireError when it is not to be believed, or not for this station.
        """
        roster = read_signed(signed, Roster, pinned=self._believed)
        if (roster.tenant, roster.station) != self._place:
            raise WireError("A list of operators is for another station.")
        if roster.number <= (self.number() or 0):
            return
        try:
            # written first: a line twice says more than none
            detail: Detail = {"roster": roster.number, "roster_digest": digest_of(signed)}
            self._store.note("operators-held", at=self._clock.now(), detail=detail)
            write_durably(self._paths.roster, signed, mode=0o644)
        except DiskFailed as error:
            # it is not confirmed, and so it comes again
            self._disk.begin(error.sentence)
            return
        self._disk.end()
        _log.info("headquarters' list of operators %s was taken", roster.number)

    def number(self) -> int | None:
        """Which list is held; None when there is none, or when it cannot be believed: then any is newer."""
        try:
            held = held_roster(self._paths)
        except ConfigError:
            return None
        return None if held is None else held.number
