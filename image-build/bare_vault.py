"""What the vault's steps cost at the least: the same cryptography, writes, syncs and commits, bare.

`os`, `sqlite3` and `cryptography` only, at the product's own settings; nothing is checked, modelled or mapped.
"""

import hashlib
import json
import os
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

SHA256 = ec.ECDSA(hashes.SHA256())
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")
AT = "2026-11-22T08:15:30.000000+00:00"


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

    def line(self, kind: str, detail: dict[str, str]) -> None:
        """A line in the transaction that is open, or in a new one."""
        newest = "SELECT number, digest FROM ledger_line ORDER BY number DESC LIMIT 1"
        number, previous = self.connection.execute(newest).fetchone() or (0, "0" * 64)
        line = {"number": number + 1, "time": AT, "kind": kind, **detail}
        body = json.dumps(line, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(previous.encode() + body.encode()).hexdigest()
        self.connection.execute("INSERT INTO ledger_line VALUES (?, ?, ?)", (number + 1, body, digest))

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
        """A parcel that was taken in, its rows written; returns central's signature over its digest."""
        nonce = os.urandom(12)
        _write(self.kept / parcel, nonce + AESGCM(key).encrypt(nonce, content, parcel.encode()))
        _write(self.keys / parcel, key)
        digest = hashlib.sha256(content).hexdigest()
        row = (parcel, "enrolment", "sending", digest, len(content), None, None)
        self._ledger.connection.execute("INSERT INTO parcel VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._ledger.connection.commit()
        return self._signer.sign(digest.encode(), SHA256)

    def wipe(self, parcel: str, *, signature: bytes) -> None:
        """Receipt kept, judged, *wiping* committed, key and file gone, tombstone and head committed."""
        connection = self._ledger.connection
        connection.execute("INSERT INTO receipt VALUES (?, ?, ?, ?)", (parcel, "accepted", signature * 6, AT))
        self._ledger.line("receipt-stored", {"parcel": parcel, "stage": "accepted"})
        self._enter(parcel, "accepted")
        self._judge(parcel, signature)
        self._enter(parcel, "wiping")
        self._remove(parcel)
        tombstone = self._signer.sign(parcel.encode(), SHA256) * 6
        connection.execute("INSERT INTO tombstone VALUES (?, ?)", (parcel, tombstone))
        connection.execute("INSERT INTO event VALUES (?, ?, ?, ?)", (f"t{parcel}", tombstone, AT, None))
        self._ledger.line("parcel-wiped", {"parcel": parcel, "stage": "accepted", "how": "wiped"})
        self._enter(parcel, "wiped")
        head = self._signer.sign(parcel.encode(), SHA256) * 5
        connection.execute("INSERT INTO event VALUES (?, ?, ?, ?)", (f"h{parcel}", head, AT, None))
        connection.commit()

    def _enter(self, parcel: str, state: str) -> None:
        connection = self._ledger.connection
        connection.execute("UPDATE parcel SET state = ? WHERE id = ?", (state, parcel))
        connection.execute("INSERT INTO milestone VALUES (?, ?, ?)", (parcel, state, AT))
        connection.commit()

    def _judge(self, parcel: str, signature: bytes) -> None:
        key, wrapped = (self.keys / parcel).read_bytes(), (self.kept / parcel).read_bytes()
        digest = hashlib.sha256(AESGCM(key).decrypt(wrapped[:12], wrapped[12:], parcel.encode())).hexdigest()
        self._signer.public_key().verify(signature, digest.encode(), SHA256)

    def _remove(self, parcel: str) -> None:
        with (self.keys / parcel).open("r+b", buffering=0) as file:
            file.write(os.urandom(32))
            os.fsync(file.fileno())
        for folder in (self.keys, self.incoming, self.kept):
            (folder / parcel).unlink(missing_ok=True)
            sync_folder(folder)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
