"""The promises, checked after the processes have ended: on MIGRIS's files, on both sides' disks, in the ledgers."""

import hashlib
import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.config.trust import believed_receipt_keys
from agent.courier.store import Store
from agent.errors import WireError
from agent.visit.journal import Journal
from agent.wire import How, Receipt, Stage, Tombstone, read_signed
from provisioning.demo.received import Received
from provisioning.demo.stage import Stage as DemoStage
from vault.database import open_database
from vault.envelope import Pinned
from vault.errors import ChainBroken
from vault.keys import load_signing_key

SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"\xff\xd8\xff\xdb"),
    "WSQ": (b"\xff\xa0\xff\xa8", b"\xff\xa0\xff\xa4"),
    "ZIP": (b"PK\x03\x04",),
    "ISO record": (b"FIR\x00" + b"010\x00", b"FAC\x00" + b"010\x00"),
}
"""How pictures, records and packages begin."""

_SAMPLE_BYTES = 48
_SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise, looked at."""

    text: str
    """What is promised."""
    held: bool
    """Whether it held."""
    found: str
    """What was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the promises are checked on."""

    stage: DemoStage
    """Both sides' disks, at rest."""
    received: Received
    """What MIGRIS has."""
    digest: str
    """The digest that the station reported when it sealed."""
    history: dict[str, Any] = field(repr=False)
    """The parcel's receipts and tombstone, as the courier shows them."""


def check_promises(evidence: Evidence) -> list[Promise]:
    """Every promise, in the order in which a careful person would ask."""
    with _begin_audit(evidence) as audit:
        return [
            _once(evidence),
            _members(evidence),
            _receipt(evidence),
            _tombstone(evidence),
            _one_digest(evidence),
            _nothing_readable(evidence),
            _nothing_sealed(evidence),
            _nobody_named(evidence),
            _ledgers(evidence),
            *_central(audit),
        ]


def _once(evidence: Evidence) -> Promise:
    copies = evidence.received.copies
    return Promise("MIGRIS has the package exactly once", copies == 1, f"{copies} for this application")


def _members(evidence: Evidence) -> Promise:
    files, manifest = evidence.received.files, evidence.received.manifest
    wrong = [
        member["name"]
        for member in manifest["members"]
        if hashlib.sha256(files[member["name"]]).hexdigest() != member["sha256"]
    ]
    found = f"{len(manifest['members'])} members, all with the manifest's digests" if not wrong else ", ".join(wrong)
    return Promise("Every member arrived as the station wrote it", not wrong, found)


def _receipt(evidence: Evidence) -> Promise:
    text = "Central signed that MIGRIS accepted it"
    try:
        signed = b64decode(evidence.history["receipts"]["accepted"]["signed"])
        receipt = read_signed(signed, Receipt, pinned=believed_receipt_keys(evidence.stage.station))
    except (KeyError, WireError):
        return Promise(text, held=False, found="there is no such receipt")
    return Promise(text, receipt.stage is Stage.ACCEPTED, f"receipt {receipt.index}, reference {receipt.reference}")


def _tombstone(evidence: Evidence) -> Promise:
    text = "The station signed that it wiped, and looked afterwards"
    key = load_signing_key(evidence.stage.station.link_key).public
    try:
        signed = b64decode(evidence.history["tombstone"]["signed"])
        tombstone = read_signed(signed, Tombstone, pinned=Pinned([key]))
    except (KeyError, TypeError, WireError):
        return Promise(text, held=False, found="there is no tombstone")
    held = tombstone.how is How.WIPED and tombstone.verified
    return Promise(text, held, f"{tombstone.how}, verified, on receipt {str(tombstone.receipt)[:12]}…")


def _one_digest(evidence: Evidence) -> Promise:
    digests = {
        "sealed": evidence.digest,
        "receipt": evidence.history["receipts"].get("accepted", {}).get("digest"),
        "tombstone": (evidence.history["tombstone"] or {}).get("digest"),
    }
    held = len(set(digests.values())) == 1
    found = f"{evidence.digest[:12]}… in all three" if held else str(digests)
    return Promise("Seal, receipt and tombstone name one digest", held, found)


def _nothing_readable(evidence: Evidence) -> Promise:
    folders = [evidence.stage.station.root, evidence.stage.central / "bridge", evidence.stage.logs]
    samples = {name: list(_samples(content)) for name, content in evidence.received.files.items()}
    found: list[str] = []
    count = 0
    for name, content in _contents(folders):
        count += 1
        found += [f"{kind} in {name}" for kind, starts in SIGNATURES.items() if any(s in content for s in starts)]
        found += [f"{sample} in {name}" for sample, pieces in samples.items() if any(p in content for p in pieces)]
    text = "No picture, record or package is on the station's or the bridge's disk"
    return Promise(text, not found, f"{count} files searched" if not found else "; ".join(sorted(set(found))))


def _nothing_sealed(evidence: Evidence) -> Promise:
    paths = evidence.stage.station
    left = [path.name for path in _files([paths.spool, paths.parcel_keys])]
    found = "spool and key folder are empty" if not left else ", ".join(left)
    return Promise("No sealed parcel and no parcel key is left at the station", not left, found)


def _nobody_named(evidence: Evidence) -> Promise:
    number = evidence.received.application.encode()
    folders = [evidence.stage.station.root, evidence.stage.central / "bridge", evidence.stage.logs]
    named = [name for name, content in _contents(folders) if number in content]
    text = "The application's number is in no file and no log outside MIGRIS"
    return Promise(text, not named, "not found" if not named else ", ".join(named))


def _ledgers(evidence: Evidence) -> Promise:
    text = "The ledgers of station and courier verify"
    station, courier = (
        open_database(path)
        for path in (evidence.stage.station.station_database, evidence.stage.station.courier_database)
    )
    try:
        heads = Journal(station).verify_ledger(), Store(courier).verify_ledger()
    except ChainBroken as error:
        return Promise(text, held=False, found=error.sentence)
    finally:
        station.dispose()
        courier.dispose()
    return Promise(text, held=True, found=f"{heads[0].number} and {heads[1].number} lines")


def _begin_audit(evidence: Evidence) -> subprocess.Popen[str]:
    """Headquarters' own command looks at its side, meanwhile: the demo never imports that."""
    command = [sys.executable, "-m", "central", "ledger", "--root", str(evidence.stage.central)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _central(running: subprocess.Popen[str]) -> Iterator[Promise]:
    said, _ = running.communicate()
    verified = running.returncode == 0
    audit: dict[str, int] = json.loads(said) if verified else {}
    yield Promise("Central's ledger verifies", verified, f"{audit.get('ledger_lines', 0)} lines")
    left = audit.get("sealed_copies_left", -1)
    held = left == 0 and audit.get("tombstones") == audit.get("parcels_accepted") == 1
    yield Promise("Central wiped its own copy and left a tombstone", held, f"{left} sealed copies left")


def _samples(content: bytes) -> Iterator[bytes]:
    """Pieces from all over the content, past its head: a copy of any part of it shows."""
    step = max(1, len(content) // (_SAMPLES + 1))
    for number in range(1, _SAMPLES + 1):
        piece = content[number * step : number * step + _SAMPLE_BYTES]
        # pieces of one repeated byte say nothing about where they come from
        if len(piece) == _SAMPLE_BYTES and len(set(piece)) > _SAMPLE_BYTES // 4:
            yield piece


def _contents(folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Each file's name and bytes, but for one that is gone meanwhile: the audit closes a database beside us."""
    for path in _files(folders):
        with suppress(FileNotFoundError):
            yield path.name, path.read_bytes()


def _files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
