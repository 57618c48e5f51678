"""The interface of a key's home, and the plainest home: files that only their owner can read."""

from enum import StrEnum
from typing import Protocol

from vault.envelope import Signer, SigningKey
from vault.errors import KeyMissing

_BEGINNING = b"SMILIUS-KEY "


class KeyKind(StrEnum):
    """Where keys live."""

    FILE = "file"
    """In files, readable for whoever takes the storage out: what health and twin call `software`."""
    CREDENTIAL = "credential"
    """Locked under a systemd credential, which a key of the host or its TPM encrypts."""
    TPM = "tpm"
    """Locked by a TPM 2.0; the seal key never leaves it."""
    OTP = "otp"
    """Locked under a key that is burned into a Raspberry Pi."""

    @property
    def told(self) -> str:
        """What health and twin say."""
        return "software" if self is KeyKind.FILE else self.value


class KeyLocker(Protocol):
    """Locks secrets for the disk."""

    @property
    def kind(self) -> KeyKind:
        """Where the locking key lives."""

    def lock(self, secret: bytes, *, name: str) -> bytes:
        """What a file may hold. :raises: KeyMissing, KeyHomeFailed."""

    def unlock(self, content: bytes, *, name: str) -> bytes:
        """The secret again.

        :raises: KeyMissing when this home did not lock it, or never opens it again; KeyHomeFailed when it cannot now.
        """

    def forget(self) -> None:
        """Nothing that was locked is needed any more: what opened it is destroyed, where the home can.

        :raises: KeyHomeFailed when it cannot be destroyed now.
        """


class KeyHome(KeyLocker, Protocol):
    """Keeps a process's keys."""

    @property
    def parcels(self) -> KeyLocker:
        """Locks the keys of parcels, apart from those that stay."""

    def new_signer(self, *, name: str) -> bytes:
        """A new ES256 key, as its file will have it. :raises: KeyMissing, KeyHomeFailed."""

    def signer(self, content: bytes, *, name: str) -> Signer:
        """The key in a file that `new_signer` filled. :raises: KeyMissing, KeyHomeFailed."""


class FileHome:
    """A file is the key; what cannot be read off a permission is not protected."""

    @property
    def kind(self) -> KeyKind:
        """Files."""
        return KeyKind.FILE

    @property
    def parcels(self) -> KeyLocker:
        """The same."""
        return self

    def lock(self, secret: bytes, *, name: str) -> bytes:  # noqa: ARG002 (a plain file does not say whose it is)
        """The secret itself."""
        return secret

    def unlock(self, content: bytes, *, name: str) -> bytes:
        """The content itself. :raises: KeyMissing when another home locked it."""
        if kind_of(content) is not self.kind:
            raise _elsewhere(name, content, wanted=self.kind)
        return content

    def forget(self) -> None:
        """Nothing: every key is destroyed with its file."""

    def new_signer(self, *, name: str) -> bytes:
        """A new key, locked as every other secret."""
        return self.lock(SigningKey.generate().pem().encode(), name=name)

    def signer(self, content: bytes, *, name: str) -> Signer:
        """The key, in this process's memory from now on. :raises: KeyMissing."""
        # what is not text is not PEM either: the key says so itself
        return SigningKey.from_pem(self.unlock(content, name=name).decode("ascii", "replace"))


def kind_of(content: bytes) -> KeyKind:
    """Which home a file's content is of; what none marked is a plain key, as every release has written it."""
    for kind in KeyKind:
        if content.startswith(mark(kind)):
            return kind
    return KeyKind.FILE


def mark(kind: KeyKind) -> bytes:
    """How a file begins that this home locked."""
    return _BEGINNING + kind.value.encode() + b" 1\n"


def unmarked(content: bytes, *, name: str, kind: KeyKind) -> bytes:
    """What the home wrote behind its mark. :raises: KeyMissing when the file is another home's."""
    beginning = mark(kind)
    if not content.startswith(beginning):
        raise _elsewhere(name, content, wanted=kind)
    return content[len(beginning) :]


def _elsewhere(name: str, content: bytes, *, wanted: KeyKind) -> KeyMissing:
    return KeyMissing(f"The key {name} lives in another home ({kind_of(content)}) than the configured one ({wanted}).")
