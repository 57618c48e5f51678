"""A home whose one secret is the unit's key: all others lie on the disk locked under it (AES-256-GCM).

The unit's key comes from a systemd credential (`vault.keys.credential`) or is derived from what is burned into a
Raspberry Pi (`vault.keys.otp`), and is in the memory of the process that uses it.
"""

from vault.envelope import lock, unlock
from vault.keys.home import FileHome, KeyKind, KeyLocker, mark, unmarked
from vault.labels import Unserialised


class UnitHome(Unserialised, FileHome):
    """Locks and unlocks with the unit's key."""

    def __init__(self, key: bytes, *, kind: KeyKind) -> None:
        """:param key: thirty-two bytes. :param kind: where they come from."""
        self._key = key
        self._kind = kind

    @property
    def kind(self) -> KeyKind:
        """Where the unit's key comes from."""
        return self._kind

    @property
    def parcels(self) -> KeyLocker:
        """The same."""
        return self

    def lock(self, secret: bytes, *, name: str) -> bytes:
        """The secret, for this unit and this name only."""
        return mark(self._kind) + lock(secret, key=self._key, name=name)

    def unlock(self, content: bytes, *, name: str) -> bytes:
        """The secret again. :raises: KeyMissing when another unit locked it, or the file was changed."""
        return unlock(unmarked(content, name=name, kind=self._kind), key=self._key, name=name)

    def __repr__(self) -> str:
        return f"UnitHome({self._kind})"
