"""A station's vault in a folder: spool, parcel keys, pinned receipt key; and central's receipts for it."""

import json
from pathlib import Path

from vault.envelope import ALWAYS, Pinned, Sealed, SigningKey, Validity, sign, unwrap, wrap
from vault.keys import ParcelKeys
from vault.labels import RECEIPT_TYPE, Digest, ParcelId
from vault.spool import Spool, deliver
from vault.wipe import Place, Wipe

PARCEL = ParcelId("01jd8x4w3v5qk6zr9t2m7n1pbc")
OTHER_PARCEL = ParcelId("01jd8x4w3v5qk6zr9t2m7n1pbd")


class Station:
    """Real files, real keys, and the two people who may write here: the visit worker and central."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.central = SigningKey.generate()
        self.spool = Spool(folder / "spool")
        self.keys = ParcelKeys(folder / "keys")
        self.wipe = self.restarted()

    def restarted(self, time: Validity = ALWAYS) -> Wipe:
        """The wipe as a new process would have it. :param time: of central's key."""
        pinned = Pinned([self.central.public], times={self.central.kid: time})
        place = Place(tenant="lt", station="vilnius-1", pinned=pinned)
        return Wipe(Spool(self.folder / "spool"), ParcelKeys(self.folder / "keys"), place=place)

    def keep(self, parcel: ParcelId, content: bytes = b"sealed content") -> Sealed:
        """A parcel that was delivered and taken in."""
        sealed = Sealed(content)
        deliver(self.spool.incoming, parcel, wrapped=wrap(sealed, key=self.keys.make(parcel), parcel=parcel))
        assert self.spool.take_in(parcel)
        return sealed

    def kept(self, parcel: ParcelId) -> Sealed:
        """The parcel again."""
        return unwrap(self.spool.read(parcel), key=self.keys.read(parcel), parcel=parcel)

    def receipt(self, over: Digest, **changes: object) -> bytes:
        """Central's signed word that MIGRIS accepted PARCEL, with some fields changed or (None) left out."""
        return sign(self.word(over, **changes), key=self.central, content_type=RECEIPT_TYPE)

    def word(self, over: Digest, **changes: object) -> bytes:
        """The same, unsigned."""
        fields: dict[str, object] = {
            "tenant": "lt",
            "station": "vilnius-1",
            "parcel": PARCEL,
            "digest": over,
            "stage": "accepted",
            "time": "2026-11-22T08:00:00.000Z",
        }
        return json.dumps({k: v for k, v in {**fields, **changes}.items() if v is not None}).encode()

    def files(self) -> dict[str, bytes]:
        """Everything on the disk."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
