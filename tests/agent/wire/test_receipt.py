"""agent/wire/receipt.py: the fields of design section 3, and a receipt that the vault's wipe understands."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.errors import WireError
from agent.wire import Cause, Receipt, Stage, sign_document
from agent.wire.document import read_plain
from tests.agent.wire.specimens import PARCEL, RECEIPT
from tests.vault.station import Station
from vault.errors import WipeRefused
from vault.labels import RECEIPT_TYPE, ParcelId


def _refusal(**changes: object) -> str:
    fields: dict[str, Any] = {**json.loads(RECEIPT.canonical()), **changes}
    with pytest.raises(WireError) as refused:
        read_plain(json.dumps(fields).encode(), Receipt)
    return refused.value.sentence


def test_the_fields_are_the_designs() -> None:
    words = "tenant, station, parcel, kind, digest, size, stage, cause, reference, index, previous, time, key"
    assert list(Receipt.model_fields) == words.split(", ")
    assert Receipt.content_type == RECEIPT_TYPE


@pytest.mark.parametrize("stage", Stage)
def test_the_wipe_reads_this_receipt_and_takes_the_final_stages_only(tmp_path: Path, stage: Stage) -> None:
    station = Station(tmp_path)
    parcel = ParcelId(PARCEL)
    sealed = station.keep(parcel)
    receipt = RECEIPT.model_copy(
        update={"stage": stage, "digest": sealed.digest, "size": len(sealed), "cause": None, "key": station.central.kid}
    )
    signed = sign_document(receipt, station.central)
    if stage in {Stage.ACCEPTED, Stage.REJECTED}:
        assert station.wipe.judge(parcel, signed).stage == stage.value
    else:
        with pytest.raises(WipeRefused) as refused:
            station.wipe.judge(parcel, signed)
        assert refused.value.condition == "stage"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stage", "done"),
        ("stage", "Accepted"),
        ("size", 0),
        ("index", 0),
        ("kind", "Enrolment"),
        ("kind", "a" * 21),
        ("reference", "x" * 81),
        ("previous", ""),
        ("key", "short"),
        ("parcel", PARCEL.upper()),
        ("tenant", "LT"),
    ],
)
def test_a_value_that_no_receipt_has_is_refused(field: str, value: object) -> None:
    assert _refusal(**{field: value}) == f"A receipt is not complete: {field}."


@pytest.mark.parametrize(("field", "value"), [("part", "x" * 41), ("code", "Has Spaces"), ("sentence", "x" * 301)])
def test_a_cause_is_short_and_its_code_stable(field: str, value: str) -> None:
    cause = {"part": None, "code": "quality-too-low", "sentence": "Too low.", field: value}
    assert _refusal(cause=cause) == f"A receipt is not complete: cause.{field}."


def test_a_cause_may_be_the_whole_packages() -> None:
    cause = Cause(part=None, code="application-unknown", sentence="No such application.")
    assert read_plain(cause.canonical(), Cause) == cause
