"""Checks an export of a station's ledgers without the software that made it: one file, Python and `cryptography` only.

    python read_ledger_export.py FILE [--trust FINGERPRINT ...]

Prints what it found and ends with 0 when everything fits, 1 at the first thing that does not, 2 when the file cannot
be read. FINGERPRINT is a key's, as headquarters gives it, not as the file does: with one or more of them, a key in the
file that is none of them ends it. Written from docs/ledger-export.md, which says what is proven and what cannot be.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

RECORD_BYTES_MAX = 1 << 20
LEDGERS = ("station", "courier")
GENESIS = "0" * 64
SORT = "application/x.smilius.{}+json; v=1"

Record = dict[str, Any]


class Refused(Exception):
    """Something does not fit; the text says what."""


class Unknown(Refused):
    """It is signed by a key that is not in the file, such as an earlier unit's: it proves nothing either way."""


def check(fits: object, what: str) -> None:
    """Refuse what does not fit."""
    if not fits:
        raise Refused(what)


# -- COSE_Sign1 (RFC 9052) with ES256, as far as it is used here --


def cbor(content: bytes, at: int = 0) -> tuple[Any, int]:
    """One item of CBOR (RFC 8949) and where it ends: integers, strings, lists, maps, tags."""
    major, short = content[at] >> 5, content[at] & 0x1F
    at += 1
    if short >= 24:
        check(short <= 27, "A signed document is no COSE_Sign1.")
        size = 1 << (short - 24)
        short, at = int.from_bytes(content[at : at + size]), at + size
    if major < 2:
        return (short if major == 0 else -1 - short), at
    if major < 4:
        check(at + short <= len(content), "A signed document is cut off.")
        text = content[at : at + short]
        return (text if major == 2 else text.decode()), at + short
    items = []
    for _ in range({4: short, 5: 2 * short, 6: 1}.get(major, 0)):
        item, at = cbor(content, at)
        items.append(item)
    if major == 5:
        return dict(zip(items[::2], items[1::2], strict=True)), at
    return (items if major == 4 else items[0]), at


def byte_string(content: bytes) -> bytes:
    """How CBOR writes bytes."""
    size = len(content)
    head = bytes([0x40 | size]) if size < 24 else b"\x58" + bytes([size]) if size < 256 else b"\x59" + size.to_bytes(2)
    return head + content


def believed(signed: str, sort: str, keys: dict[str, ec.EllipticCurvePublicKey]) -> tuple[Record, bytes]:
    """The document, its signature verified by one of the keys, and the signed bytes."""
    message = base64.b64decode(signed, validate=True)
    check(message[:2] == b"\xd2\x84" and len(message) < 65_536, "A signed document is no COSE_Sign1.")
    (protected, unprotected, payload, signature), end = cbor(message, 1)
    check(end == len(message) and unprotected == {}, "Something follows a signed document.")
    header, _ = cbor(protected)
    check(header.get(1) == -7 and header.get(3) == SORT.format(sort), f"A signed document is no {sort}.")
    key = keys.get(header[4].decode())
    if key is None:
        raise Unknown(f"A {sort} is signed by a key that may not sign it.")
    number = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    content = b"\x84\x6aSignature1" + byte_string(protected) + b"\x40" + byte_string(payload)
    try:
        key.verify(number, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused(f"The signature of a {sort} does not fit.") from None
    document: Record = json.loads(payload)
    return document, message


# -- the file --


class Reader:
    """Reads record by record, in constant memory whatever the number of lines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.records = 0
        self.keys: dict[str, dict[str, ec.EllipticCurvePublicKey]] = {}

    def _next(self) -> tuple[Record, str]:
        """A record, and SHA-256 over everything before it."""
        before = self._sha256.hexdigest()
        content = self._file.readline(RECORD_BYTES_MAX)
        check(content.endswith(b"\n"), f"The file is cut off behind record {self.records}.")
        self._sha256.update(content)
        self.records += 1
        record = json.loads(content)
        check(isinstance(record, dict), f"Record {self.records} is none.")
        return record, before

    def read(self, trusted: frozenset[str]) -> Iterator[str]:
        """Check everything, and say what was found."""
        head, _ = self._next()
        known = ("export", "smilius-ledger-export", 1)
        check((head.get("record"), head.get("format"), head.get("version")) == known, "This is no export that I know.")
        yield f"{head['tenant']}/{head['station']}, made {head['time']}, period {head['since']} to {head['until']}"
        yield from self._keys(head["keys"], trusted)
        for ledger in LEDGERS:
            yield self._ledger(ledger, head)
        end, digest = self._next()
        check(end.get("record") == "end", f"Record {self.records} stands where the end should be.")
        check(len(end["signed"]) == len(LEDGERS), "The end is not signed for every ledger.")
        wanted = {**{name: head[name] for name in ("tenant", "station")}, "records": self.records - 1, "sha256": digest}
        for ledger, signed in zip(LEDGERS, end["signed"], strict=True):
            word, _ = believed(signed, "ledger-export", self.keys[ledger])
            check({name: word[name] for name in wanted} == wanted, f"The file is not what the {ledger} has signed.")
        check(not self._file.read(1), "Something follows the end.")
        yield f"{self.records} records, signed by station and courier: the file is as it was made"

    def _keys(self, keys: list[Record], trusted: frozenset[str]) -> Iterator[str]:
        for entry in keys:
            public = load_pem_public_key(entry["public"].encode())
            if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
                raise Refused("A key is not of P-256.")
            der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            fingerprint = hashlib.sha256(der).hexdigest()
            check(fingerprint == entry["fingerprint"], "A key has another fingerprint than the file says.")
            check(not trusted or fingerprint in trusted, f"The key {fingerprint} of {entry['of']} is not trusted.")
            self.keys.setdefault(entry["of"], {})[fingerprint[:16]] = public
            yield f"key of {entry['of']}: {fingerprint}" + ("" if trusted else "  (compare it with headquarters')")
        check({*LEDGERS, "central"} <= set(self.keys), "A key is missing.")

    def _ledger(self, ledger: str, head: Record) -> str:
        begin, _ = self._next()
        check((begin.get("record"), begin.get("ledger")) == ("ledger", ledger), f"The ledger of {ledger} is missing.")
        number, digest = begin["after"], begin["digest"]
        check(number > 0 or digest == GENESIS, f"{ledger}: the first line follows something.")
        first, heads, witnessed, unknown = number + 1, {number: digest} if number else {}, 0, 0
        record, _ = self._next()
        while record["record"] == "head":
            try:
                there, receipted = self._head(record, ledger, head)
                check(heads.setdefault(record["number"], there) == there, f"{ledger}: two heads contradict each other.")
                witnessed = max(witnessed, record["number"] if receipted else 0)
            except Unknown:
                unknown += 1
            record, _ = self._next()
        heads.pop(number, None)
        while record["record"] == "line":
            number, digest = self._line(record, ledger, (number, digest))
            told = heads.pop(number, digest)
            check(told == digest, f"{ledger}: line {number} is not what central was told: it was rewritten.")
            record, _ = self._next()
        check((record.get("record"), record.get("ledger")) == ("closed", ledger), f"{ledger}: the end is missing.")
        check((record["number"], record["digest"]) == (number, digest), f"{ledger}: it ends elsewhere than it says.")
        check(
            not heads, f"{ledger}: central was told of line {min(heads, default=0)}, which is not here: it was cut off."
        )
        strangers = f"; {unknown} heads or receipts are by keys that are not here, and prove nothing" if unknown else ""
        return f"{ledger}: lines {first} to {number} hold; central has receipted up to line {witnessed}{strangers}"

    def _line(self, record: Record, ledger: str, before: tuple[int, str]) -> tuple[int, str]:
        number, digest = before[0] + 1, hashlib.sha256((before[1] + record["body"]).encode()).hexdigest()
        check(record["ledger"] == ledger and record["number"] == number, f"{ledger}: line {number} is not here.")
        check(record["digest"] == digest, f"{ledger}: line {number} is not what was written.")
        check(json.loads(record["body"])["number"] == number, f"{ledger}: line {number} says another number.")
        return number, digest

    def _head(self, record: Record, ledger: str, head: Record) -> tuple[str, bool]:
        word, message = believed(record["signed"], "ledger-head", self.keys[ledger])
        wanted = {"tenant": head["tenant"], "station": head["station"], "ledger": ledger, "number": record["number"]}
        check({name: word[name] for name in wanted} == wanted, f"{ledger}: a head is of another ledger or line.")
        if record["receipt"] is not None:
            receipt, _ = believed(record["receipt"], "receipt", self.keys["central"])
            digest = hashlib.sha256(message).hexdigest()
            check(
                (receipt["digest"], receipt["stage"]) == (digest, "stored"), f"{ledger}: a receipt is for another head."
            )
        return str(word["digest"]), record["receipt"] is not None


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Check an export of a station's ledgers.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--trust", action="append", default=[], metavar="FINGERPRINT", help="as headquarters gives it")
    arguments = parser.parse_args()
    try:
        with arguments.file.open("rb") as file:
            for sentence in Reader(file).read(frozenset(arguments.trust)):
                print(sentence)
    except OSError as error:
        print(f"The file cannot be read: {error.strerror}.", file=sys.stderr)
        return 2
    except Refused as error:
        print(f"DOES NOT HOLD: {error}", file=sys.stderr)
        return 1
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # what is not even shaped like an export
        print(f"DOES NOT HOLD: it cannot be understood ({type(error).__name__}).", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
