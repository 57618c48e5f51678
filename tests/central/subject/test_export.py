"""An export has everything of the person, with its metadata, and nothing of anybody else."""

import asyncio
import base64
import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from agent.wire import read_signed
from central.errors import SubjectRefused
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.subject.export_file import ExportProof, export
from central.subject.finding import find
from central.subject.machine import RequestKind
from tests.capture.records import specimens
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import REJECTED
from tests.central.headquarters import Station
from tests.central.migris.direct import DirectConnector
from tests.central.parcels import OPEN_APPLICATION, Visit, new_id, print_wsq, sealed
from tests.central.subject.desk import INSTRUCTION, NOW, in_order, ledger
from vault.envelope import digest_of

OTHER_APPLICATION = "MIG-2026-000102"
BASIS = "as instructed in MD-2026-77"
SUPPLIED = {"application_number", "portrait.jpg", "right-index.wsq", "left-index.wsq"}


@pytest.fixture
def parcels(counter: Counter, station: Station) -> tuple[str, str]:
    """A rejected parcel of the person, and another person's beside it."""
    ours, others = new_id(), new_id()
    for parcel, application, slant in ((ours, OPEN_APPLICATION, 0.3), (others, OTHER_APPLICATION, 0.9)):
        visit = Visit(parcel=parcel, station=station.name, application=application, right=print_wsq(slant=slant))
        counter.decide(counter.store(sealed(station, visit.package(), parcel=parcel)), REJECTED)
    return ours, others


def exported(
    paths: Paths, migris: DirectConnector, target: Path, kind: RequestKind = RequestKind.ACCESS
) -> tuple[str, bytes]:
    request = in_order(paths, kind)
    asyncio.run(find(paths, request, numbers=(OPEN_APPLICATION,), connector=migris, at=NOW))
    export(paths, request, target=target, legal_basis=BASIS, given=(INSTRUCTION, NOW))
    return request, target.read_bytes()


def entries(content: bytes, suffix: str) -> list[dict[str, str]]:
    """What each format says, read back by a reader that we did not write."""
    if suffix == ".json":
        read: list[dict[str, str]] = json.loads(content)["entries"]
        return read
    if suffix == ".csv":
        rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
        return [{name: text for name, text in row.items() if name not in {"request", "made"}} for row in rows]
    return [{part.tag: part.text or "" for part in entry} for entry in ElementTree.fromstring(content)]


@pytest.mark.parametrize("suffix", [".json", ".csv", ".xml"])
def test_access_is_everything_of_the_person_and_nothing_of_another(
    headquarters: Paths, migris: DirectConnector, parcels: tuple[str, str], tmp_path: Path, suffix: str
) -> None:
    request, content = exported(headquarters, migris, tmp_path / f"export{suffix}")
    found = entries(content, suffix)
    by_name = {entry["name"]: entry for entry in found}
    assert by_name["application_number"]["value"] == OPEN_APPLICATION
    assert base64.b64decode(by_name["portrait.jpg"]["value"]) == specimens.jpeg_by_hand()
    assert base64.b64decode(by_name["right-index.wsq"]["value"]) == print_wsq(slant=0.3)
    assert {entry["category"] for entry in found} == {"supplied", "measured", "delivery", "ledger", "request"}
    assert {entry["about"] for entry in found} == {parcels[0], request}
    assert by_name["stage"]["value"] == "rejected"
    assert by_name["fingers.1.quality.score"]["category"] == "measured"
    for entry in found:
        assert entry["legal_basis"] == BASIS
        assert all(entry[name] for name in ("source", "purpose", "recipients", "retention"))
    for foreign in (OTHER_APPLICATION, parcels[1], base64.b64encode(print_wsq(slant=0.9)).decode()):
        assert foreign not in content.decode()


def test_who_worked_on_it_is_a_number(
    headquarters: Paths, migris: DirectConnector, parcels: tuple[str, str], tmp_path: Path
) -> None:
    operator = specimens.manifest().operator
    _, content = exported(headquarters, migris, tmp_path / "export.json")
    assert operator
    assert operator not in content.decode()
    people = {
        entry["value"] for entry in entries(content, ".json") if entry["name"].rpartition(".")[2] in {"operator", "uid"}
    }
    assert people == {"person 1", "person 2"}


def test_portability_is_what_the_person_supplied(
    headquarters: Paths, migris: DirectConnector, parcels: tuple[str, str], tmp_path: Path
) -> None:
    _, content = exported(headquarters, migris, tmp_path / "export.json", RequestKind.PORTABILITY)
    found = entries(content, ".json")
    assert {entry["name"] for entry in found} == SUPPLIED
    assert {entry["source"] for entry in found} == {"the person"}


def test_the_file_is_private_proven_and_in_the_ledger(
    headquarters: Paths, migris: DirectConnector, parcels: tuple[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "export.json"
    request, content = exported(headquarters, migris, target)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("export.json*")} == {0o600}
    pinned = OwnKeys(headquarters).pinned()
    proof = read_signed((tmp_path / "export.json.proof").read_bytes(), ExportProof, pinned=pinned)
    assert (proof.request, proof.digest, proof.size) == (request, digest_of(content), len(content))
    line = ledger(headquarters)[-1]
    assert (line["kind"], line["digest"], line["instruction"], line["format"]) == (
        "subject-exported",
        proof.digest,
        INSTRUCTION,
        "json",
    )
    opened = [one for one in ledger(headquarters) if one["kind"] == "parcel-opened-for-subject"]
    assert [one["subject"] for one in opened].count(parcels[0]) == 2, "once to search, once to export"


def test_what_is_there_is_not_replaced(
    headquarters: Paths, migris: DirectConnector, parcels: tuple[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "export.json"
    target.write_text("mine")
    with pytest.raises(SubjectRefused, match="there is one already"):
        exported(headquarters, migris, target)
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    ("target", "kind", "basis", "sentence"),
    [
        ("export.pdf", RequestKind.ACCESS, BASIS, "must end in"),
        ("export.json", RequestKind.ERASURE, BASIS, "not done for a request for erasure"),
        ("export.json", RequestKind.ACCESS, "", "one line"),
    ],
)
def test_what_may_not_be_exported_leaves_nothing(
    headquarters: Paths, tmp_path: Path, target: str, kind: RequestKind, basis: str, sentence: str
) -> None:
    request = in_order(headquarters, kind)
    given: dict[str, Any] = {"target": tmp_path / target, "legal_basis": basis, "given": (INSTRUCTION, NOW)}
    with pytest.raises(SubjectRefused, match=sentence):
        export(headquarters, request, **given)
    assert list(tmp_path.glob("export*")) == []


def test_of_whom_nothing_is_held_only_the_request_is_told(headquarters: Paths, tmp_path: Path) -> None:
    request = in_order(headquarters)
    export(headquarters, request, target=tmp_path / "export.json", legal_basis=BASIS, given=(INSTRUCTION, NOW))
    assert {entry["category"] for entry in entries((tmp_path / "export.json").read_bytes(), ".json")} == {"request"}
