"""A promise that is broken is seen: each is broken by hand on a copy of what a real demo has left."""

import json
import shutil
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config.paths import Paths
from provisioning.demo.promise import Evidence, check_promises
from provisioning.demo.received import Received
from provisioning.demo.stage import Stage
from tests.provisioning.demo.conftest import Ran

APPLICATION = "MIG-2026-000101"


@pytest.fixture
def evidence(demo: Ran, tmp_path: Path) -> Evidence:
    assert demo.code == 0, demo.complaint + demo.output
    stage = Stage()
    stage.strike()
    stage.root, stage.logs = tmp_path, tmp_path / "logs"
    stage.central, stage.station = tmp_path / "central", Paths(tmp_path / "station")
    stage.logs.mkdir()
    for side in ("central", "station"):
        shutil.copytree(demo.out / side, tmp_path / side)
    files = {path.name: path.read_bytes() for path in (demo.out / "migris" / APPLICATION).iterdir()}
    receipt, tombstone = (json.loads(files.pop(f"{name}.json")) for name in ("receipt", "tombstone"))
    received = Received("R", APPLICATION, 1, files, {})
    history = {"receipts": {"accepted": receipt}, "tombstone": tombstone}
    return Evidence(stage=stage, received=received, digest=receipt["digest"], history=history)


def _broken(evidence: Evidence) -> list[str]:
    return [promise.text for promise in check_promises(evidence) if not promise.held]


def test_all_hold_on_what_the_demo_left(evidence: Evidence) -> None:
    assert _broken(evidence) == []


def _twice(evidence: Evidence) -> Evidence:
    return replace(evidence, received=replace(evidence.received, copies=2))


def _changed_member(evidence: Evidence) -> Evidence:
    files = {**evidence.received.files, "portrait.fac": evidence.received.files["portrait.fac"][:-1] + b"?"}
    return replace(evidence, received=replace(evidence.received, files=files))


def _forged_receipt(evidence: Evidence) -> Evidence:
    receipt = evidence.history["receipts"]["accepted"]
    signed = bytearray(b64decode(receipt["signed"]))
    signed[-1] ^= 1
    receipts = {"accepted": {**receipt, "signed": b64encode(signed).decode()}}
    return replace(evidence, history={**evidence.history, "receipts": receipts})


def _no_tombstone(evidence: Evidence) -> Evidence:
    return replace(evidence, history={**evidence.history, "tombstone": None})


def _other_digest(evidence: Evidence) -> Evidence:
    return replace(evidence, digest="0" * 64)


def _piece_of_a_print_in_a_log(evidence: Evidence) -> Evidence:
    content = evidence.received.files["right-index.wsq"]
    (evidence.stage.logs / "station.log").write_bytes(b"oops " + content[1000:9000])
    return evidence


def _jpeg_in_the_bridge(evidence: Evidence) -> Evidence:
    (evidence.stage.central / "bridge" / "left.tmp").write_bytes(b"..\xff\xd8\xff\xe0..")
    return evidence


def _parcel_left(evidence: Evidence) -> Evidence:
    (evidence.stage.station.spool / "kept" / "x.parcel").write_bytes(b"sealed")
    return evidence


def _key_left(evidence: Evidence) -> Evidence:
    (evidence.stage.station.parcel_keys / "x.key").write_bytes(b"k" * 32)
    return evidence


def _named_in_a_log(evidence: Evidence) -> Evidence:
    (evidence.stage.logs / "courier.log").write_text(f"sent {APPLICATION}\n")
    return evidence


def _ledger_changed(evidence: Evidence) -> Evidence:
    with sqlite3.connect(evidence.stage.station.courier_database) as database:
        database.execute("UPDATE ledger_line SET body = replace(body, 'wiped', 'wiPed') WHERE number = 5")
    database.close()
    return evidence


def _central_ledger_changed(evidence: Evidence) -> Evidence:
    with sqlite3.connect(evidence.stage.central / "bridge" / "bridge.db") as database:
        database.execute("DELETE FROM ledger_line WHERE number = 2")
    database.close()
    return evidence


@pytest.mark.parametrize(
    ("break_it", "word"),
    [
        (_twice, "exactly once"),
        (_changed_member, "Every member arrived"),
        (_forged_receipt, "Central signed"),
        (_no_tombstone, "The station signed"),
        (_other_digest, "one digest"),
        (_piece_of_a_print_in_a_log, "No picture"),
        (_jpeg_in_the_bridge, "No picture"),
        (_parcel_left, "No sealed parcel"),
        (_key_left, "No sealed parcel"),
        (_named_in_a_log, "application's number"),
        (_ledger_changed, "ledgers of station and courier"),
        (_central_ledger_changed, "Central's ledger"),
    ],
)
def test_a_broken_promise_is_seen(evidence: Evidence, break_it: Callable[[Evidence], Evidence], word: str) -> None:
    assert any(word in text for text in _broken(break_it(evidence)))
