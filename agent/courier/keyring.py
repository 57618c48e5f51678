"""Takes central's keyrings, and tells central which one is held and which former keys are needed still.

Central destroys a former sealing key only after every station has said that it needs it no more: nothing sealed for it
is here that central has not decided on, and no visit runs that may have begun with it.
"""

import logging
from datetime import timedelta

from agent.config.trust import Trust
from agent.courier.desk import Shelf
from agent.courier.machine import OPEN_STATES, ParcelState
from agent.courier.store import Store
from agent.courier.undertaker import Undertaker
from agent.errors import ConfigError
from agent.logs import Outage, describe
from agent.wire import Keyring
from agent.wire.keyring import read_handover
from vault.envelope import Pinned, RecipientPublic, recipient_of, unwrap
from vault.errors import DiskFailed, KeyMissing, VaultError
from vault.labels import Digest, ParcelId

_log = logging.getLogger(__name__)

_UNDECIDED = (*OPEN_STATES, ParcelState.QUARANTINED)


class KeyringDesk:
    """Called from the desk's thread, one call at a time."""

    def __init__(self, trust: Trust, *, store: Store, shelf: Shelf, undertaker: Undertaker, warn: timedelta) -> None:
        """:param warn: so long before a key of central's ends it is said in the log."""
        self._trust = trust
        self._store = store
        self._shelf = shelf
        self._undertaker = undertaker
        self._warn = warn
        self._sealed_for: dict[ParcelId, str] = {}
        self._told: tuple[Digest, tuple[str, ...]] | None = None
        self._ending = Outage(_log, name="the time of central's keys")

    @property
    def believed(self) -> Pinned:
        """Central's receipt keys; they follow a keyring that is taken."""
        return self._trust.believed

    def hear(self, signed: bytes) -> None:
        """Central has another keyring; the same again, or an older one, changes nothing.

        :raises: WireError when it is not to be believed, or cannot be worked with.
        """
        try:
            keyring, authorised = read_handover(signed, authority=self._trust.authority(), receipts=self.believed)
            held = self._trust.keyring()
            if held is not None and keyring.number <= held[0].number:
                return
            self._trust.take(keyring, authorised)
        except (DiskFailed, ConfigError, KeyMissing) as error:
            # it is not answered, and so it comes again
            _log.error("a keyring cannot be taken now: %s", describe(error))
            return
        _log.info("central's keyring %s was taken", keyring.number)
        self.look()

    def look(self) -> None:
        """Tell central what is held when that has changed; say in the log when a key of central's ends soon."""
        try:
            ends, held = self._trust.ends(within=self._warn), self._trust.keyring()
        except (ConfigError, KeyMissing) as error:
            self._ending.begin(error.sentence)
            return
        if ends:
            self._ending.begin("; ".join(f"the {one.use} key {one.kid} ends {one.not_after:%Y-%m-%d}" for one in ends))
        else:
            self._ending.end()
        if held is None:
            return
        keyring, digest = held
        needed = tuple(sorted(self._needed(keyring)))
        if self._told != (digest, needed):
            self._undertaker.tell_keyring(keyring, digest=digest, needed=needed)
            self._told = (digest, needed)

    def warnings(self) -> list[dict[str, object]]:
        """Central's keys that end soon or have ended, JSON-ready."""
        return self._trust.warnings(within=self._warn)

    def _needed(self, keyring: Keyring) -> set[str]:
        newest = RecipientPublic(keyring.recipients[-1].public).kid
        former = {RecipientPublic(entry.public).kid for entry in keyring.recipients[:-1]}
        undecided = [parcel.id for parcel in self._store.parcels(_UNDECIDED)]
        self._sealed_for = {parcel: kid for parcel, kid in self._sealed_for.items() if parcel in undecided}
        needed: set[str] = set()
        for parcel in undecided:
            kid = self._kid(parcel)
            needed |= former if kid is None else {kid}
        if self._store.reservations():
            # whoever runs may have begun before this keyring came
            needed |= former
        return needed - {newest}

    def _kid(self, parcel: ParcelId) -> str | None:
        """For whom it is sealed; None when that cannot be read now."""
        if parcel not in self._sealed_for:
            try:
                sealed = unwrap(self._shelf.spool.read(parcel), key=self._shelf.keys.read(parcel), parcel=parcel)
                self._sealed_for[parcel] = recipient_of(sealed.content)
            except VaultError:
                return None
        return self._sealed_for[parcel]
