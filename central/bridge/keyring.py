"""Tells stations of headquarters' keys: every keyring that a station has not confirmed, until it has.

To a station that is several behind go all of them in their order: each is signed by a key that the one before named.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from agent.clock import Clock
from agent.logs import Outage
from agent.wire import CentralTopics
from central.bridge.message import Arrived, Reply
from central.pki.keyring import Handover, OwnKeys
from central.pki.registry import Registry

_log = logging.getLogger(__name__)

WARN = timedelta(days=30)
"""So long before a key in use ends the log says so."""


class Keyrings:
    """Reads files only, and of keys their public halves; the bridge asks it now and then."""

    def __init__(self, keys: OwnKeys, registry: Registry, *, clock: Clock) -> None:
        self._keys = keys
        self._registry = registry
        self._clock = clock
        self._ending = Outage(_log, name="the time of headquarters' own keys")
        self._handovers: list[Handover] = []

    def open(self) -> list[Reply]:
        """For every enrolled station what it has not confirmed. :raises: SetUpError."""
        if self._keys.newest() is None:
            # the first keys have no end either
            return []
        self._look_at_ends()
        return [reply for place in self._registry.places() for reply in self._behind(*place)]

    def for_whom_speaks(self, batch: Sequence[Arrived]) -> list[Reply]:
        """The same for the stations that have just announced a parcel or reported something: they are there.

        :raises: SetUpError.
        """
        if self._keys.newest() is None:
            return []
        speaking = {(one.where.tenant, one.where.station) for one in batch if one.where.part in {"", "m"}}
        return [reply for place in sorted(speaking) for reply in self._behind(*place)]

    def _behind(self, tenant: str, station: str) -> list[Reply]:
        held = self._registry.held(tenant, station)
        number, topics = 0 if held is None else held.number, CentralTopics(tenant, station)
        wanted = [one for one in self._all() if one.number > number]
        if held is None:
            # it may have been enrolled since, with none of the keys that those are signed with
            wanted.append(self._keys.handover(by=self._keys.signer(self._clock.now())))
        return [Reply(topics.keyring(one.id), one.signed) for one in wanted]

    def _all(self) -> list[Handover]:
        newest = self._keys.newest()
        if newest is not None and (not self._handovers or self._handovers[-1].number != newest.number):
            self._handovers = self._keys.handovers()
        return self._handovers

    def _look_at_ends(self) -> None:
        soon = self._clock.now() + WARN
        in_use = (("recipient", self._keys.recipients()[-1]), ("receipt", self._keys.receipts()[-1]))
        ends = [
            f"the {use} key {one.key.kid} ends {one.time.not_after:%Y-%m-%d}"
            for use, one in in_use
            if one.time.not_after is not None and one.time.not_after <= soon
        ]
        if ends:
            self._ending.begin("; ".join(ends) + ": run `smilius-central key rotate`")
        else:
            self._ending.end()
