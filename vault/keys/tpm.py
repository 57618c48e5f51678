"""A TPM 2.0 as the home of keys: the seal key never leaves it, every other secret is locked for this chip alone.

The keys of parcels are locked under a storage key of their own that is nowhere but in the chip. When the last of them
is destroyed it is evicted: remnants of their files in old flash cells open nothing any more, not even here.
The link's key is locked by the chip and used by the process, because TLS needs it there.
"""

import os

from vault.envelope import LOCK_KEY_BYTES, Signer, VerifyingKey, lock, unlock
from vault.errors import KeyMissing
from vault.keys.home import KeyKind, KeyLocker, mark, unmarked
from vault.keys.tpm_chip import Chip

_SIZE_BYTES = 2


class TpmSigner:
    """Has the chip sign; holds nothing secret."""

    def __init__(self, chip: Chip, made: bytes) -> None:
        self._chip = chip
        self._made = made
        self._public = VerifyingKey.from_pem(chip.public_pem(made))

    @property
    def kid(self) -> str:
        """The id of the public half."""
        return self._public.kid

    @property
    def public(self) -> VerifyingKey:
        """Verifies what the chip signs."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """ES256 over the message. :raises: KeyMissing when the chip does not know the key any more; KeyHomeFailed."""
        return self._chip.sign(self._made, message)

    def __repr__(self) -> str:
        return f"TpmSigner({self.kid})"


class TpmLocker:
    """Locks each secret with a random key, which the chip seals."""

    def __init__(self, chip: Chip, *, resident: int | None) -> None:
        """:param resident: number of the storage key that can be forgotten; None is the chip's primary one."""
        self._chip = chip
        self._resident = resident

    @property
    def kind(self) -> KeyKind:
        """A TPM."""
        return KeyKind.TPM

    def lock(self, secret: bytes, *, name: str) -> bytes:
        """The secret, for this chip and this name only. :raises: KeyHomeFailed."""
        key = os.urandom(LOCK_KEY_BYTES)
        sealed = self._chip.seal(key, resident=self._resident)
        return mark(self.kind) + len(sealed).to_bytes(_SIZE_BYTES) + sealed + lock(secret, key=key, name=name)

    def unlock(self, content: bytes, *, name: str) -> bytes:
        """The secret again. :raises: KeyMissing when the chip cannot open it, or it was changed; KeyHomeFailed."""
        body = unmarked(content, name=name, kind=self.kind)
        end = _SIZE_BYTES + int.from_bytes(body[:_SIZE_BYTES])
        key = self._chip.unseal(body[_SIZE_BYTES:end], resident=self._resident)
        if len(key) != LOCK_KEY_BYTES:
            raise KeyMissing(f"The key {name} is not whole.")
        return unlock(body[end:], key=key, name=name)

    def forget(self) -> None:
        """The storage key is evicted, if it can be. :raises: KeyHomeFailed."""
        if self._resident is not None:
            self._chip.evict(self._resident)


class TpmHome(TpmLocker):
    """All keys of one process."""

    def __init__(self, tcti: str, *, parcels: int) -> None:
        """:param tcti: how the chip is reached. :param parcels: number of the storage key of parcels' keys."""
        chip = Chip(tcti)
        super().__init__(chip, resident=None)
        self._parcels = TpmLocker(chip, resident=parcels)

    @property
    def parcels(self) -> KeyLocker:
        """Locks the keys of parcels under what can be evicted."""
        return self._parcels

    def new_signer(self, *, name: str) -> bytes:  # noqa: ARG002 (the chip's own format says which key it is)
        """A new key, born in the chip. :raises: KeyHomeFailed."""
        return mark(self.kind) + self._chip.make_signing()

    def signer(self, content: bytes, *, name: str) -> Signer:
        """What has the chip sign. :raises: KeyMissing when the file is another home's, or not whole."""
        return TpmSigner(self._chip, unmarked(content, name=name, kind=self.kind))
