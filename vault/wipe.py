"""The wipe: only on proof, in an order that survives a cut at any step, and verified afterwards.

Conditions (design.md section 5): the receipt's signature is by a pinned key, in that key's time; tenant, station and
parcel are ours; its digest equals the one recomputed from the disk now; its stage is accepted or rejected. Never on a
PUBACK, on age or for lack of space. That the receipt was stored and synced first is the caller's part:
`Wipe.carry_out` is called after it.
"""

from dataclasses import dataclass, field

from pydantic import AwareDatetime, BaseModel, ValidationError

from vault.envelope import Pinned, signer_of, unwrap, verify
from vault.errors import DiskFailed, KeyMissing, KeyOutOfTime, SealBroken, SpoolDamaged, WipeRefused, WipeUnverified
from vault.keys import ParcelKeys
from vault.labels import RECEIPT_TYPE, Digest, ParcelId, digest_of
from vault.spool import Spool

_GROUNDS = frozenset({"accepted", "rejected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose parcels may be wiped here, and on whose word."""

    tenant: str
    """This station's tenant."""
    station: str
    """This station's id."""
    pinned: Pinned
    """The receipt keys that were pinned when the station was claimed."""


class _Proof(BaseModel):
    """The part of a receipt that the wipe rests on."""

    tenant: str
    station: str
    parcel: str
    digest: str
    stage: str
    time: AwareDatetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """All conditions held: what may be wiped, and why."""

    parcel: ParcelId
    """The parcel."""
    digest: Digest
    """Its digest, recomputed from the disk."""
    stage: str
    """`accepted` or `rejected`."""
    receipt: Digest
    """Digest of the signed receipt."""
    word: bytes = field(repr=False)
    """What the receipt says, its signature verified."""


class Wipe:
    """Judges receipts and carries wipes out. It knows no network and no clock."""

    def __init__(self, spool: Spool, keys: ParcelKeys, *, place: Place) -> None:
        self._spool = spool
        self._keys = keys
        self._place = place

    def judge(self, parcel: ParcelId, signed_receipt: bytes) -> Grounds:
        """Check every condition against the disk as it is now.

        :raises: WipeRefused naming the condition that does not hold; DiskFailed when the disk cannot be read now, so
            that nothing was judged. Nothing was touched either way.
        """
        proof, word = self._proof(signed_receipt)
        if (proof.tenant, proof.station) != (self._place.tenant, self._place.station):
            raise WipeRefused("place", "The receipt is for another station.")
        if proof.parcel != parcel:
            raise WipeRefused("parcel", "The receipt is for another parcel.")
        if proof.stage not in _GROUNDS:
            raise WipeRefused("stage", "The receipt does not say that MIGRIS decided.")
        on_disk = self._digest_on_disk(parcel)
        if proof.digest != on_disk:
            raise WipeRefused("digest", "The receipt is for other content than the disk holds.")
        receipt = digest_of(signed_receipt)
        return Grounds(parcel=parcel, digest=on_disk, stage=proof.stage, receipt=receipt, word=word)

    def carry_out(self, parcel: ParcelId) -> None:
        """Destroy the key, unlink the file, sync, check absence. May be called again after a cut.

        :raises: WipeUnverified when anything of the parcel is still there.
        """
        try:
            self._keys.destroy(parcel)
            self._spool.remove(parcel)
            left = self._keys.exists(parcel) or self._spool.exists(parcel)
        except DiskFailed as error:
            raise WipeUnverified(f"The parcel could not be wiped. {error.sentence}") from error
        if left:
            raise WipeUnverified("Something of the parcel is still on the disk after the wipe.")

    def _proof(self, signed_receipt: bytes) -> tuple[_Proof, bytes]:
        try:
            payload, _ = verify(signed_receipt, pinned=self._place.pinned, content_type=RECEIPT_TYPE)
            proof = _Proof.model_validate_json(payload)
            # by its own signed time: the station's clock may be wrong, and a receipt may come late
            self._place.pinned.at(proof.time).key(signer_of(signed_receipt))
            return proof, payload
        except KeyOutOfTime as error:
            raise WipeRefused(error.code, error.sentence) from error
        except SealBroken as error:
            raise WipeRefused("signature", error.sentence) from error
        except ValidationError as error:
            raise WipeRefused("receipt", "The receipt is not complete.") from error

    def _digest_on_disk(self, parcel: ParcelId) -> Digest:
        try:
            return unwrap(self._spool.read(parcel), key=self._keys.read(parcel), parcel=parcel).digest
        except (SpoolDamaged, KeyMissing) as error:
            raise WipeRefused("disk", error.sentence) from error
