"""Whether headquarters lets this tenant's stations transfer: its newest word, kept as it was signed.

It lies in the courier's folder beside the keyring, so that whoever reads it need not believe the courier. Without one
everything is allowed. One that cannot be believed stops its reader: to go on could be what was forbidden.
"""

from agent.config.held import read_held
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.errors import ConfigError, Refused, WireError
from agent.wire import TransferPermission, read_signed
from vault.disk import write_durably
from vault.envelope import Pinned

_REVOKED = (
    "Headquarters has revoked the permission to transfer: no new visit is taken, and what is sealed is kept here "
    "until the permission is given again."
)


class Permission:
    """Reads the file again whenever it is asked."""

    def __init__(self, paths: Paths, *, place: PlaceSection, known: Pinned) -> None:
        """:param known: every receipt key that was ever believed here: a former one has signed what is in force."""
        self._path = paths.permission
        self._place = place
        self._known = known

    def held(self) -> TransferPermission | None:
        """The newest that was taken; None before the first. :raises: ConfigError when it cannot be believed."""
        signed = read_held(self._path, name="Headquarters' word on transfers")
        if signed is None:
            return None
        try:
            permission = read_signed(signed, TransferPermission, pinned=self._known)
        except WireError as error:
            raise ConfigError(f"Headquarters' word on transfers cannot be believed. {error.sentence}") from error
        if permission.tenant != self._place.tenant:
            raise ConfigError("Headquarters' word on transfers is for another tenant's stations.")
        return permission

    def take(self, signed: bytes) -> None:
        """Keep a newer one, whose signature was verified. :raises: DiskFailed."""
        write_durably(self._path, signed, mode=0o644)

    def obstacle(self) -> Refused | None:
        """Why no visit may begin, if so."""
        try:
            held = self.held()
        except ConfigError as error:
            return Refused(error.code, error.sentence)
        return None if held is None or held.transfer else revoked()


def stopped(paths: Paths, place: PlaceSection, *, known: Pinned) -> Refused | None:
    """Why no visit may begin, if so; read again for each."""
    return Permission(paths, place=place, known=known).obstacle()


def revoked() -> Refused:
    """What is said to whoever wants to begin a visit."""
    return Refused("transfer-revoked", _REVOKED)
