"""`smilius ledger export`, and the reader that shares nothing with it: whatever is done to the file is noticed."""

import ast
import base64
import hashlib
import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.wire import sign_document
from provisioning.cli import main
from provisioning.ledger.export import LedgerExport
from tests.agent.courier.premises import BEGIN, STATION, TENANT
from tests.provisioning.ledger.test_verify import Premises, _last_receipt
from vault.chain import Head
from vault.envelope import SigningKey, digest_of

READER = Path(__file__).resolve().parents[3] / "image-build" / "read_ledger_export.py"

Records = list[dict[str, Any]]


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    premises = Premises(tmp_path / "root")
    (premises.paths.configuration / "20-place.toml").write_text(
        f'[place]\ntenant = "{TENANT}"\nstation = "{STATION}"\n'
    )
    premises.tell("station", premises.journal.head(), index=1)
    premises.tell("courier", premises.store.verify_ledger(), index=2, previous=_last_receipt(premises))
    for number in range(3):
        premises.journal.remark("behind the head", at=BEGIN, detail={"n": number, "said": "ąčę"})
    return premises


def export(premises: Premises, *options: str, name: str = "export.jsonl") -> Path:
    file = premises.root / name
    assert main(["ledger", "export", "--root", str(premises.root), "--out", str(file), *options]) == 0
    return file


def read(file: Path, *options: str) -> tuple[int, str]:
    """What the reader says, in an interpreter that does not know where we are."""
    command = [sys.executable, "-I", str(READER), str(file), *options]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def records(file: Path) -> Records:
    return [json.loads(line) for line in file.read_text().splitlines()]


def written(premises: Premises, changed: Records, *, resigned: bool) -> Path:
    """The file with other records; re-signed by who has the station's keys, as root there would."""
    file = premises.root / "changed.jsonl"
    lines = [json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for one in changed]
    if resigned:
        word = LedgerExport(
            tenant=TENANT,
            station=STATION,
            records=len(lines) - 1,
            sha256=hashlib.sha256(b"".join(lines[:-1])).hexdigest(),
            time=BEGIN,
        )
        signed = [base64.b64encode(sign_document(word, key)).decode() for key in premises.keys.values()]
        lines[-1] = json.dumps({"record": "end", "signed": signed}).encode() + b"\n"
    file.write_bytes(b"".join(lines))
    return file


def test_what_is_exported_holds_and_says_whose_word_it_is(premises: Premises) -> None:
    file = export(premises)
    code, said = read(file)
    assert code == 0, said
    assert "station: lines 1 to 8 hold; central has receipted up to line 5" in said
    assert "courier: lines 1 to 5 hold; central has receipted up to line 5" in said
    fingerprints = [key["fingerprint"] for key in records(file)[0]["keys"]]
    assert all(fingerprint in said for fingerprint in fingerprints)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    trust = [option for fingerprint in fingerprints for option in ("--trust", fingerprint)]
    assert read(file, *trust)[0] == 0
    assert read(file, *trust[:-2])[0] == 1, "a key that headquarters does not name"


def test_the_reader_is_one_file_that_imports_nothing_of_ours() -> None:
    tree = ast.parse(READER.read_text())
    names = {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    names |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) == {"cryptography"}


def _changed(found: Records) -> Records:
    line = next(one for one in found if one["record"] == "line" and one["number"] == 3)
    line["body"] = line["body"].replace('"n":2', '"n":7')
    return found


def _rehashed(found: Records) -> Records:
    """Rewritten from line 3 on, with digests that follow."""
    digest = ""
    for one in found:
        if one["record"] == "ledger":
            digest = one["digest"]
        if one["record"] == "line":
            if one["number"] == 3:
                one["body"] = one["body"].replace('"n":2', '"n":7')
            digest = one["digest"] = hashlib.sha256((digest + one["body"]).encode()).hexdigest()
        if one["record"] == "closed":
            one["digest"] = digest
    return found


def _without(which: Callable[[dict[str, Any]], bool]) -> Callable[[Records], Records]:
    return lambda found: [one for one in found if not which(one)]


def _reordered(found: Records) -> Records:
    first = next(at for at, one in enumerate(found) if one["record"] == "line")
    found[first], found[first + 1] = found[first + 1], found[first]
    return found


def _shortened(found: Records) -> Records:
    """The tail of the station's ledger is gone, line 5 that central knows with it, and the end says so."""
    gone = _without(lambda one: one["record"] == "line" and one["ledger"] == "station" and one["number"] > 3)(found)
    last = [one for one in gone if one["record"] == "line" and one["ledger"] == "station"][-1]
    for one in gone:
        if one["record"] == "closed" and one["ledger"] == "station":
            one |= {"number": last["number"], "digest": last["digest"]}
    return gone


def _head_changed(found: Records) -> Records:
    head = next(one for one in found if one["record"] == "head")
    signed = base64.b64decode(head["signed"]).replace(b'"number":5', b'"number":4')
    head |= {"signed": base64.b64encode(signed).decode(), "number": 4}
    return found


CHANGES: dict[str, tuple[Callable[[Records], Records], str]] = {
    "changed": (_changed, "line 3 is not what was written"),
    "rewritten": (_rehashed, "rewritten"),
    "a line cut out": (_without(lambda one: one.get("number") == 2), "line 2 is not here"),
    "reordered": (_reordered, "line 1 is not here"),
    "shortened": (_shortened, "line 5, which is not here: it was cut off"),
    "a ledger cut out": (_without(lambda one: one.get("ledger") == "courier"), "missing"),
    "a head forged": (_head_changed, "signature of a ledger-head does not fit"),
}


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("resigned", [False, True], ids=["by a stranger", "by the station itself"])
def test_whatever_is_done_to_it_is_noticed(premises: Premises, change: str, resigned: bool) -> None:
    made, why = CHANGES[change]
    code, said = read(written(premises, made(records(export(premises))), resigned=resigned))
    assert (code, why in said) == (1, True), said


def test_a_tail_that_nobody_witnessed_needs_the_stations_keys(premises: Premises) -> None:
    def cut(found: Records) -> Records:
        kept = _without(lambda one: one["record"] == "line" and one["number"] > 7)(found)
        digest = [one for one in kept if one["record"] == "line" and one["ledger"] == "station"][-1]["digest"]
        for one in kept:
            if one["record"] == "closed" and one["ledger"] == "station":
                one |= {"number": 7, "digest": digest}
        return kept

    file = export(premises)
    assert "is not what the station has signed" in read(written(premises, cut(records(file)), resigned=False))[1]
    # what docs/ledger-export.md says that it cannot prove
    code, said = read(written(premises, cut(records(file)), resigned=True))
    assert (code, "lines 1 to 7 hold; central has receipted up to line 5" in said) == (0, True)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_anywhere_or_goes_on_is_noticed(premises: Premises, kept: float) -> None:
    file = export(premises)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    assert read(file)[0] == 1
    file.write_bytes(content + b"{}\n")
    assert read(file) == (1, read(file)[1])
    assert "follows the end" in read(file)[1]


def test_a_head_by_a_key_that_is_not_here_proves_nothing(premises: Premises) -> None:
    premises.tell("station", Head(8, digest_of(b"another")), key=SigningKey.generate(), index=7)
    code, said = read(export(premises))
    assert (code, "1 heads or receipts are by keys that are not here" in said) == (0, True)


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"[1]\n", b"\xff\xfe\n", b'{"record":"export"}\n'])
def test_what_is_no_export_is_told_without_a_traceback(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    code, said = read(tmp_path / "file")
    assert (code, said.startswith("DOES NOT HOLD: "), "Traceback" in said) == (1, True, False)
    assert read(tmp_path / "nowhere")[0] == 2


def test_a_period_begins_behind_a_line_whose_digest_it_names(premises: Premises) -> None:
    whole = records(export(premises))
    later = premises.journal.head().number
    premises.journal.remark("a day later", at=BEGIN + timedelta(days=1), detail={})
    file = export(premises, "--since", "2026-11-23", name="since.jsonl")
    station = next(one for one in records(file) if one["record"] == "ledger")
    assert station["after"] == later
    assert station["digest"] == [one for one in whole if one.get("ledger") == "station" and "body" in one][-1]["digest"]
    code, said = read(file)
    assert (code, "station: lines 9 to 9 hold" in said, "courier: lines 6 to 5 hold" in said) == (0, True, True), said
    before = export(premises, "--until", "2026-11-23T00:00:00Z", name="until.jsonl")
    code, said = read(before)
    assert (code, "station: lines 1 to 8 hold" in said) == (0, True), said


def test_what_is_no_day_is_refused_in_one_sentence(premises: Premises, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["ledger", "export", "--root", str(premises.root), "--out", "x", "--since", "yesterday"])
    assert refused.value.code == 2
    assert "a day such as 2026-11-22" in capsys.readouterr().err


def test_a_ledger_that_does_not_hold_is_exported_as_it_is_and_said(
    premises: Premises, capsys: pytest.CaptureFixture[str]
) -> None:
    premises.execute(premises.paths.station_database, "UPDATE ledger_line SET body = '{}' WHERE number = 4")
    file = premises.root / "broken.jsonl"
    assert main(["ledger", "export", "--root", str(premises.root), "--out", str(file)]) == 1
    assert "station: 8 lines, BROKEN at line 4." in capsys.readouterr().out
    assert "line 4 is not what was written" in read(file)[1]


def test_what_is_there_is_not_replaced_and_what_cannot_be_made_leaves_nothing(
    premises: Premises, capsys: pytest.CaptureFixture[str]
) -> None:
    file = export(premises)
    content = file.read_bytes()
    assert main(["ledger", "export", "--root", str(premises.root), "--out", str(file)]) == 2
    assert file.read_bytes() == content
    with sqlite3.connect(premises.paths.courier_database) as connection:
        connection.execute("DROP TABLE ledger_line")
    connection.close()
    target = premises.root / "none.jsonl"
    assert main(["ledger", "export", "--root", str(premises.root), "--out", str(target)]) == 2
    assert not target.exists()
    assert "Traceback" not in capsys.readouterr().err
