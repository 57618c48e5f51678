"""An export as a file: JSON, CSV or XML, readable by its owner only, with a signed proof of its digest beside it.

It is not encrypted: to whom it goes, and how, a person decides who has the controller's instruction.
"""

import csv
import io
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol
from xml.etree import ElementTree

from agent.wire import Instant, sign_document
from agent.wire.document import Document, instant_text
from agent.wire.ident import DigestText, Kid
from central.bridge.beside import writing_beside
from central.errors import SubjectRefused
from central.paths import Paths, sync_folder
from central.pki.set_up import receipt_key
from central.subject.export import EXPORTED, Entry, Export
from central.subject.register import check_reference, in_hand, note
from vault.envelope import digest_of
from vault.ledger import Detail

_COLUMNS = tuple(field.name for field in fields(Entry))
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ExportProof(Document):
    """Central's signed word that an export is the one that it made."""

    content_type: ClassVar[str] = "application/x.smilius.export-proof+json; v=1"

    request: str
    """The request in the register."""
    digest: DigestText
    """SHA-256 of the file."""
    size: int
    """Its size in bytes."""
    time: Instant
    """When it was made."""
    key: Kid
    """The receipt key that signs it."""


def export(paths: Paths, request: str, *, target: Path, legal_basis: str, given: tuple[str, datetime]) -> ExportProof:
    """Write the file that `target` names by its ending, and `.proof` beside it; what is there is not replaced.

    :param legal_basis: as the controller's instruction says.
    :param given: the instruction's reference, and the time.
    :raises: SubjectRequestUnknown; SubjectRefused when it may not be, or cannot be written there; SetUpError.
    """
    instruction, at = given
    check_reference(instruction)
    form = _FORMATS.get(target.suffix)
    if form is None:
        raise SubjectRefused("The file must end in .json, .csv or .xml.")
    made = Export(paths, request, legal_basis=legal_basis)
    content = form(made.entries(at=at), made.request.id, made=instant_text(at))
    key = receipt_key(paths, at=at)
    proof = ExportProof(request=request, digest=digest_of(content), size=len(content), time=at, key=key.kid)
    with writing_beside(paths) as session:
        row = in_hand(session, request, kinds=EXPORTED)
        # first the line: no copy leaves that nothing tells of
        detail: Detail = {"instruction": instruction, "digest": proof.digest, "format": target.suffix[1:]}
        note(session, row, at=at, kind="subject-exported", detail=detail)
    _write(target, content)
    _write(target.with_name(target.name + ".proof"), sign_document(proof, key))
    return proof


def _json(entries: Sequence[Entry], request: str, *, made: str) -> bytes:
    said = {"request": request, "made": made, "entries": [asdict(entry) for entry in entries]}
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _csv(entries: Sequence[Entry], request: str, *, made: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=("request", "made", *_COLUMNS), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({"request": request, "made": made, **asdict(entry)} for entry in entries)
    return text.getvalue().encode()


def _xml(entries: Sequence[Entry], request: str, *, made: str) -> bytes:
    root = ElementTree.Element("export", request=request, made=made)
    for entry in entries:
        element = ElementTree.SubElement(root, "entry")
        for name, value in asdict(entry).items():
            ElementTree.SubElement(element, name).text = _NOT_IN_XML.sub("\ufffd", value)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


class _Form(Protocol):
    def __call__(self, entries: Sequence[Entry], request: str, *, made: str) -> bytes:
        """The file's content."""
        ...


_FORMATS: dict[str, _Form] = {".json": _json, ".csv": _csv, ".xml": _xml}


def _write(path: Path, content: bytes) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise SubjectRefused("The file cannot be written there, or there is one already.") from error
