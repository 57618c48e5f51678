"""What can go wrong with disk and keys.

VaultError               a stable code and one sentence
├─ SealBroken            a sealed thing is not what its signature or its key says
│  ├─ KeyOutOfTime       it is by, or would be for, a key whose time is over or has not begun
│  └─ SealForeign        it is signed with a key that is not trusted here, or made for another one
├─ KeyMissing            a key that is needed is not there
├─ DiskFailed            the disk did not do what was asked: full, read-only, broken
│  └─ KeyHomeFailed      what keeps the keys (TPM, credential, one-time memory) did not answer; nothing was decided
├─ SpoolDamaged          a parcel's file is missing, torn or another parcel's
├─ WipeRefused           a condition for the wipe does not hold; nothing was touched
├─ WipeUnverified        something that had to be gone is still there
├─ RetentionUnverified   something was still there after its deletion at the end of its time
├─ DestroyRefused        a condition for a destruction does not hold; nothing was touched
├─ ChainBroken           a ledger line does not follow from the one before
└─ SchemaUnready         a database has not been migrated for this release
"""

from typing import ClassVar


class VaultError(Exception):
    """The vault could not do what was asked. `code` is for machines, the sentence for people; neither is personal."""

    code: ClassVar[str] = "vault"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SealBroken(VaultError):
    """A signature, an encryption or a digest does not fit."""

    code = "seal-broken"


class KeyOutOfTime(SealBroken):
    """What is signed by a key, or would be signed with it or sealed for it, lies outside the key's time."""

    code = "key-out-of-time"


class SealForeign(SealBroken):
    """A seal was signed with a key that is not trusted here, or made for another one."""

    code = "seal-foreign"


class KeyMissing(VaultError):
    """A key that is needed is not there."""

    code = "key-missing"


class DiskFailed(VaultError):
    """The disk did not do what was asked: full, read-only, broken."""

    code = "disk-failed"

    def __init__(self, sentence: str, *, number: int = 0) -> None:
        """:param number: the system's number of the error (errno(3)), 0 when it is none of the system's."""
        super().__init__(sentence)
        self.number = number


class KeyHomeFailed(DiskFailed):
    """What keeps the keys did not do what was asked now. Like a disk's failure it says nothing of a parcel."""

    code = "key-home-failed"


class SpoolDamaged(VaultError):
    """A parcel's file is missing, torn or another parcel's."""

    code = "spool-damaged"


class WipeRefused(VaultError):
    """A condition for the wipe does not hold. `condition` names it; nothing was touched."""

    code = "wipe-refused"

    def __init__(self, condition: str, sentence: str) -> None:
        super().__init__(sentence)
        self.condition = condition


class WipeUnverified(VaultError):
    """Something that had to be gone is still there."""

    code = "wipe-unverified"


class RetentionUnverified(VaultError):
    """Something was still there after its deletion at the end of its time; the deletion was taken back."""

    code = "retention-unverified"


class DestroyRefused(VaultError):
    """A condition for a destruction does not hold. `condition` names it; nothing was touched."""

    code = "destroy-refused"

    def __init__(self, condition: str, sentence: str) -> None:
        super().__init__(sentence)
        self.condition = condition


class ChainBroken(VaultError):
    """A ledger line does not follow from the one before it. `number` is the first bad line's."""

    code = "chain-broken"

    def __init__(self, number: int) -> None:
        super().__init__(f"The ledger is broken at line {number}.")
        self.number = number


class SchemaUnready(VaultError):
    """A database has not been migrated for this release."""

    code = "schema-unready"
