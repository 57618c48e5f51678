"""Evidence is verified here with hashes and signatures of other libraries, from the folder alone."""

import base64
import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import update

from central.bridge.tables import LEDGER
from central.cli import main
from central.errors import SubjectRefused
from central.paths import Paths
from central.subject.evidence import Period, gather
from central.subject.finding import find
from central.subject.machine import RequestKind, Step
from central.subject.register import Given, take
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import ACCEPTED
from tests.central.headquarters import Station
from tests.central.migris.direct import DirectConnector
from tests.central.parcels import OPEN_APPLICATION, visited
from tests.central.subject.desk import INSTRUCTION, NOW, in_order, later, registered
from vault.errors import ChainBroken

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def signed_list(folder: Path) -> dict[str, Any]:
    """The list in `evidence.cose`, after its signature was verified. Source: RFC 9052 section 4.4."""
    key = load_pem_public_key((folder / "receipt-key.pem").read_bytes())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    protected, _, payload, signature = cbor2.loads((folder / "evidence.cose").read_bytes()).value
    half = len(signature) // 2
    numbers = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    said = cbor2.dumps(["Signature1", protected, b"", payload])
    key.verify(utils.encode_dss_signature(*numbers), said, ec.ECDSA(SHA256()))
    read: dict[str, Any] = json.loads(payload)
    return read


def records(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]


def follow(folder: Path) -> None:
    """Every file's digest, and the chain from the line before the extract."""
    listed = signed_list(folder)
    assert {path.name for path in folder.iterdir()} == {*listed["files"], "evidence.cose"}
    for name, digest in listed["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    previous = listed["line_before"]
    for line in records(folder, "ledger"):
        previous = hashlib.sha256(previous.encode() + line["body"].encode()).hexdigest()
        assert previous == line["digest"]
        assert json.loads(line["body"])["number"] == line["number"]


@pytest.fixture
async def busy(headquarters: Paths, counter: Counter, station: Station, migris: DirectConnector) -> Paths:
    """A month of work: a delivery, an access that is answered late, a refusal, and one that nobody looked at."""
    counter.decide(counter.store(visited(station)), ACCEPTED)
    counter.store(visited(station))
    answered = in_order(headquarters)
    await find(headquarters, answered, numbers=(OPEN_APPLICATION,), connector=migris, at=NOW)
    take(headquarters, answered, step=Step.ANSWER, given=Given(instruction=INSTRUCTION), at=later(days=40))
    refused = in_order(headquarters, RequestKind.ERASURE)
    take(headquarters, refused, step=Step.REFUSE, given=Given("It is needed.", INSTRUCTION), at=NOW)
    registered(headquarters)
    return headquarters


def test_a_period_is_whole_and_verifies_by_itself(busy: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    evidence = gather(busy, NOVEMBER, target=folder, at=later(days=41))
    follow(folder)
    assert evidence.line_before == "0" * 64
    counts = {
        name: len(records(folder, name)) for name in ("receipts", "tombstones", "accesses", "refusals", "requests")
    }
    assert counts == {"receipts": 3, "tombstones": 1, "accesses": 1, "refusals": 1, "requests": 3}
    assert all(one["verified"] for one in (*records(folder, "receipts"), *records(folder, "tombstones")))
    kept = {one["request"]: [due["kept"] for due in one["deadlines"]] for one in records(folder, "requests")}
    assert kept == {"2026-0001": [False], "2026-0002": [True], "2026-0003": [False, False]}
    summary = (folder / "summary.md").read_text()
    assert "| Sunaikinimo įrodymai | 1 |" in summary
    assert "Terminų laikytasi: 1; praleista: 3; dar nepasibaigę: 0." in summary
    assert "**Praleistas terminas**: 2026-0001, `answer`, iki 2026-12-22, atlikta 2027-01-01" in summary


def test_nothing_personal_and_no_reason_is_given(busy: Paths, tmp_path: Path) -> None:
    gather(busy, NOVEMBER, target=tmp_path / "evidence", at=later(days=41))
    content = b"".join(path.read_bytes() for path in (tmp_path / "evidence").iterdir()).decode(errors="replace")
    for word in (OPEN_APPLICATION, "It is needed.", "DVS-2026-114"):
        assert word not in content


def test_a_later_period_follows_from_the_line_before_it(busy: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    evidence = gather(busy, Period(date(2027, 1, 1), date(2027, 1, 1)), target=folder, at=later(days=41))
    follow(folder)
    (line,) = records(folder, "ledger")
    assert json.loads(line["body"])["step"] == "answer"
    assert evidence.line_before != "0" * 64
    assert [one["step"] for one in records(folder, "disclosures")] == ["answer"]
    assert [one["request"] for one in records(folder, "requests")] == ["2026-0001"]


def test_what_is_changed_in_the_folder_is_noticed(busy: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    gather(busy, NOVEMBER, target=folder, at=later(days=41))
    path = folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"subject-registered", b"subject-registerid"))
    with pytest.raises(AssertionError):
        follow(folder)


def test_a_ledger_that_does_not_hold_gives_no_evidence(busy: Paths, counter: Counter, tmp_path: Path) -> None:
    with counter.session() as session:
        session.execute(update(LEDGER).where(LEDGER.c.number == 2).values(digest="00" * 32))
        session.commit()
    with pytest.raises(ChainBroken):
        gather(busy, NOVEMBER, target=tmp_path / "evidence", at=later(days=41))
    assert not (tmp_path / "evidence" / "evidence.cose").exists()


def test_that_evidence_was_given_stands_in_the_ledger(busy: Paths, counter: Counter, tmp_path: Path) -> None:
    gather(busy, NOVEMBER, target=tmp_path / "evidence", at=later(days=41))
    line = counter.lines()[-1]
    payload = cbor2.loads((tmp_path / "evidence" / "evidence.cose").read_bytes()).value[2]
    assert (line["kind"], line["digest"]) == ("evidence-given", hashlib.sha256(payload).hexdigest())


def test_receipts_carry_their_own_signatures(busy: Paths, tmp_path: Path) -> None:
    gather(busy, NOVEMBER, target=tmp_path / "evidence", at=later(days=41))
    for one in records(tmp_path / "evidence", "receipts"):
        assert json.loads(cbor2.loads(base64.b64decode(one["signed"])).value[2]) == one["receipt"]


def test_a_day_of_vilnius_decides(headquarters: Paths, tmp_path: Path) -> None:
    registered(headquarters, received=NOW.replace(month=12, day=31, hour=22))
    for number, (day, lines) in enumerate(((date(2026, 12, 31), 0), (date(2027, 1, 1), 1))):
        folder = tmp_path / str(number)
        gather(headquarters, Period(day, day), target=folder, at=NOW + timedelta(days=60))
        assert len(records(folder, "ledger")) == lines


def test_the_verb(busy: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "evidence"
    words = ["evidence", "--from", "2026-11-01", "--to", "2026-11-30", "--out", str(folder), "--root", str(busy.root)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{folder}/summary.md\n"
    follow(folder)
    assert main(words) == 2
    assert "there already" in capsys.readouterr().err
    assert main([*words[:2], "November", *words[3:]]) == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err
    with pytest.raises(SubjectRefused, match="ends before"):
        gather(busy, Period(date(2026, 11, 2), date(2026, 11, 1)), target=tmp_path / "x", at=NOW)
