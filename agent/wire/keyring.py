"""The keyring: all keys of central's that a station believes or seals for, each with its time; the newest replaces all.

It is signed twice, with keys that no one process has: by headquarters' authority, which the claim pinned and which no
daemon holds, and around that by a receipt key that the station believes already, which is the old one's word for the
new. What a station keeps on its disk is what the authority has signed.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from agent.errors import SignerOutOfTime, WireError
from agent.wire.document import Document, Instant, check_size, read_signed, sign_document
from agent.wire.ident import Base64, DigestText, Kid, Name, Pem, Ulid
from vault.envelope import KeyOutOfTime, Pinned, SealBroken, Signer, sign, signer_of, verify

RECIPIENTS_MAX = 8
"""So many sealing keys may wait for their end at once."""

RECEIPTS_MAX = 64
"""So many receipt keys are named; what the oldest ones signed is older than any receipt that could still be missing."""

_HANDOVER = "application/x.smilius.keyring-handover; v=1"


class RecipientEntry(Document):
    """A key that packages and questions are sealed for."""

    public: Base64
    """Central's HPKE public key."""
    not_before: Instant | None
    """Nothing is sealed for it before; None is from ever."""
    not_after: Instant | None
    """Nothing is sealed for it after; None is without an end."""


class ReceiptEntry(Document):
    """A key that receipts, answers and commands are believed from."""

    public: Pem
    """Verifies them."""
    not_before: Instant | None
    """What says that it was signed before is not believed."""
    not_after: Instant | None
    """What says that it was signed after is not believed; what was signed in its time always is."""


class Keyring(Document):
    """Signed by headquarters' authority."""

    content_type: ClassVar[str] = "application/x.smilius.keyring+json; v=1"

    id: Ulid
    """Its id, for its topic."""
    number: Annotated[int, Field(ge=1)]
    """Grows with each: a station takes none that is not newer than what it has."""
    recipients: Annotated[tuple[RecipientEntry, ...], Field(min_length=1, max_length=RECIPIENTS_MAX)]
    """Sealing keys, oldest first: sealed is for the last one only."""
    receipts: Annotated[tuple[ReceiptEntry, ...], Field(min_length=1, max_length=RECEIPTS_MAX)]
    """Receipt keys, oldest first; several while they overlap."""
    issued: Instant
    """When it was signed."""


class KeyringHeld(Document):
    """A station's word on its keyring; goes to central as an event, one each time that it changes."""

    content_type: ClassVar[str] = "application/x.smilius.keyring-held+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    number: Annotated[int, Field(ge=1)]
    """The keyring that it has taken."""
    digest: DigestText
    """SHA-256 of what the authority has signed."""
    needed: Annotated[tuple[Kid, ...], Field(max_length=RECEIPTS_MAX)]
    """Former sealing keys for which something sealed is here, or may still come, that central has not decided on."""
    time: Instant
    """When."""


def hand_over(authorised: bytes, *, by: Signer) -> bytes:
    """What travels: the authority's keyring, signed once more by a receipt key that stations believe already."""
    return sign(authorised, key=by, content_type=_HANDOVER)


def read_handover(signed: bytes, *, authority: Pinned, receipts: Pinned) -> tuple[Keyring, bytes]:
    """The keyring, and what the authority has signed.

    :param receipts: the receipt keys that are believed now.
    :raises: WireError when one of the two signatures is missing; SignerOutOfTime when the receipt key's time was over.
    """
    check_size(signed)
    try:
        authorised, _ = verify(signed, pinned=receipts, content_type=_HANDOVER)
        keyring = read_signed(authorised, Keyring, pinned=authority)
        receipts.at(keyring.issued).key(signer_of(signed))
    except KeyOutOfTime as error:
        raise SignerOutOfTime(error.sentence) from error
    except SealBroken as error:
        raise WireError(error.sentence) from error
    return keyring, authorised


def authorise(keyring: Keyring, *, authority: Signer) -> bytes:
    """The keyring, signed by the authority."""
    return sign_document(keyring, authority)
