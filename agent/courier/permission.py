"""Takes headquarters' word on transfers, obeys it at once, and confirms it with a signed event.

Stopped, the courier publishes no bill, no chunk and no question; receipts and commands are heard, wipes go on, and
events are sent, the confirmation among them. Every parcel stays where it is in the parcel machine.
"""

import logging

from ulid import ULID

from agent.clock import Clock
from agent.config.permission import Permission
from agent.config.place import PlaceSection
from agent.courier.machine import OPEN_STATES, ParcelState
from agent.courier.store import Store
from agent.errors import WireError
from agent.logs import describe
from agent.wire import PermissionHeld, TransferPermission, read_signed, sign_document
from vault.envelope import Pinned, SigningKey
from vault.errors import DiskFailed

_log = logging.getLogger(__name__)

_KEPT = (*OPEN_STATES, ParcelState.QUARANTINED)


class PermissionDesk:
    """Called from the desk's thread, one call at a time; `transfer` may be read from any."""

    def __init__(
        self, permission: Permission, store: Store, *, place: PlaceSection, key: SigningKey, clock: Clock
    ) -> None:
        """:param key: the link key, which signs confirmations. :raises: ConfigError as `Permission.held`."""
        self._permission = permission
        self._store = store
        self._place = place
        self._key = key
        self._clock = clock
        self._held = permission.held()
        self._stopped = False
        self._told: TransferPermission | None = None

    @property
    def transfer(self) -> bool:
        """Whether parcels and questions may be sent."""
        return not self._stopped and (self._held is None or self._held.transfer)

    def hear(self, signed: bytes, *, believed: Pinned) -> None:
        """Central's word; the same again, or an older one, changes nothing.

        :raises: WireError when it is not to be believed.
        """
        permission = read_signed(signed, TransferPermission, pinned=believed)
        if permission.tenant != self._place.tenant:
            raise WireError("A permission came for another tenant's stations.")
        if self._held is not None and permission.number <= self._held.number:
            return
        try:
            self._permission.take(signed)
        except DiskFailed as error:
            # a stop counts all the same while this process lives; it is not confirmed, and so it comes again
            self._stopped = self._stopped or not permission.transfer
            _log.error("headquarters' word on transfers cannot be kept now: %s", describe(error))
            return
        self._held, self._stopped = permission, False
        _log.warning("headquarters %s transfers", "allows" if permission.transfer else "has stopped")
        self.look()

    def look(self) -> None:
        """Confirm what is held, once each time that it changes, and once in each life of this process."""
        held = self._held
        if held is None or held == self._told:
            return
        now = self._clock.now()
        document = PermissionHeld(
            tenant=self._place.tenant,
            station=self._place.station,
            number=held.number,
            transfer=held.transfer,
            kept=len(self._store.parcels(_KEPT)),
            time=now,
        )
        event = str(ULID.from_datetime(now)).lower()
        self._store.add_event(event, signed=sign_document(document, self._key), at=now)
        self._store.note("permission-held", at=now, detail={"permission": held.number, "transfer": held.transfer})
        self._told = held
