"""What the vault's steps cost at the least: the same cryptography, writes, syncs and commits, bare.

`os`, `sqlite3`, `cryptography` and `cbor2` only, at the product's own settings. What the promise needs is all there and
nothing else: the same rows and documents, the same conditions judged, the same names unlinked, one sync a folder, three
commits a wipe. Nothing is looked up twice, modelled, mapped or guarded. Its documents read with the product's reader.
"""

import hashlib
import json
import os
import sqlite3
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SHA256 = ec.ECDSA(hashes.SHA256())
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")
AT = "2026-11-22T08:15:30.000Z"
PLACE = {"tenant": "lt", "station": "vilnius-1"}


def sync_folder(folder: Path) -> None:
    """The folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


class BareLedger:
    """The chain on one connection."""

    def __init__(self, path: Path) -> None:
        """:param path: a migrated database of the courier's."""
        self.connection = sqlite3.connect(path)
        for pragma in PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}")

    def line(self, kind: str, detail: dict[str, str]) -> tuple[int, str]:
        """A line in the transaction that is open, or in a new one; returns its number and digest."""
        newest = "SELECT number, digest FROM ledger_line ORDER BY number DESC LIMIT 1"
        number, previous = self.connection.execute(newest).fetchone() or (0, "0" * 64)
        line = {"number": number + 1, "time": AT, "kind": kind, **detail}
        body = json.dumps(line, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(previous.encode() + body.encode()).hexdigest()
        self.connection.execute("INSERT INTO ledger_line VALUES (?, ?, ?)", (number + 1, body, digest))
        return number + 1, digest

    def append(self, detail: dict[str, str]) -> None:
        """A line of its own."""
        self.line("question-ended", detail)
        self.connection.commit()


class BareParcels:
    """Files below a folder, rows beside the ledger's."""

    def __init__(self, folder: Path, ledger: BareLedger) -> None:
        self.keys, self.incoming, self.kept = folder / "keys", folder / "incoming", folder / "kept"
        for path in (self.keys, self.incoming, self.kept):
            path.mkdir(parents=True)
        self._ledger = ledger
        self._signer = ec.generate_private_key(ec.SECP256R1())
        public = self._signer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.kid = hashlib.sha256(public).hexdigest()[:16]

    def seal_and_spool(self, parcel: str, plain: bytes, *, recipient: MLKEM768X25519PublicKey, key: bytes) -> bytes:
        """Encrypt, sign, wrap, write, rename, sync; returns what was sealed."""
        suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        hpke = suite.encrypt(plain, recipient, info=parcel.encode())
        sealed = hpke + self._signer.sign(hpke, SHA256)
        hashlib.sha256(sealed).hexdigest()
        nonce = os.urandom(12)
        path = self.incoming / parcel
        _write(path.with_suffix(".writing"), nonce + AESGCM(key).encrypt(nonce, sealed, parcel.encode()))
        path.with_suffix(".writing").rename(path)
        sync_folder(self.incoming)
        return sealed

    def spooled(self, parcel: str, key: bytes, content: bytes) -> bytes:
        """A parcel that was taken in, its rows written; returns central's receipt for it."""
        nonce = os.urandom(12)
        _write(self.kept / parcel, nonce + AESGCM(key).encrypt(nonce, content, parcel.encode()))
        _write(self.keys / parcel, key)
        digest = hashlib.sha256(content).hexdigest()
        row = (parcel, "enrolment", "sending", digest, len(content), None, None)
        self._ledger.connection.execute("INSERT INTO parcel VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._ledger.connection.commit()
        receipt = {**PLACE, "parcel": parcel, "kind": "enrolment", "digest": digest, "size": len(content)}
        receipt |= {"stage": "accepted", "cause": None, "reference": "MR-1", "index": 1, "previous": "0" * 64}
        return self._signed("receipt", {**receipt, "time": AT, "key": self.kid})

    def wipe(self, parcel: str, *, receipt: bytes) -> None:
        """Receipt kept, judged, *wiping* committed, key and file gone, tombstone and head committed."""
        connection = self._ledger.connection
        connection.execute("INSERT INTO receipt VALUES (?, ?, ?, ?)", (parcel, "accepted", receipt, AT))
        self._ledger.line("receipt-stored", {"parcel": parcel, "stage": "accepted"})
        self._enter(parcel, "accepted")
        word = self._judge(parcel, receipt)
        self._enter(parcel, "wiping")
        self._remove(parcel)
        stone = {name: word[name] for name in ("parcel", "kind", "digest", "stage")}
        stone |= {"receipt": hashlib.sha256(receipt).hexdigest(), "how": "wiped", "authorised_by": word["key"]}
        tombstone = self._signed("tombstone", {**stone, "time": AT, "verified": True})
        connection.execute("INSERT INTO tombstone VALUES (?, ?)", (parcel, tombstone))
        connection.execute("INSERT INTO event VALUES (?, ?, ?, ?)", (f"t{parcel}", tombstone, AT, None))
        detail = {"parcel": parcel, "digest": word["digest"], "stage": "accepted", "how": "wiped"}
        number, digest = self._ledger.line("parcel-wiped", detail)
        head = self._signed(
            "ledger-head", {**PLACE, "ledger": "courier", "number": number, "digest": digest, "time": AT}
        )
        connection.execute("INSERT INTO event VALUES (?, ?, ?, ?)", (f"h{parcel}", head, AT, None))
        connection.execute("INSERT INTO told_head VALUES (?, ?, ?, ?)", (f"h{parcel}", "courier", number, None))
        self._enter(parcel, "wiped")

    def _enter(self, parcel: str, state: str) -> None:
        connection = self._ledger.connection
        connection.execute("UPDATE parcel SET state = ? WHERE id = ?", (state, parcel))
        connection.execute("INSERT INTO milestone VALUES (?, ?, ?)", (parcel, state, AT))
        connection.commit()

    def _judge(self, parcel: str, receipt: bytes) -> dict[str, str]:
        protected, _, payload, signature = cbor2.loads(receipt).value
        der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        self._signer.public_key().verify(der, cbor2.dumps(["Signature1", protected, b"", payload]), SHA256)
        word: dict[str, str] = json.loads(payload)
        key, wrapped = (self.keys / parcel).read_bytes(), (self.kept / parcel).read_bytes()
        digest = hashlib.sha256(AESGCM(key).decrypt(wrapped[:12], wrapped[12:], parcel.encode())).hexdigest()
        wanted = {**PLACE, "parcel": parcel, "digest": digest, "stage": "accepted"}
        if {name: word[name] for name in wanted} != wanted:
            raise ValueError
        return word

    def _signed(self, sort: str, document: dict[str, object]) -> bytes:
        """COSE_Sign1 (RFC 9052) around sorted JSON."""
        payload = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        header = {1: -7, 4: self.kid.encode(), 3: f"application/x.smilius.{sort}+json; v=1"}
        protected = cbor2.dumps(header, canonical=True)
        r, s = decode_dss_signature(self._signer.sign(cbor2.dumps(["Signature1", protected, b"", payload]), SHA256))
        signature = r.to_bytes(32) + s.to_bytes(32)
        return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))

    def _remove(self, parcel: str) -> None:
        """A second delivery and a torn one go too; each folder is synced once; all is looked for afterwards."""
        with (self.keys / parcel).open("r+b", buffering=0) as file:
            file.write(os.urandom(32))
            os.fsync(file.fileno())
        (self.keys / parcel).unlink()
        sync_folder(self.keys)
        delivered = (self.incoming / f"{parcel}.writing", self.incoming / parcel)
        for path in delivered:
            path.unlink(missing_ok=True)
        sync_folder(self.incoming)
        (self.kept / parcel).unlink()
        sync_folder(self.kept)
        for path in (self.keys / parcel, self.kept / parcel, self.incoming / parcel):
            if os.path.lexists(path):
                raise FileExistsError


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
