"""Headquarters' sealing and receipt keys through their changes, and the keyrings that tell stations of them.

The first keys are `recipient.key` and `receipt.key`, without an end; each later one is a file named by its id. What is
in force says the newest keyring in `keyrings/`: `N.keyring` as the authority signed it, `N.handover` as it travels.
Private halves are read when they are used and kept nowhere, so that one that was destroyed is in no memory either.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, Literal, TypeVar

from agent.wire import Keyring, ReceiptEntry, RecipientEntry, WireError, read_signed
from agent.wire.keyring import authorise, hand_over
from central.errors import SetUpError
from central.paths import Paths, write_secret, write_whole
from vault.envelope import (
    ALWAYS,
    KeyMissing,
    KeyOutOfTime,
    Pinned,
    RecipientKey,
    RecipientPublic,
    Signer,
    SigningKey,
    Validity,
    VerifyingKey,
)

Use = Literal["recipient", "receipt"]

_Public = TypeVar("_Public", RecipientPublic, VerifyingKey)


@dataclass(frozen=True, slots=True)
class Timed(Generic[_Public]):
    """A public key and its time."""

    key: _Public
    """The key."""
    time: Validity
    """From when until when it counts."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A keyring as it travels."""

    number: int
    """Its number."""
    id: str
    """Its id."""
    signed: bytes
    """Signed twice."""


class OwnKeys:
    """What is on the disk, read anew when a keyring came; several processes may look at once, one person writes."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._read: tuple[int, Keyring] | None = None

    def newest(self) -> Keyring | None:
        """The newest keyring; None before the first. :raises: SetUpError when it cannot be believed."""
        numbers = self._numbers()
        if not numbers:
            return None
        if self._read is None or self._read[0] != numbers[-1]:
            self._read = (numbers[-1], self.keyring(numbers[-1]))
        return self._read[1]

    def keyring(self, number: int) -> Keyring:
        """The keyring with this number. :raises: SetUpError."""
        try:
            authority = Pinned([VerifyingKey.from_certificate(self._paths.certificate("ca").read_text())])
            return read_signed(self._paths.keyring(number).read_bytes(), Keyring, pinned=authority)
        except (OSError, UnicodeDecodeError, KeyMissing, WireError) as error:
            raise SetUpError("A keyring of headquarters cannot be read, or is not by its authority.") from error

    def handovers(self) -> list[Handover]:
        """Every keyring as it travels, oldest first. :raises: SetUpError."""
        try:
            return [
                Handover(number, self.keyring(number).id, self._paths.handover(number).read_bytes())
                for number in self._numbers()
            ]
        except OSError as error:
            raise SetUpError("A keyring of headquarters cannot be read.") from error

    def handover(self, *, by: Signer) -> Handover:
        """The newest keyring, in another key's words. :raises: SetUpError when it cannot be read."""
        newest = self.newest()
        assert newest is not None, "who asks has seen one"
        try:
            authorised = self._paths.keyring(newest.number).read_bytes()
        except OSError as error:
            raise SetUpError("A keyring of headquarters cannot be read.") from error
        return Handover(newest.number, newest.id, hand_over(authorised, by=by))

    def first_without(self, kid: str) -> int | None:
        """Number of the first keyring in which something newer is sealed for than this key; None when it is newest."""
        for number in self._numbers():
            named = [RecipientPublic(entry.public).kid for entry in self.keyring(number).recipients]
            if kid in named and named[-1] != kid:
                return number
        return None

    def recipients(self) -> list[Timed[RecipientPublic]]:
        """The sealing keys, newest last. :raises: SetUpError, KeyMissing."""
        keyring = self.newest()
        if keyring is None:
            return [Timed(self._first_recipient().public, ALWAYS)]
        return [
            Timed(RecipientPublic(entry.public), Validity(entry.not_before, entry.not_after))
            for entry in keyring.recipients
        ]

    def receipts(self) -> list[Timed[VerifyingKey]]:
        """The receipt keys, newest last, retired ones too. :raises: SetUpError, KeyMissing."""
        keyring = self.newest()
        if keyring is None:
            return [Timed(self._first_receipt().public, ALWAYS)]
        return [
            Timed(VerifyingKey.from_pem(entry.public), Validity(entry.not_before, entry.not_after))
            for entry in keyring.receipts
        ]

    def pinned(self) -> Pinned:
        """Whatever was signed with a receipt key in its time. :raises: SetUpError, KeyMissing."""
        receipts = self.receipts()
        return Pinned([one.key for one in receipts], times={one.key.kid: one.time for one in receipts})

    def recipient(self, kid: str) -> RecipientKey:
        """Opens what was sealed for this key. :raises: KeyMissing when there is none, or it was retired; SetUpError."""
        if self._paths.key(f"recipient-{kid}").exists():
            return _recipient(self._paths.key(f"recipient-{kid}"))
        if self._paths.key("recipient").exists() and (first := self._first_recipient()).kid == kid:
            return first
        raise KeyMissing("The key that this was sealed for is not here: it was retired, or is another headquarters'.")

    def signer(self, at: datetime) -> SigningKey:
        """The newest receipt key that is in its time: an expired one signs nothing.

        :raises: KeyOutOfTime when none is; KeyMissing, SetUpError.
        """
        for one in reversed(self.receipts()):
            try:
                one.time.check(at, kid=one.key.kid)
            except KeyOutOfTime:
                continue
            return self._receipt(one.key.kid)
        raise KeyOutOfTime("No receipt key is in its time: run `smilius-central key rotate --use receipt`.")

    def make(self, use: Use) -> RecipientPublic | VerifyingKey:
        """The public half of a new key, on the disk; or of one that a rotation made which was cut off.

        :raises: SetUpError when it cannot be written.
        """
        named = self._ever_named()
        for path in sorted(self._paths.pki.glob(f"{use}-*.key")):
            # a retired one whose destruction was cut off is not made new
            if path.stem.removeprefix(f"{use}-") not in named:
                return _recipient(path).public if use == "recipient" else _signing(path).public
        if use == "recipient":
            sealing = RecipientKey.generate()
            write_secret(self._paths.key(f"recipient-{sealing.kid}"), base64.b64encode(sealing.content()).decode())
            return sealing.public
        signing = SigningKey.generate()
        write_secret(self._paths.key(f"receipt-{signing.kid}"), signing.pem())
        return signing.public

    def publish(self, keyring: Keyring) -> None:
        """The keyring is in force, and stations will be told. :raises: KeyOutOfTime, KeyMissing, SetUpError."""
        authorised = authorise(keyring, authority=_signing(self._paths.key("ca")))
        handover = hand_over(authorised, by=self.signer(keyring.issued))
        try:
            self._paths.keyrings.mkdir(mode=0o700, exist_ok=True)
            write_whole(self._paths.handover(keyring.number), handover)
            # with this file it counts
            write_whole(self._paths.keyring(keyring.number), authorised)
        except OSError as error:
            raise SetUpError("The keyring cannot be written.") from error

    def private_file(self, use: Use, kid: str) -> Path | None:
        """Where a key's private half is; None when it is not here any more. :raises: SetUpError, KeyMissing."""
        own = self._paths.key(f"{use}-{kid}")
        if own.exists():
            return own
        first = self._paths.key(use)
        if not first.exists():
            return None
        found = self._first_recipient().kid if use == "recipient" else self._first_receipt().kid
        return first if found == kid else None

    def _ever_named(self) -> set[str]:
        rings = [self.keyring(number) for number in self._numbers()]
        sealing = {RecipientPublic(entry.public).kid for ring in rings for entry in ring.recipients}
        return sealing | {VerifyingKey.from_pem(entry.public).kid for ring in rings for entry in ring.receipts}

    def _receipt(self, kid: str) -> SigningKey:
        path = self.private_file("receipt", kid)
        if path is None:
            raise KeyMissing("The receipt key's private half is not here.")
        return _signing(path)

    def _first_recipient(self) -> RecipientKey:
        return _recipient(self._paths.key("recipient"))

    def _first_receipt(self) -> SigningKey:
        return _signing(self._paths.key("receipt"))

    def _numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self._paths.keyrings.glob("*.keyring") if path.stem.isdecimal())


def recipient_entry(one: Timed[RecipientPublic]) -> RecipientEntry:
    """As keyrings name it."""
    public = base64.b64encode(one.key.content)
    return RecipientEntry(public=public, not_before=one.time.not_before, not_after=one.time.not_after)


def receipt_entry(one: Timed[VerifyingKey]) -> ReceiptEntry:
    """As keyrings name it."""
    return ReceiptEntry(public=one.key.pem(), not_before=one.time.not_before, not_after=one.time.not_after)


def _recipient(path: Path) -> RecipientKey:
    try:
        return RecipientKey(base64.b64decode(_text(path), validate=True))
    except binascii.Error as error:
        raise SetUpError("The recipient's key cannot be read.") from error


def _signing(path: Path) -> SigningKey:
    return SigningKey.from_pem(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SetUpError("A key or certificate of headquarters cannot be read.") from error
