"""The main job as a user runs it; independent readers look at what came out."""

import hashlib
import io
import json
from pathlib import Path

import nistitl
import pytest
from PIL import Image

from capture.records.wsq import decode_in_child
from tests.provisioning.demo.conftest import Ran

APPLICATION = "MIG-2026-000101"
FILES = {
    "transaction.an2",
    "portrait.jpg",
    "portrait.fac",
    "right-index.wsq",
    "right-index.fir",
    "left-middle.wsq",
    "left-middle.fir",
    "manifest.json",
    "receipt.json",
    "tombstone.json",
}


@pytest.fixture
def migris(demo: Ran) -> Path:
    assert demo.code == 0, demo.complaint + demo.output
    return demo.out / "migris" / APPLICATION


def test_every_promise_is_printed_as_held(demo: Ran) -> None:
    assert demo.code == 0, demo.complaint + demo.output
    assert "BROKEN" not in demo.output
    assert demo.output.count(" held ") >= 11


def test_nothing_temporary_is_left(demo: Ran) -> None:
    assert demo.left == []


def test_the_folder_holds_what_is_promised(demo: Ran, migris: Path) -> None:
    assert {path.name for path in migris.iterdir()} == FILES
    assert {path.name for path in demo.out.iterdir()} == {
        "timeline.json",
        "report.html",
        "migris",
        "station",
        "central",
    }


def test_the_timeline_tells_the_whole_way_in_order(demo: Ran) -> None:
    lines = json.loads((demo.out / "timeline.json").read_text())
    steps = [line["step"] for line in lines]
    way = ["opened", "application-found", "frame", "portrait", "packed", "sealed", "parcel-stored", "parcel-wiped"]
    assert [step for step in steps if step in way and steps.count(step) == 1] == [
        step for step in way if steps.count(step) == 1
    ]
    assert all(set(line) == {"step", "time", "ms", "detail"} for line in lines)
    assert [line["ms"] for line in lines] == sorted(line["ms"] for line in lines)


def test_another_reader_reads_the_transaction(migris: Path) -> None:
    message = nistitl.Message()
    message.parse((migris / "transaction.an2").read_bytes())
    (portrait,), prints = message.iter(10), list(message.iter(14))
    assert (len(list(message.iter(1))), len(list(message.iter(2)))) == (1, 1)
    assert (migris / "portrait.jpg").read_bytes() == portrait._999
    # the last of the three stands for the amputated finger that was asked for before its neighbour
    *given, missing = sorted(prints, key=lambda print_: 18 in {field.tag for field in print_._fields})
    assert {str(print_._13): print_._999 for print_ in given} == {
        "2": (migris / "right-index.wsq").read_bytes(),
        "8": (migris / "left-middle.wsq").read_bytes(),
    }
    assert (str(missing._13), missing._18) == ("7", [["7", "XX"]])


def test_another_reader_reads_the_portrait(migris: Path) -> None:
    with Image.open(migris / "portrait.jpg") as portrait:
        assert (portrait.size, portrait.mode, portrait.format) == ((480, 640), "RGB", "JPEG")
        portrait.load()


@pytest.mark.parametrize("finger", ["right-index", "left-middle"])
def test_the_prints_decode_elsewhere(migris: Path, finger: str) -> None:
    picture = decode_in_child((migris / f"{finger}.wsq").read_bytes(), time_limit_s=20)
    assert (picture.width_px, picture.height_px) == (320, 480)


def test_headers_are_the_tables(migris: Path) -> None:
    face = (migris / "portrait.fac").read_bytes()
    jpeg = (migris / "portrait.jpg").read_bytes()
    assert face[:8] == b"FAC\x00" + b"010\x00"
    assert int.from_bytes(face[8:12], "big") == len(face)
    assert face.endswith(jpeg)
    finger = (migris / "right-index.fir").read_bytes()
    assert finger[:8] == b"FIR\x00" + b"010\x00"
    assert int.from_bytes(finger[8:14], "big") == len(finger)
    assert finger[36] == 2  # right index
    assert int.from_bytes(finger[41:43], "big") == 320
    assert int.from_bytes(finger[43:45], "big") == 480


def test_manifest_receipt_and_tombstone_agree(migris: Path) -> None:
    manifest, receipt, tombstone = (
        json.loads((migris / f"{name}.json").read_text()) for name in ("manifest", "receipt", "tombstone")
    )
    assert receipt["stage"] == "accepted"
    assert tombstone["how"] == "wiped"
    assert tombstone["verified"] is True
    assert receipt["digest"] == tombstone["digest"]
    assert manifest["parcel"] == receipt["parcel"] == tombstone["parcel"]
    assert manifest["missing"] == [{"finger": "left-index", "permanent": True, "reason": "amputated"}]
    assert manifest["face"]["accepted_with_reason"]
    for member in manifest["members"]:
        assert hashlib.sha256((migris / member["name"]).read_bytes()).hexdigest() == member["sha256"]


def test_nothing_of_the_client_is_left_at_the_station(demo: Ran, migris: Path) -> None:
    kept = [path.read_bytes() for path in (demo.out / "station").rglob("*") if path.is_file()]
    assert kept
    for name in FILES - {"manifest.json", "receipt.json", "tombstone.json"}:
        content = (migris / name).read_bytes()
        middle = content[len(content) // 2 :][:64]
        assert not any(middle in file for file in kept), name
    assert not any(b"\xff\xd8\xff\xe0" in file or b"\xff\xa0\xff\xa8" in file for file in kept)
    assert not any(APPLICATION.encode() in file for file in kept)


def test_the_report_needs_nothing_else(demo: Ran) -> None:
    report = (demo.out / "report.html").read_text()
    assert "data:image/jpeg;base64," in report
    assert report.count("data:image/png;base64,") == 2
    assert "http://" not in report
    assert "https://" not in report


def test_the_pictures_in_the_report_are_pictures(migris: Path) -> None:
    with Image.open(io.BytesIO((migris / "portrait.jpg").read_bytes())) as portrait:
        assert portrait.info.get("dpi") == (300, 300)
